// expect: ComparingProtocol
// expect: :33:[0-9]+: error: (no matching function for call to '(koi::)?relu)
// expect: :34:[0-9]+: error: (no matching function for call to '(koi::)?is_nonnegative)
// expect: :35:[0-9]+: error: (no matching function for call to '(koi::)?maximum)
// expect: :36:[0-9]+: error: (no matching function for call to '(koi::)?argmax)
// expect: :37:[0-9]+: error: (no matching function for call to '(koi::)?sigmoid)
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

auto positive(x_type const& x) { return koi::relu(x); }
auto sign(x_type const& x) { return koi::is_nonnegative(x); }
auto larger(x_type const& x) { return koi::maximum(x, x); }
auto largest(x_type const& x) { return koi::argmax(x, 0); }
auto curve(x_type const& x) { return koi::sigmoid(x); }
