// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/truncate.hpp>

namespace koi::beaver {

/// A bit that nobody knows, as g xor h: both servers know g, the helper knows h. Words 0 or 1.
template <PowerOfTwoRing R>
struct split_bit {
  tensor<R> g;  ///< at the servers
  tensor<R> h;  ///< at the helper
};

/// Which bit of a masked number is its sign, and which bits below it decide the borrow.
struct sign_position {
  std::size_t low;        ///< the sign is bit `low`; the bits from `first` to below it are compared
  bool negated;           ///< whether that bit is 1 for negative numbers, as in plain two's complement
  std::size_t first = 0;  ///< bits below it are ignored

  /// The sign of x >> bits, rounded as truncation rounds it: what x gives as well, unless -2^bits < x < 0. At least
  /// one bit is compared.
  [[nodiscard]] constexpr sign_position ignoring(std::size_t bits) const noexcept {
    return {low, negated, low == 0 ? 0 : std::min(bits, low - 1)};
  }
  /// Bits that are compared.
  [[nodiscard]] constexpr std::size_t compared() const noexcept { return low - first; }
};

/// The bits of every element from `first` up.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> from_bit(tensor<R> const& x, std::size_t first) {
  return map(x, [first](auto w) { return static_cast<typename R::value_type>(w >> first); });
}

/// Where the sign is if -2^(Width-1) <= x < 2^(Width-1); Width 0 stands for the whole ring.
template <PowerOfTwoRing R, std::size_t Width = 0>
[[nodiscard]] constexpr sign_position plain_position() noexcept {
  static_assert(Width <= R::bits, "koi: a comparison's width is at most the bits of the ring");
  static_assert(Width != 1, "koi: a comparison's width is 2 bits or more, or 0 for the whole ring");
  return {(Width == 0 ? R::bits : Width) - 1, true};
}
/// The same in what truncation opens, x + 2^(l-2) + r: the offset turns bit l-2 over and nothing below.
template <PowerOfTwoRing R, std::size_t Width = 0>
[[nodiscard]] constexpr sign_position truncated_position() noexcept {
  constexpr auto plain = plain_position<R, Width>();
  if constexpr (plain.low < R::bits - 2) return plain;
  return {R::bits - 2, false};
}

/// Comparison by masking: a number x is opened once as c = x + r, the helper knows r, and a policy
/// finds [x >= 0] = g xor h from c and r. What follows is the same for every such policy.
///
/// `Policy` has
///   `deal_sign<R>(op, r, shape, position) -> material<R>`: all that it deals or draws before c is
///     known; where `answer_phase` is offline the helper's h is in it,
///   `split_sign<R>(op, c, r, material, shape, position) -> split_bit<R>`: what follows c,
///   `split_sign_cost<R>(shape, position)`: of both,
///   `describe_deal<R>(course, shape, position)`, `describe_split<R>(course, shape, position)`: what each does, if it
///   tells, `answer_phase`: whether h depends on an online message.
template <class Policy>
struct masked_comparison {
  /// 1 where x >= 0 and 0 elsewhere, as shares of a whole number without fraction bits.
  ///
  /// Shapes  any S -> S
  /// Range   every x; as the difference of two numbers it must not overflow
  /// Cost    1 round for the opening, the policy's, and what it takes to share h
  /// Leaks   to a server c and g, to the helper what the policy says; all uniform
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> is_nonnegative(party& self, share<R> const& x) {
    operation op(self, "compare", {x.shape()});
    op.declare([&] { return is_nonnegative_cost<R>(x.shape()); });
    op.describe([&](course& does) {
      describe_begin_opening<R>(does, x.shape());
      describe_rest<R, R>(does, x.shape(), plain_position<R>(), {R::bits});
    });
    auto const answer = [&](tensor<R> const& h, tensor<R> const&) {
      return deal<R>(op, x.shape(), Policy::answer_phase, to_deal{"h", element<R>(h)});
    };
    auto const s = selection_of<R, 1>(op, x, plain_position<R>(), answer);
    if (!op.computes()) return share<R>(x.shape());
    return share<R>(flipped_bit(s.g, s.answer[0], self.index()));
  }

  /// max(x, 0): exact. With `ignored` > 0 at less cost, and for -2^ignored < x < 0 either 0 or x.
  ///
  /// Shapes  any S -> S
  /// Range   every x; with `ignored` > 0 up to 2^(l-1) - 2^ignored
  /// Cost    as is_nonnegative, with two words per element shared instead of one
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> relu(party& self, share<R> const& x, std::size_t ignored) {
    shape_type const above{ignored};
    operation op(self, "relu", {x.shape(), above});
    op.declare([&] { return relu_cost<R>(x.shape(), ignored); });
    op.describe([&](course& does) {
      describe_begin_opening<R>(does, x.shape());
      describe_rest<R, R>(does, x.shape(), plain_position<R>().ignoring(ignored), {R::bits, R::bits});
    });
    auto const answer = [&](tensor<R> const& h, tensor<R> const& r) {
      return deal<R>(op, x.shape(), Policy::answer_phase, to_deal{"h", element<R>(h)},
                     to_deal{"h*r", chosen<R>(h, [&r](std::size_t i) { return r[i]; })});
    };
    auto const s = selection_of<R, 2>(op, x, plain_position<R>().ignoring(ignored), answer);
    if (!op.computes()) return share<R>(x.shape());
    return share<R>(selected(s.g, x.piece(), s.c, s.answer[0], s.answer[1]));
  }

  /// max(x >> bits, 0) for a product x: truncation and ReLU behind one opening. The sign is that of the truncated
  /// number, so the bits that truncation takes off are not compared. x may be in a smaller ring N of n bits.
  ///
  /// Range   -2^(n-2) <= x <= 2^(n-2) - 2^bits, and as the policy's Width says
  /// Cost    1 round for the opening, the policy's, and what it takes to share two words and those bits of one that
  ///         truncation uses
  /// Error   as truncate; a negative number gives exactly 0
  template <PowerOfTwoRing R, PowerOfTwoRing N>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<N> const& x, std::size_t bits, assisted) {
    if (bits > 0 || std::same_as<R, N>) check_truncation(bits, N::bits);
    shape_type const by{bits};
    operation op(self, std::same_as<R, N> ? "truncate_relu" : "widen_relu", {x.shape(), by});
    op.declare([&] { return truncate_relu_cost<R, N>(x.shape(), bits, assisted{}); });
    auto const at = truncated_position<N>().ignoring(bits);
    auto const low = truncation_terms<R, N>{bits}.carried_bits();
    op.describe([&](course& does) {
      describe_begin_truncation<R, N>(does, x.shape(), bits);
      describe_rest<R, N>(does, x.shape(), at, {R::bits, R::bits, low});
      does.truncates({x.size(), bits, true});
    });
    auto const answer = [&](tensor<N> const& h, tensor<N> const& r) {
      auto const q = [&](std::size_t i) { return static_cast<typename R::value_type>(r[i] >> bits); };
      auto const m = [&](std::size_t i) { return static_cast<typename R::value_type>(r[i] >> (N::bits - 1)); };
      return deal<R>(op, x.shape(), Policy::answer_phase, to_deal{"h", element<R>(h)}, to_deal{"h*q", chosen<R>(h, q)},
                     low_bits_to_deal{"h*m", chosen<R>(h, m), low});
    };
    auto const r = mask_ahead<N>(op, x.shape());
    auto opened = op.computes() ? begin_truncation(op, x, r) : std::nullopt;
    auto dealt = op.offline([&] {
      dealt_truncation<R, N> d;
      d.cut = deal_cut<R>(op, r, x.shape(), bits);
      d.sign = Policy::template deal_sign<N>(op, r, x.shape(), at);
      if constexpr (answers_ahead) d.answer = answer(d.sign.h, r);
      return d;
    });
    if (!op.computes() && !op.assists()) return share<R>(x.shape());

    auto const c = opened ? std::move(opened->finish(op)[0]) : tensor<N>();
    auto const bit = Policy::template split_sign<N>(op, c, r, dealt.sign, x.shape(), at);
    if constexpr (!answers_ahead) dealt.answer = answer(bit.h, r);
    if (!op.computes()) return share<R>(x.shape());
    auto const& [h, hq, hm] = dealt.answer;
    return share<R>(selected_truncation<R>(bit.g, c, {dealt.cut.q, dealt.cut.m, h, hq, hm}, bits, self.index()));
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, local) {
    return relu(self, truncate(self, x, bits, local{}), 0);
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost is_nonnegative_cost(shape_type const& shape) {
    return open_cost<R>(shape) + Policy::template split_sign_cost<R>(shape, plain_position<R>()) +
           shared<R>(shape, {R::bits});
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost relu_cost(shape_type const& shape, std::size_t ignored) {
    return open_cost<R>(shape) + Policy::template split_sign_cost<R>(shape, plain_position<R>().ignoring(ignored)) +
           shared<R>(shape, {R::bits, R::bits});
  }
  template <PowerOfTwoRing R, PowerOfTwoRing N = R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, std::size_t bits, assisted) {
    return begin_truncation_cost<R, N>(shape, bits) +
           Policy::template split_sign_cost<N>(shape, truncated_position<N>().ignoring(bits)) +
           shared<R>(shape, {R::bits, R::bits, truncation_terms<R, N>{bits}.carried_bits()});
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, std::size_t, local) {
    return relu_cost<R>(shape, 0);
  }

 private:
  /// How many bits the policy's user has in use; 0: all.
  static constexpr std::size_t width_in_use() noexcept {
    if constexpr (requires { Policy::width; }) return Policy::width;
    return 0;
  }
  template <PowerOfTwoRing R>
  static constexpr sign_position plain_position() {
    return beaver::plain_position<R, width_in_use()>();
  }
  template <PowerOfTwoRing R>
  static constexpr sign_position truncated_position() {
    return beaver::truncated_position<R, width_in_use()>();
  }

  static constexpr bool answers_ahead = Policy::answer_phase == phase::offline;

  /// What a selection gets beside the mask r, before c is known.
  template <PowerOfTwoRing R, std::size_t Words>
  struct dealt_selection {
    typename Policy::template material<R> sign{};
    std::array<tensor<R>, Words> answer{};  ///< shares of h and of its products, if they are dealt ahead
    [[nodiscard]] auto parts() const { return std::tie(sign, answer); }
  };
  /// And where it truncates.
  template <PowerOfTwoRing R, PowerOfTwoRing N>
  struct dealt_truncation {
    typename Policy::template material<N> sign{};
    truncation_cut<R> cut{};
    std::array<tensor<R>, 3> answer{};
    [[nodiscard]] auto parts() const { return std::tie(sign, cut, answer); }
  };

  template <PowerOfTwoRing R, std::size_t N>
  struct selection {
    tensor<R> c, g;
    std::array<tensor<R>, N> answer;
  };

  /// Element i of h, or of v where h is 1 and 0 elsewhere.
  template <PowerOfTwoRing R, PowerOfTwoRing N>
  static auto element(tensor<N> const& h) {
    return [&h](std::size_t i) { return static_cast<typename R::value_type>(h[i]); };
  }
  template <PowerOfTwoRing R, PowerOfTwoRing N, class F>
  static auto chosen(tensor<N> const& h, F v) {
    using word = typename R::value_type;
    return [&h, v](std::size_t i) { return static_cast<word>(v(i) & everywhere(static_cast<word>(h[i]))); };
  }

  /// Opens c = x + r and finds g, and shares of h and its products, at the servers.
  template <PowerOfTwoRing R, std::size_t N, class Answer>
  static selection<R, N> selection_of(operation& op, share<R> const& x, sign_position at, Answer answer) {
    auto const r = mask_ahead<R>(op, x.shape());
    std::optional<opening<R>> opened;
    if (op.computes()) opened.emplace(op, r + x.piece());
    auto dealt = op.offline([&] {
      dealt_selection<R, N> d;
      d.sign = Policy::template deal_sign<R>(op, r, x.shape(), at);
      if constexpr (answers_ahead) d.answer = answer(d.sign.h, r);
      return d;
    });
    selection<R, N> s;
    if (!op.computes() && !op.assists()) return s;
    if (opened) s.c = std::move(opened->finish(op)[0]);
    auto bit = Policy::template split_sign<R>(op, s.c, r, dealt.sign, x.shape(), at);
    s.g = std::move(bit.g);
    s.answer = std::move(dealt.answer);
    if constexpr (!answers_ahead) s.answer = answer(bit.h, r);
    return s;
  }

  /// What the players do after a number in N was sent, and what else is dealt before: words in R are shared, of which
  /// the low `used` bits are used.
  template <PowerOfTwoRing R, PowerOfTwoRing N>
  static void describe_rest(course& does, shape_type const& shape, sign_position at,
                            std::initializer_list<std::size_t> used) {
    auto const answers = bytes_of_dealt<R>(shape, used);
    if constexpr (requires { Policy::template describe_deal<N>(does, shape, at); })
      Policy::template describe_deal<N>(does.offline(), shape, at);
    if constexpr (answers_ahead) {
      beaver::describe_deal(does.offline(), answers);
      does.servers_keep(answers.pieces);
    }
    does.online().swap_end(bytes_of_shape<N>(shape));
    if constexpr (requires { Policy::template describe_split<N>(does, shape, at); })
      Policy::template describe_split<N>(does, shape, at);
    if constexpr (!answers_ahead) beaver::describe_deal(does, answers);
    does.servers_work({.touched = answers.pieces});
  }

  template <PowerOfTwoRing R>
  static cost shared(shape_type const& shape, std::initializer_list<std::size_t> used) {
    return Policy::answer_phase == phase::offline ? deal_cost<R>(shape, used) : answer_cost<R>(shape, used);
  }
};

}  // namespace koi::beaver
