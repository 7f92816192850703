// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>
#include <koi/protocol/beaver/selection.hpp>

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

/// The mask r of what a step opens once as x + r: a server's piece, whole at the helper. It comes first,
/// so that the opening is under way while the helper deals the rest.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> mask_ahead(operation& op, shape_type const& shape) {
  return op.offline_shared([&] { return deal_uniform<R>(op, "r", shape); });
}

/// What the players do to open x behind such a mask, until it is under way.
template <PowerOfTwoRing R>
void describe_begin_opening(course& does, shape_type const& shape) {
  auto const bytes = bytes_of_shape<R>(shape);
  describe_uniform(does.offline(), bytes);
  does.servers_keep(bytes).helper_keep(bytes).servers_hold(4 * bytes).hold(does.helper(), 2 * bytes);
  does.online().servers_work({.touched = bytes}).swap_begin(bytes);
}

/// What truncation gets from the helper beside its mask r: shares of q = r >> bits and, as far as
/// truncation_terms uses them, of the top bit m of r, at the servers. r may be in a smaller ring N.
template <PowerOfTwoRing R>
struct truncation_cut {
  tensor<R> q, m;
  [[nodiscard]] auto parts() const { return std::tie(q, m); }
};

template <PowerOfTwoRing R, PowerOfTwoRing N>
[[nodiscard]] truncation_cut<R> deal_cut(operation& op, tensor<N> const& r, shape_type const& shape, std::size_t bits) {
  using word = typename R::value_type;
  auto pieces =
      deal<R>(op, shape, phase::offline, to_deal{"q", [&](std::size_t i) { return static_cast<word>(r[i] >> bits); }},
              low_bits_to_deal{"m", [&](std::size_t i) { return static_cast<word>(r[i] >> (N::bits - 1)); },
                               truncation_terms<R, N>{bits}.carried_bits()});
  return {std::move(pieces[0]), std::move(pieces[1])};
}

/// Begins to open c = x + 2^(l-2) + r, from which truncation, and a sign that is read from it as well,
/// follow.
///
/// Cost    1 round, one word per element each way
/// Leaks   to a server c, which is uniform. It never reaches the helper, which knows r
template <PowerOfTwoRing R>
[[nodiscard]] std::optional<opening<R>> begin_truncation(operation& op, share<R> const& x, tensor<R> const& r) {
  using word = typename R::value_type;
  auto const offset = op.self().index() == 0 ? R::power(R::bits - 2) : word{0};
  return std::optional<opening<R>>(
      std::in_place, op, zip([=](word mask, word piece) { return R::add(R::add(mask, piece), offset); }, r, x.piece()));
}

template <PowerOfTwoRing R, PowerOfTwoRing N = R>
[[nodiscard]] cost begin_truncation_cost(shape_type const& shape, std::size_t bits) {
  return open_cost<N>(shape) + deal_cost<R>(shape, {R::bits, truncation_terms<R, N>{bits}.carried_bits()});
}

/// What the players do until c is about to be known: mask, opening, and what is dealt for the cut.
template <PowerOfTwoRing R, PowerOfTwoRing N = R>
void describe_begin_truncation(course& does, shape_type const& shape, std::size_t bits) {
  describe_begin_opening<N>(does, shape);
  auto const cut = bytes_of_dealt<R>(shape, {R::bits, truncation_terms<R, N>{bits}.carried_bits()});
  describe_deal(does.offline(), cut);
  does.servers_keep(cut.pieces);
}

/// Divides by 2^bits: x >> bits plus 0 or 1, the 1 with probability (x mod 2^bits) / 2^bits.
///
/// Shapes  x: any S -> S
/// Range   -2^(l-2) <= x < 2^(l-2)
/// Cost    online 1 round, |S| words each way; offline |S| words and |S| of `bits` bits, see dealt_word_bytes
/// Leaks   S and bits. The rounding is a function of the low bits of x and of c: whoever learns the
///         result and is a server learns one comparison on those low bits
/// Error   at most one unit in the last place
/// Throws  bad_argument if bits is 0 or above l - 2; channel_error
/// Source  [EGK+20] eprint 2020/338 (truncation with a dealt mask's top bit); offset as in [MR18]
template <PowerOfTwoRing R>
[[nodiscard]] share<R> truncate(party& self, share<R> const& x, std::size_t bits, assisted) {
  check_truncation(bits, R::bits);
  shape_type const by{bits};
  operation op(self, "truncate", {x.shape(), by});
  op.declare([&] { return begin_truncation_cost<R>(x.shape(), bits); });
  op.describe([&, bytes = bytes_of_shape<R>(x.shape())](course& does) {
    describe_begin_truncation<R>(does, x.shape(), bits);
    does.online().swap_end(bytes).servers_work({.touched = 2 * bytes}).truncates({x.size(), bits, true});
  });
  auto const r = mask_ahead<R>(op, x.shape());
  auto opened = op.computes() ? begin_truncation(op, x, r) : std::nullopt;
  auto const cut = op.offline([&] { return deal_cut<R>(op, r, x.shape(), bits); });
  if (!op.computes()) return share<R>(x.shape());
  return share<R>(truncated(opened->finish(op)[0], cut.q, cut.m, bits, self.index()));
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
  op.declare([] { return cost{}; });
  op.describe([&](course& does) {
    does.servers_work({.touched = bytes_of_shape<R>(x.shape())}).truncates({x.size(), bits, false});
  });
  if (!op.computes()) return share<R>(x.shape());
  auto const shift = [&](word w) { return static_cast<word>(w >> bits); };
  if (self.index() == 0) return share<R>(map(x.piece(), shift));
  return share<R>(map(x.piece(), [&](word w) { return R::neg(shift(R::neg(w))); }));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost truncate_cost(shape_type const& shape, std::size_t bits, assisted) {
  return begin_truncation_cost<R>(shape, bits);
}
template <PowerOfTwoRing R>
[[nodiscard]] cost truncate_cost(shape_type const&, std::size_t, local) {
  return {};
}

}  // namespace koi::beaver
