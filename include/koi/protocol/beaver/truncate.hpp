// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>

namespace koi {

/// Truncation with the helper's aid: off by at most one unit in the last place, never more, for
/// -2^(l-2) <= x < 2^(l-2). The default.
struct assisted {
  static constexpr std::string_view name = "assisted";
};

/// Truncation by each server on its own: no rounds, no bytes, and a huge error with probability
/// abs(x) / 2^l per element, x the number with all its fraction bits.
struct local {
  static constexpr std::string_view name = "local";
};

}  // namespace koi

namespace koi::beaver {

inline void check_truncation(std::size_t bits, std::size_t ring_bits) {
  if (bits == 0 || bits > ring_bits - 2)
    throw bad_argument(
        fmt::format("truncate: {} bits; a {}-bit ring truncates by 1 to {}", bits, ring_bits, ring_bits - 2));
}

/// A number behind the one opening of its truncation: y = x >> bits = C - q + K * m, up to one unit.
template <PowerOfTwoRing R>
struct opened_truncation {
  tensor<R> c;     ///< x + 2^(l-2) + r, opened, at the servers
  tensor<R> r;     ///< at the helper
  tensor<R> C, K;  ///< known to both servers
  tensor<R> q, m;  ///< r >> bits and the top bit of r: pieces at the servers, whole at the helper
  tensor<R> y;     ///< the truncated number's piece, at the servers
};

/// Opens c and leaves all that truncation, and a sign that is read from the same opening, need.
///
/// Cost    1 round, one word per element each way; two words per element dealt
/// Leaks   to a server c, which is uniform. It never reaches the helper, which knows r
template <PowerOfTwoRing R>
[[nodiscard]] opened_truncation<R> open_truncation(operation& op, share<R> const& x, std::size_t bits) {
  using word = typename R::value_type;
  constexpr auto l = R::bits;
  check_truncation(bits, l);
  auto& self = op.self();
  auto const& shape = x.shape();
  opened_truncation<R> t;

  auto r = deal_uniform<R>(op, "r", shape);
  if (self.is_helper()) {
    t.q = map(r, [&](word w) { return static_cast<word>(w >> bits); });
    t.m = map(r, [&](word w) { return static_cast<word>(w >> (l - 1)); });
    (void)deal<R, 2>(op, shape, {{{"q", t.q}, {"m", t.m}}});
    t.r = std::move(r);
    return t;
  }
  auto [q, m] = deal<R, 2>(op, shape, {{{"q", {}}, {"m", {}}}});
  if (!self.is_server()) return t;

  // c = x + 2^(l-2) + r
  if (self.index() == 0) r = map(r, [](word w) { return R::add(w, R::power(l - 2)); });
  t.c = open<R>(op, r += x.piece());
  t.C = map(t.c, [&](word c) { return R::sub(static_cast<word>(c >> bits), R::power(l - 2 - bits)); });
  t.K = map(t.c, [&](word c) {
    return static_cast<word>(static_cast<word>(word{1} ^ static_cast<word>(c >> (l - 1))) << (l - bits));
  });
  // y = C - q + K * m
  t.y = t.K * m - q;
  if (self.index() == 0) t.y += t.C;
  t.q = std::move(q);
  t.m = std::move(m);
  return t;
}

template <PowerOfTwoRing R>
[[nodiscard]] cost open_truncation_cost(shape_type const& shape) {
  return open_cost<R>(shape) + deal_cost<R>(shape, 2);
}

/// Divides by 2^bits: x >> bits plus 0 or 1, the 1 with probability (x mod 2^bits) / 2^bits.
///
/// Shapes  x: any S -> S
/// Range   -2^(l-2) <= x < 2^(l-2)
/// Cost    online 1 round, |S| words each way; offline 2 |S| words
/// Leaks   S and bits. The rounding is a function of the low bits of x and of c: whoever learns the
///         result and is a server learns one comparison on those low bits
/// Error   at most one unit in the last place
/// Throws  bad_argument if bits is 0 or above l - 2; channel_error
/// Source  [EGK+20] eprint 2020/338 (truncation with a dealt mask's top bit); offset as in [MR18]
template <PowerOfTwoRing R>
[[nodiscard]] share<R> truncate(party& self, share<R> const& x, std::size_t bits, assisted) {
  shape_type const by{bits};
  operation op(self, "truncate", {x.shape(), by});
  auto t = open_truncation(op, x, bits);
  return self.is_server() ? share<R>(std::move(t.y)) : share<R>(x.shape());
}

/// The papers' free truncation: server 0 shifts x_0, server 1 shifts -x_1 and negates.
///
/// Cost    none
/// Error   at most one unit, and a huge one with probability abs(x) / 2^l per element
/// Source  [MZ17] eprint 2017/396, section 4.1
template <PowerOfTwoRing R>
[[nodiscard]] share<R> truncate(party& self, share<R> const& x, std::size_t bits, local) {
  using word = typename R::value_type;
  check_truncation(bits, R::bits);
  shape_type const by{bits};
  operation op(self, "truncate", {x.shape(), by});
  if (!self.is_server()) return share<R>(x.shape());
  auto const shift = [&](word w) { return static_cast<word>(w >> bits); };
  if (self.index() == 0) return share<R>(map(x.piece(), shift));
  return share<R>(map(x.piece(), [&](word w) { return R::neg(shift(R::neg(w))); }));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost truncate_cost(shape_type const& shape, assisted) {
  return open_truncation_cost<R>(shape);
}
template <PowerOfTwoRing R>
[[nodiscard]] cost truncate_cost(shape_type const&, local) {
  return {};
}

}  // namespace koi::beaver
