// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/securenn/share_convert.hpp>

namespace koi::securenn_policy {

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
    auto const draw = [&](std::size_t peer) {
      auto stream = op.stream(peer, "x");
      return uniform<odd>(stream, shape);
    };
    if (self.is_helper()) {
      auto const x0 = draw(self.server(0)), x1 = draw(self.server(1));
      tensor<R> x(shape), lowest(shape);
      for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = odd::add(x0[i], x1[i]);
        lowest[i] = static_cast<word>(x[i] & 1);
      }
      auto const bits = deal_bits(op, x, shape, R::bits);
      (void)detail::deal_bit_words<R>(op, "lsb", lowest, shape, phase::offline);
      auto const found = private_compare<R>(op, bits, {}, shape, R::bits);
      (void)detail::deal_bit_words<R>(op, "beta'", found, shape, phase::online);
    } else if (self.is_server()) {
      auto const j = self.index();
      auto const x = draw(self.helper());
      auto const bits = deal_bits(op, tensor<R>(), shape, R::bits);
      auto lowest = detail::deal_bit_words<R>(op, "lsb", tensor<R>(), shape, phase::offline);
      // r = 2a + x, opened in Z_{L-1}
      odd_tensor<R> mine(shape), theirs(shape);
      for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = odd::add(odd::add(a[i], a[i]), x[i]);
      op.exchange(mine.bytes(), theirs.writable_bytes());
      tensor<R> r(shape);
      for (std::size_t i = 0; i < r.size(); ++i) r[i] = odd::add(mine[i], theirs[i]);

      auto const beta = private_compare<R>(op, bits, {r, {}}, shape, R::bits);
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
  if (!self.is_server()) return share<R>(shape);
  return share<R>(gamma.piece() + delta.piece() - scaled(both.piece(), 2));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost compute_msb_cost(shape_type const& shape) {
  auto const words = element_count(shape) * sizeof(typename R::value_type);
  share<R> const fresh{shape}, other{shape};
  return cost{.rounds = 2, .dealt = words, .servers = 2 * words, .assisted = words} + deal_bits_cost(shape, R::bits) +
         private_compare_cost(shape, R::bits) + beaver::mul_cost(fresh, other);
}

}  // namespace koi::securenn_policy
