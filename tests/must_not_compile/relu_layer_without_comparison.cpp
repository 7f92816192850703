// expect: no matching (member )?function for call to '[^']*build
// expect: ComparingProtocol
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/koi.hpp>

/// A protocol that can add and multiply, and nothing else.
struct linear_only {
  using ring = koi::ring64;
  using fixed = koi::fixed_point<ring, 16>;
  using share_type = koi::share<ring>;
  static constexpr std::size_t frac_bits = 16;
  static constexpr koi::role helper_role = koi::role::deal;
  static std::string name();
  static std::vector<std::string> helper_names();
  static share_type add(share_type const&, share_type const&);
  static share_type add_public(koi::party&, share_type const&, koi::tensor<ring> const&, koi::shape_type const&);
  static share_type mul(koi::party&, share_type const&, share_type const&);
  static share_type matmul(koi::party&, share_type const&, share_type const&);
  static share_type truncate(koi::party&, share_type const&, std::size_t);
  static std::optional<koi::tensor<ring>> output(koi::party&, std::size_t, share_type const&);
  static std::optional<koi::tensor<ring>> reveal(koi::party&, share_type const&);
};
static_assert(koi::Protocol<linear_only> && !koi::ComparingProtocol<linear_only>);
using x_type = koi::private_tensor<linear_only>;

x_type what_it_can_do(x_type const& x) { return koi::matmul(x, x) + x * x; }

koi::nn::sequential<linear_only> model{koi::nn::relu{}};
