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

/// Which bit of a masked number is its sign, and how many bits below it decide the borrow.
struct sign_position {
  std::size_t low;  ///< the sign is bit `low`; the bits below it are compared
  bool negated;     ///< whether that bit is 1 for negative numbers, as in plain two's complement
};

/// Comparison by masking: a number x is opened as c = x + r, the helper knows r, and a policy finds
/// [x >= 0] = g xor h from c and r. What follows is the same for every such policy.
///
/// `Policy` has `split_sign<R>(op, c, r, shape, position) -> split_bit<R>`, `split_sign_cost<R>(shape,
/// position)`, and `answer_phase`: whether h depends on an online message.
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
    auto const [c, r] = open_masked(op, x);
    auto const bit = Policy::template split_sign<R>(op, c, r, x.shape(), plain_position<R>);
    auto [h] = deal<R, 1>(op, x.shape(), {{{"h", bit.h}}}, Policy::answer_phase);
    if (!self.is_server()) return share<R>(x.shape());
    // g xor h = g + (1 - 2g) * h
    auto n = signs(bit.g) * h;
    if (self.index() == 0) n += bit.g;
    return share<R>(std::move(n));
  }

  /// max(x, 0): exact.
  ///
  /// Shapes  any S -> S
  /// Cost    as is_nonnegative, with two words per element shared instead of one
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> relu(party& self, share<R> const& x) {
    operation op(self, "relu", {x.shape()});
    auto const [c, r] = open_masked(op, x);
    auto const bit = Policy::template split_sign<R>(op, c, r, x.shape(), plain_position<R>);
    tensor<R> hr;
    if (self.is_helper()) hr = bit.h * r;
    auto [h, hq] = deal<R, 2>(op, x.shape(), {{{"h", bit.h}, {"h*r", std::move(hr)}}}, Policy::answer_phase);
    if (!self.is_server()) return share<R>(x.shape());
    // (g + (1 - 2g) * h) * x, where h * x = h * c - h * r
    return share<R>(bit.g * x.piece() + signs(bit.g) * (c * h - hq));
  }

  /// max(x >> bits, 0) for a product x: truncation and ReLU behind one opening.
  ///
  /// Range   -2^(l-2) <= x < 2^(l-2)
  /// Cost    1 round for the opening, the policy's, and what it takes to share three words
  /// Error   as truncate; a negative number gives exactly 0
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, assisted) {
    shape_type const by{bits};
    operation op(self, "truncate_relu", {x.shape(), by});
    auto const t = open_truncation(op, x, bits);
    auto const bit = Policy::template split_sign<R>(op, t.c, t.r, x.shape(), truncated_position<R>);
    tensor<R> hq, hm;
    if (self.is_helper()) {
      hq = bit.h * t.q;
      hm = bit.h * t.m;
    }
    auto [h, hq_j, hm_j] = deal<R, 3>(op, x.shape(), {{{"h", bit.h}, {"h*q", std::move(hq)}, {"h*m", std::move(hm)}}},
                                      Policy::answer_phase);
    if (!self.is_server()) return share<R>(x.shape());
    // (g + (1 - 2g) * h) * y, where h * y = C * h - h * q + K * h * m
    return share<R>(bit.g * t.y + signs(bit.g) * (t.C * h - hq_j + t.K * hm_j));
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, local) {
    return relu(self, truncate(self, x, bits, local{}));
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost is_nonnegative_cost(shape_type const& shape) {
    return open_cost<R>(shape) + Policy::template split_sign_cost<R>(shape, plain_position<R>) + shared<R>(shape, 1);
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost relu_cost(shape_type const& shape) {
    return open_cost<R>(shape) + Policy::template split_sign_cost<R>(shape, plain_position<R>) + shared<R>(shape, 2);
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, assisted) {
    return open_truncation_cost<R>(shape) + Policy::template split_sign_cost<R>(shape, truncated_position<R>) +
           shared<R>(shape, 3);
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, local) {
    return relu_cost<R>(shape);
  }

 private:
  template <PowerOfTwoRing R>
  static constexpr sign_position plain_position{R::bits - 1, true};
  template <PowerOfTwoRing R>
  static constexpr sign_position truncated_position{R::bits - 2, false};

  /// c = x + r at the servers, r at the helper.
  template <PowerOfTwoRing R>
  static std::pair<tensor<R>, tensor<R>> open_masked(operation& op, share<R> const& x) {
    auto r = deal_uniform<R>(op, "r", x.shape());
    if (!op.self().is_server()) return {tensor<R>(), std::move(r)};
    return {open<R>(op, r += x.piece()), tensor<R>()};
  }

  /// 1 - 2g
  template <PowerOfTwoRing R>
  static tensor<R> signs(tensor<R> const& g) {
    return map(g, [](auto w) { return R::sub(1, R::add(w, w)); });
  }

  template <PowerOfTwoRing R>
  static cost shared(shape_type const& shape, std::size_t words) {
    return Policy::answer_phase == phase::offline ? deal_cost<R>(shape, words) : answer_cost<R>(shape, words);
  }
};

}  // namespace koi::beaver
