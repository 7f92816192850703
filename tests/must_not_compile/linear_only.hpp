// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn.hpp>

/// A protocol that can add and multiply, and nothing else.
struct linear_only {
  using ring = koi::ring64;
  using fixed = koi::fixed_point<ring, 16>;
  using share_type = koi::share<ring>;
  using known = koi::tensor<ring>;
  using shape = koi::shape_type;
  using parts = std::vector<share_type>;
  static constexpr std::size_t frac_bits = 16;
  static constexpr koi::role helper_role = koi::role::deal;
  static std::string name();
  static std::vector<std::string> helper_names();
  static share_type input(koi::party&, std::size_t, shape const&, known (*)(), koi::phase);
  static std::optional<known> output(koi::party&, std::size_t, share_type const&);
  static std::optional<known> reveal(koi::party&, share_type const&);
  static share_type add(share_type const&, share_type const&);
  static share_type sub(share_type const&, share_type const&);
  static share_type neg(share_type const&);
  static share_type scale(share_type const&, ring::value_type);
  static share_type add_public(koi::party&, share_type const&, known const&, shape const&);
  static share_type mul_public(share_type const&, known const&, shape const&);
  static share_type matmul_public(share_type const&, known const&, shape const&);
  static share_type matmul_public(known const&, shape const&, share_type const&);
  static share_type reduce_sum(share_type const&);
  static share_type reduce_sum(share_type const&, std::size_t);
  static share_type reshape(share_type const&, shape const&);
  static share_type transpose(share_type const&, std::vector<std::size_t> const&);
  static share_type slice(share_type const&, std::vector<koi::range> const&);
  static share_type broadcast(share_type const&, shape const&);
  static share_type concat(parts const&, std::size_t);
  static share_type stack(parts const&, std::size_t);
  template <class F>
  static share_type linear(share_type const&, shape, F);
  template <class F>
  static share_type rearrange(share_type const&, shape, std::uint64_t, F);
  template <class F>
  static share_type product(koi::party&, std::string_view, share_type const&, share_type const&, shape const&, F, shape const&);
  static share_type mul(koi::party&, share_type const&, share_type const&);
  static share_type square(koi::party&, share_type const&);
  static share_type matmul(koi::party&, share_type const&, share_type const&);
  static share_type truncate(koi::party&, share_type const&, std::size_t);
};
static_assert(koi::Protocol<linear_only> && !koi::ComparingProtocol<linear_only>);
