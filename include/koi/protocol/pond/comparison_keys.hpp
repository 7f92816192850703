// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/comparison_key.hpp>
#include <koi/protocol/beaver/masked_comparison.hpp>
#include <koi/protocol/policy_name.hpp>
#include <koi/protocol/pond/dealt_keys.hpp>

#include <tuple>

namespace koi::pond_policy {

/// Exact comparison with one round: x is opened once behind a mask r as c = x + r, and each server
/// evaluates, alone at that c, a key of the producer for a comparison function whose results are
/// shares of what is selected.
///
/// With `bit` for bit `low` of a number: [x >= 0] = g xor h for g = bit(c), turned over where that bit
/// is 1 for negative numbers, and h = bit(r) xor [c mod 2^low < r mod 2^low]. For a word v that the
/// producer knows, h * v is therefore the function (1 - bit(r)) * v left of r and bit(r) * v elsewhere.
///
/// `Width` bits are in use: the user promises -2^(Width-1) <= x < 2^(Width-1), x with all its fraction
/// bits, for a product those of both factors, and for maximum and its kin x the difference of two
/// numbers, and 2^n less at the upper end where n low bits are truncated or ignored. Only these are compared,
/// at that much less cost. A number that breaks the promise gives a wrong result without notice. 0 stands
/// for the whole ring.
///
/// Cost    1 round, one word each way; dealt to both servers for each bit 16 1/8 bytes and the words
///         that are selected: see comparison_key
/// Leaks   to a server c and a key, which the other server's root hides; to the producer nothing, it
///         receives no message. c is opened once for each r, serves truncation and key, and nothing
///         else is opened; a key is evaluated at one c
/// Source  [BCG+21] eprint 2020/1392, sections 4 and 5
/// Differs from its gates: c and the sign's own bit stay outside the key, so that it compares one bit
///         less and one key is enough; truncation and ReLU have one opening and one key
template <std::size_t Width = 0>
struct comparison_keys {
  static constexpr std::size_t width = Width;

 private:
  static constexpr policy_name full_name =
      Width == 0 ? policy_name("comparison_keys", {}) : policy_name("comparison_keys", {Width});

 public:
  static constexpr std::string_view name = full_name.view();

  /// 1 where x >= 0 and 0 elsewhere, as shares of a whole number without fraction bits.
  ///
  /// Shapes  any S -> S
  /// Range   as Width says
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> is_nonnegative(party& self, share<R> const& x) {
    operation op(self, "compare", {x.shape()});
    op.declare([&] { return is_nonnegative_cost<R>(x.shape()); });
    auto const at = beaver::plain_position<R, Width>();
    op.describe([&](course& does) {
      beaver::describe_begin_opening<R>(does, x.shape());
      describe_rest<R, 1>(does, x.shape(), at, {whole_word<R>});
    });
    auto const r = beaver::mask_ahead<R>(op, x.shape());
    auto opened = begin_opening(op, x, r);
    auto const keys = op.offline([&] { return deal_keys<R, 1>(op, at, x.shape(), r, {whole_word<R>}, {nullptr}); });
    if (!op.computes()) return share<R>(x.shape());
    auto const c = std::move(opened->finish(op)[0]);
    auto const [h] = evaluate_keys<R, 1>(op, at, c, keys, {whole_word<R>});
    auto const g = known_bit(c, at);
    return share<R>(beaver::flipped_bit(g, h, self.index()));
  }

  /// max(x, 0): exact. With `ignored` > 0 at less cost, and for -2^ignored < x < 0 either 0 or x.
  ///
  /// Shapes  any S -> S
  /// Range   as Width says
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> relu(party& self, share<R> const& x, std::size_t ignored) {
    shape_type const above{ignored};
    operation op(self, "relu", {x.shape(), above});
    op.declare([&] { return relu_cost<R>(x.shape(), ignored); });
    auto const at = beaver::plain_position<R, Width>().ignoring(ignored);
    op.describe([&](course& does) {
      beaver::describe_begin_opening<R>(does, x.shape());
      describe_rest<R, 2>(does, x.shape(), at, two_words<R>);
    });
    auto const r = beaver::mask_ahead<R>(op, x.shape());
    auto opened = begin_opening(op, x, r);
    auto const keys = op.offline([&] { return deal_keys<R, 2>(op, at, x.shape(), r, two_words<R>, {nullptr, &r}); });
    if (!op.computes()) return share<R>(x.shape());
    auto const c = std::move(opened->finish(op)[0]);
    auto const [h, hr] = evaluate_keys<R, 2>(op, at, c, keys, two_words<R>);
    auto const g = known_bit(c, at);
    return share<R>(beaver::selected(g, x.piece(), c, h, hr));
  }

  /// max(x >> bits, 0) for a product x: truncation and ReLU behind one opening. The sign is that of the truncated
  /// number, so the bits that truncation takes off are not compared.
  ///
  /// Range   -2^(l-2) <= x <= 2^(l-2) - 2^bits, and as Width says
  /// Error   as truncate; a negative number gives exactly 0
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, assisted) {
    beaver::check_truncation(bits, R::bits);
    shape_type const by{bits};
    operation op(self, "truncate_relu", {x.shape(), by});
    op.declare([&] { return truncate_relu_cost<R>(x.shape(), bits, assisted{}); });
    auto const at = beaver::truncated_position<R, Width>().ignoring(bits);
    op.describe([&](course& does) {
      beaver::describe_begin_truncation<R>(does, x.shape(), bits);
      describe_rest<R, 3>(does, x.shape(), at, truncation_words<R>(bits));
      does.truncates({x.size(), bits, true});
    });
    auto const r = beaver::mask_ahead<R>(op, x.shape());
    auto opened = op.computes() ? beaver::begin_truncation(op, x, r) : std::nullopt;
    auto const dealt = op.offline([&] {
      tensor<R> q, m;
      if (self.is_helper()) {
        q = map(r, [=](auto w) { return static_cast<typename R::value_type>(w >> bits); });
        m = map(r, [](auto w) { return static_cast<typename R::value_type>(w >> (R::bits - 1)); });
      }
      return dealt_truncation<R>{beaver::deal_cut<R>(op, r, x.shape(), bits),
                                 deal_keys<R, 3>(op, at, x.shape(), r, truncation_words<R>(bits), {nullptr, &q, &m})};
    });
    if (!op.computes()) return share<R>(x.shape());
    auto const c = std::move(opened->finish(op)[0]);
    auto const [h, hq, hm] = evaluate_keys<R, 3>(op, at, c, dealt.keys, truncation_words<R>(bits));
    auto const g = known_bit(c, at);
    return share<R>(beaver::selected_truncation<R>(g, c, {dealt.cut.q, dealt.cut.m, h, hq, hm}, bits, self.index()));
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, local) {
    return relu(self, beaver::truncate(self, x, bits, local{}), 0);
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost is_nonnegative_cost(shape_type const& shape) {
    return beaver::open_cost<R>(shape) +
           deal_keys_cost<R, 1>(beaver::plain_position<R, Width>(), shape, {whole_word<R>});
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost relu_cost(shape_type const& shape, std::size_t ignored) {
    return beaver::open_cost<R>(shape) +
           deal_keys_cost<R, 2>(beaver::plain_position<R, Width>().ignoring(ignored), shape, two_words<R>);
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, std::size_t bits, assisted) {
    return beaver::begin_truncation_cost<R>(shape, bits) +
           deal_keys_cost<R, 3>(beaver::truncated_position<R, Width>().ignoring(bits), shape,
                                truncation_words<R>(bits));
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, std::size_t, local) {
    return relu_cost<R>(shape, 0);
  }

 private:
  template <PowerOfTwoRing R>
  struct dealt_truncation {
    beaver::truncation_cut<R> cut{};
    dealt_keys keys{};
    [[nodiscard]] auto parts() const { return std::tie(cut, keys); }
  };

  /// What the players do after the opening was sent, and what else is dealt before.
  template <PowerOfTwoRing R, std::size_t W>
  static void describe_rest(course& does, shape_type const& shape, beaver::sign_position at,
                            std::array<std::size_t, W> const& bytes) {
    describe_deal_keys<R, W>(does.offline(), at, shape, bytes);
    does.online().swap_end(beaver::bytes_of_shape<R>(shape));
    describe_evaluate_keys<R, W>(does, at, shape);
    does.servers_work({.touched = W * beaver::bytes_of_shape<R>(shape)});
  }

  /// Begins to open x + r, where this player computes.
  template <PowerOfTwoRing R>
  static std::optional<beaver::opening<R>> begin_opening(operation& op, share<R> const& x, tensor<R> const& r) {
    if (!op.computes()) return std::nullopt;
    return std::optional<beaver::opening<R>>(std::in_place, op, r + x.piece());
  }

  template <PowerOfTwoRing R>
  static constexpr std::size_t whole_word = sizeof(typename R::value_type);
  template <PowerOfTwoRing R>
  static constexpr std::array<std::size_t, 2> two_words{whole_word<R>, whole_word<R>};
  /// h, h * q, and of h * m what truncation uses.
  template <PowerOfTwoRing R>
  static constexpr std::array<std::size_t, 3> truncation_words(std::size_t bits) noexcept {
    return {whole_word<R>, whole_word<R>, (beaver::truncation_terms<R>{bits}.carried_bits() + 7) / 8};
  }

  /// g: the sign's bit of c, turned over where it is 1 for negative numbers.
  template <PowerOfTwoRing R>
  static tensor<R> known_bit(tensor<R> const& c, beaver::sign_position at) {
    auto const flip = static_cast<typename R::value_type>(at.negated ? 1 : 0);
    return map(c, [&](auto w) {
      return static_cast<typename R::value_type>((static_cast<typename R::value_type>(w >> at.low) & 1) ^ flip);
    });
  }
};

}  // namespace koi::pond_policy
