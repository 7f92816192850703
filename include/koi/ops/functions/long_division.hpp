// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/comparison.hpp>
#include <koi/ops/functions/detail/pieces.hpp>

namespace koi {

/// x / y by long division, one comparison a bit of the quotient: the paper's protocol, for the
/// paper's sake.
///
/// Shapes  broadcast
/// Range   0 <= x, 0 < y, the quotient below 2^(Bits - FracBits), y * 2^FracBits below
///         2^(l - 1 - Bits) and x * 2^(2 FracBits) below 2^(l-2); Bits is half the ring's bits
/// Cost    Bits times P::is_nonnegative and P::mul
/// Error   the quotient is cut, not rounded: below one unit in the last place
/// Source  [WGC19] eprint 2018/442, Algorithm 8
template <ComparingProtocol P>
private_tensor<P> long_division(private_tensor<P> const& x, private_tensor<P> const& y) {
  using R = typename P::ring;
  constexpr std::size_t quotient_bits = R::bits / 2;
  static_assert(detail::compares_bits<P, R::bits>(), "koi: long_division compares numbers of the whole ring");
  auto& self = x.self();
  auto const shape = broadcast_shape("long_division", x.shape(), y.shape());
  auto rest = P::scale(P::broadcast(x.share(), shape), R::power(P::frac_bits));
  auto const divisor = P::broadcast(y.share(), shape);
  auto quotient = P::scale(rest, 0);
  for (std::size_t i = quotient_bits; i-- > 0;) {
    auto const part = P::scale(divisor, R::power(i));
    auto const fits = P::is_nonnegative(self, P::sub(rest, part));
    rest = P::sub(rest, P::scale(P::mul(self, fits, divisor), R::power(i)));
    quotient = P::add(quotient, P::scale(fits, R::power(i)));
  }
  return {self, quotient};
}

}  // namespace koi
