// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/securenn/share_convert.hpp>

namespace koi::securenn_policy {

/// What server 2 deals for compute_msb: a mask x, its bits and its lowest bit.
template <PowerOfTwoRing R>
struct dealt_msb {
  odd_tensor<R> x;
  dealt_bits bits;
  tensor<R> lowest;
  [[nodiscard]] auto parts() const { return std::tie(x, bits, lowest); }
};

template <PowerOfTwoRing R>
[[nodiscard]] dealt_msb<R> deal_msb(operation& op, shape_type const& shape) {
  using odd = z2k_minus_1<R::bits>;
  using word = typename R::value_type;
  auto& self = op.self();
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, "x");
    return uniform<odd>(stream, shape);
  };
  dealt_msb<R> out;
  tensor<R> x, lowest;
  if (self.is_helper()) {
    auto const x0 = draw(self.server(0)), x1 = draw(self.server(1));
    x = lowest = tensor<R>(shape);
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = odd::add(x0[i], x1[i]);
      lowest[i] = static_cast<word>(x[i] & 1);
    }
  } else if (self.is_server()) {
    out.x = draw(self.helper());
  }
  out.bits = deal_bits(op, x, shape, R::bits);
  out.lowest = detail::deal_bit_words<R>(op, "lsb", lowest, shape, phase::offline);
  return out;
}

/// What computing it costs before the product at the end.
template <PowerOfTwoRing R>
[[nodiscard]] cost compute_msb_step_cost(shape_type const& shape) {
  auto const words = element_count(shape) * sizeof(typename R::value_type);
  return cost{.rounds = 2, .dealt = words, .servers = 2 * words, .assisted = words} + deal_bits_cost(shape, R::bits) +
         private_compare_cost(shape, R::bits);
}

/// What the players do before that product.
template <PowerOfTwoRing R>
void describe_compute_msb(course& does, shape_type const& shape) {
  auto const bytes = beaver::bytes_of_shape<R>(shape);
  row_pieces const pieces{R::bits, element_count(shape)};
  beaver::describe_uniform(does.offline(), bytes);
  does.servers_keep(bytes);
  describe_bits(does, pieces, taken::at_once);
  beaver::describe_deal(does, bytes);
  does.servers_keep(bytes);
  does.online().servers_work({.touched = bytes}).swap_begin(bytes).swap_end(bytes);
  describe_private_compare(does, pieces, taken::at_once);
  beaver::describe_deal(does, bytes);
  does.servers_work({.touched = 2 * bytes});
}

/// The top bit of a number in Z_{L-1}, as shares in Z_L: the lowest bit of its double.
///
/// Shapes  any S -> S
/// Cost    4 rounds: one opening, PrivateCompare, its answer, one product
/// Leaks   to a server 2a + x, uniform; to server 2 a fair coin
/// Source  [WGC19] eprint 2018/442, Algorithm 5
template <PowerOfTwoRing R>
[[nodiscard]] share<R> compute_msb(party& self, odd_tensor<R> const& a, shape_type const& shape) {
  using odd = z2k_minus_1<R::bits>;
  using word = typename R::value_type;
  share<R> gamma(shape), delta(shape);
  {
    operation op(self, "compute_msb", {shape});
    op.declare([&] { return compute_msb_step_cost<R>(shape); });
    op.describe([&](course& does) { describe_compute_msb<R>(does, shape); });
    auto const dealt = op.offline([&] { return deal_msb<R>(op, shape); });
    if (op.assists()) {
      auto const found = private_compare<R>(op, dealt.bits, {}, shape, R::bits);
      (void)detail::deal_bit_words<R>(op, "beta'", found, shape, phase::online);
    } else if (op.computes()) {
      auto const j = self.index();
      auto lowest = dealt.lowest;
      // r = 2a + x, opened in Z_{L-1}
      odd_tensor<R> mine(shape), theirs(shape);
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = odd::add(odd::add(a[i], a[i]), dealt.x[i]);
      op.exchange(mine.bytes(), theirs.writable_bytes());
      tensor<R> r(shape);
      for (std::size_t i = 0; i < r.size(); ++i) r[i] = odd::add(mine[i], theirs[i]);

      auto const beta = private_compare<R>(op, dealt.bits, {r, {}}, shape, R::bits);
      auto answer = detail::deal_bit_words<R>(op, "beta'", tensor<R>(), shape, phase::online);
      // gamma = beta' xor beta, delta = lsb(x) xor lsb(r)
      for (std::size_t i = 0; i < r.size(); ++i) {
        answer[i] = detail::flipped<R>(answer[i], beta[i], j);
        lowest[i] = detail::flipped<R>(lowest[i], static_cast<word>(r[i] & 1), j);
      }
      gamma = share<R>(std::move(answer));
      delta = share<R>(std::move(lowest));
    }
  }
  // msb = gamma + delta - 2 gamma delta; the dealt product carries a fresh sharing
  auto const both = beaver::mul(self, gamma, delta);
  if (!both.held()) return share<R>(shape);
  return share<R>(gamma.piece() + delta.piece() - scaled(both.piece(), 2));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost compute_msb_cost(shape_type const& shape) {
  share<R> const fresh{shape}, other{shape};
  return compute_msb_step_cost<R>(shape) + beaver::mul_cost(fresh, other);
}

}  // namespace koi::securenn_policy
