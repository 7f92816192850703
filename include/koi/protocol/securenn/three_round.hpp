// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/masked_comparison.hpp>
#include <koi/protocol/policy_name.hpp>
#include <koi/protocol/securenn/private_compare.hpp>

namespace koi::securenn_policy {

/// Comparison that stays in Z_{2^l}: one opening of x + r, PrivateCompare on the low bits of r, one
/// answer of server 2. The default: exact, 3 rounds for a ReLU.
///
/// `Width` bits are in use, as in pond's carry_tree: the user promises -2^(Width-1) <= x < 2^(Width-1), x with all its
/// fraction bits, for a product those of both factors, and for maximum and its kin x the difference of two numbers, and
/// 2^n less at the upper end where n low bits are truncated or ignored. Only these are compared, at that much less
/// cost. A number that breaks the promise gives a wrong result without notice. 0 stands for the whole ring.
///
/// Leaks    to a server c = x + r, uniform; to server 2 beta', a fair coin, and never c
/// Source   [WGC19] eprint 2018/442, section 3; sign from one opening as in [EGK+20] eprint 2020/338
/// Differs  no ShareConvert and no product: msb(x) = msb(c) xor msb(r) xor [c < r on the bits below],
///          and server 2, which knows r and beta', shares what the selection needs
template <std::size_t Width = 0>
struct three_round : beaver::masked_comparison<three_round<Width>> {
  static constexpr std::size_t width = Width;
  /// The same where `Bits` low bits are taken off.
  template <std::size_t Bits>
  using narrower = three_round<(Width > Bits ? Width - Bits : 0)>;

 private:
  static constexpr policy_name full_name =
      Width == 0 ? policy_name("three_round", {}) : policy_name("three_round", {Width});

 public:
  static constexpr std::string_view name = full_name.view();
  static constexpr phase answer_phase = phase::online;

  /// Shares of the bits of r.
  template <PowerOfTwoRing R>
  using material = dealt_bits;

  template <PowerOfTwoRing R>
  [[nodiscard]] static dealt_bits deal_sign(operation& op, tensor<R> const& r, shape_type const& shape,
                                            beaver::sign_position at) {
    auto const& self = op.self();
    auto const compared = at.first != 0 && self.is_helper() ? beaver::from_bit(r, at.first) : tensor<R>();
    return deal_bits(op, at.first == 0 ? r : compared, shape, at.compared(), phase::offline,
                     op.ahead() ? taken::at_once : taken::when_used);
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static beaver::split_bit<R> split_sign(operation& op, tensor<R> const& c, tensor<R> const& r,
                                                       dealt_bits const& bits, shape_type const& shape,
                                                       beaver::sign_position at) {
    using word = typename R::value_type;
    auto& self = op.self();
    // beta at the servers, beta' = beta xor [r > c on the low bits] at server 2
    auto const above = at.first != 0 && self.is_server() ? beaver::from_bit(c, at.first) : tensor<R>();
    auto bit = private_compare<R>(op, bits, {at.first == 0 ? c : above, {}}, shape, at.compared());
    auto const& known = self.is_server() ? c : r;
    auto const turned = static_cast<word>(self.is_server() && at.negated);
    for (std::size_t i = 0; i < bit.size(); ++i) bit[i] ^= static_cast<word>(((known[i] >> at.low) & 1) ^ turned);
    if (self.is_helper()) return {{}, std::move(bit)};
    return {std::move(bit), {}};
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost split_sign_cost(shape_type const& shape, beaver::sign_position at) {
    return deal_bits_cost(shape, at.compared()) + private_compare_cost(shape, at.compared());
  }

  template <PowerOfTwoRing R>
  static void describe_deal(course& does, shape_type const& shape, beaver::sign_position at) {
    describe_bits(does, {at.compared(), element_count(shape)}, taken::when_used);
  }
  template <PowerOfTwoRing R>
  static void describe_split(course& does, shape_type const& shape, beaver::sign_position at) {
    describe_private_compare(does, {at.compared(), element_count(shape)}, taken::when_used);
  }
};

}  // namespace koi::securenn_policy
