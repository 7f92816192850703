// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/share.hpp>
#include <koi/protocol/operation.hpp>

namespace koi::beaver {

/// x >> bits in a ring of half the bits or fewer: each server shifts its piece and keeps the low bits.
///
/// Shapes  any S -> S
/// Range   x >> bits as a number of the smaller ring; what is beyond it is lost without notice
/// Cost    none
/// Leaks   nothing: local
/// Error   x >> bits plus 0 or 1, always: the pieces' sum wraps at a multiple of 2^n, which is 0 in the smaller ring of
/// n
///         bits as long as n + bits <= l
/// Source  [MZ17] eprint 2017/396, section 4.1
/// Differs the result is in a ring that a wrap of the pieces does not reach, so that it has no probability to fail
template <PowerOfTwoRing N, PowerOfTwoRing R>
[[nodiscard]] share<N> narrowed(party& self, share<R> const& x, std::size_t bits) {
  using word = typename R::value_type;
  using narrow = typename N::value_type;
  if (bits + N::bits > R::bits)
    throw bad_argument(fmt::format("narrow: {} bits of {} off leave fewer than {}", bits, R::bits, N::bits));
  shape_type const by{bits};
  operation op(self, "narrow", {x.shape(), by});
  if (!op.computes()) return share<N>(x.shape());
  // as local truncation: server 0 shifts x_0, server 1 shifts -x_1 and negates
  if (self.index() == 0) return share<N>(zip_to<N>([=](word w) { return static_cast<narrow>(w >> bits); }, x.piece()));
  return share<N>(
      zip_to<N>([=](word w) { return N::neg(static_cast<narrow>(static_cast<word>(R::neg(w)) >> bits)); }, x.piece()));
}

}  // namespace koi::beaver
