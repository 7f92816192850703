// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/deal.hpp>
#include <koi/protocol/securenn/field_planes.hpp>

namespace koi::securenn_policy {

/// Shares in Z_p of the low bits of a number that server 2 knows; piece j at server j.
///
/// Cost    one byte per bit, server 2 to server 1
/// Source  [WGC19] eprint 2018/442, section 3
template <PowerOfTwoRing R>
[[nodiscard]] field_planes deal_bits(operation& op, tensor<R> const& x, shape_type const& shape, std::size_t bits,
                                     phase in = phase::offline) {
  using field = comparison_field<R>;
  auto& self = op.self();
  field_planes pieces(bits, self.is_server() || self.is_helper() ? element_count(shape) : 0);
  auto const draw = [&](std::size_t peer) {
    auto stream = op.stream(peer, "bits");
    fill_uniform<field>(stream, pieces.elements());
  };
  if (self.is_helper()) {
    draw(self.server(0));
    for (std::size_t first = 0; first < pieces.count(); first += field_planes::tile)
      for (std::size_t b = 0; b < bits; ++b) {
        auto* const row = pieces.row(first, b);
        for (std::size_t i = 0; i < pieces.width(first); ++i)
          row[i] = field::sub(static_cast<std::uint8_t>((x[first + i] >> b) & 1), row[i]);
      }
    op.send(self.server(1), pieces.bytes(), in);
  } else if (self.is_server() && self.index() == 0) {
    draw(self.helper());
  } else if (self.is_server()) {
    op.receive(self.helper(), pieces.writable_bytes(), in);
  }
  return pieces;
}

/// What the servers compare a shared number with, word by word.
template <PowerOfTwoRing R>
struct public_bound {
  tensor<R> r;                     ///< compare [x > r]
  std::optional<tensor<R>> below;  ///< 1 where r stands for -1, so that [x > r] is 1; else 0
};

/// PrivateCompare: tells server 2 beta' = beta xor [x > r], where x is shared bit by bit, both servers
/// know r, and beta is their common fresh bit. Returns beta at the servers and beta' at server 2, as
/// words 0 or 1.
///
/// Shapes  x: `bits` bits for every element of `shape`
/// Cost    1 round, one byte per bit from each server to server 2
/// Leaks   to server 2 beta', a fair coin. It receives for each number one uniformly rotated row of
///         which at most one element is zero, every other one uniform among the units, in fresh shares
/// Source  [WGC19] eprint 2018/442, Algorithm 3
/// Differs a common zero-share z refreshes the two rows before they are sent: server 2 dealt the
///         shares of x, and the ratio of what it receives would cancel the factor s and give r away.
///         A uniform rotation stands for the permutation: with fresh s and z the view is the same.
///         [x > r] for r = 2^bits - 1 and for r = -1 is forced by construction
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> private_compare(operation& op, field_planes const& x, public_bound<R> const& bound,
                                        shape_type const& shape, std::size_t bits) {
  using field = comparison_field<R>;
  using word = typename R::value_type;
  auto& self = op.self();
  auto const count = element_count(shape);
  if (!self.is_server() && !self.is_helper()) return tensor<R>();

  if (self.is_helper()) {
    field_planes row0(bits, count), row1(bits, count);
    op.receive(self.server(0), row0.writable_bytes());
    op.receive(self.server(1), row1.writable_bytes());
    tensor<R> found(shape, 0);
    for (std::size_t first = 0; first < count; first += field_planes::tile)
      for (std::size_t b = 0; b < bits; ++b) {
        auto const* const p0 = row0.row(first, b);
        auto const* const p1 = row1.row(first, b);
        for (std::size_t i = 0; i < row0.width(first); ++i)
          found[first + i] |= static_cast<word>(field::add(p0[i], p1[i]) == 0);
      }
    return found;
  }

  // fresh for every element, known to both servers and not to server 2
  auto const peer = self.other_server();
  tensor<R> beta(shape);
  {
    std::vector<std::uint8_t, wiping_allocator<std::uint8_t>> coins((count + 7) / 8);
    op.stream(peer, "beta").fill(writable_bytes_of(coins.data(), coins.size()));
    for (std::size_t i = 0; i < count; ++i) beta[i] = static_cast<word>((coins[i / 8] >> (i % 8)) & 1);
  }
  auto factors = op.stream(peer, "s"), zeros = op.stream(peer, "zero"), rotations = op.stream(peer, "rotation");
  auto const widest = std::min(field_planes::tile, count);
  using row_bytes = std::vector<std::uint8_t, wiping_allocator<std::uint8_t>>;
  row_bytes factor(bits * widest), zero(bits * widest), offsets(widest);

  field_planes out(bits, count);
  auto const j = static_cast<std::uint8_t>(self.index());
  word const top = R::low_mask(bits);
  std::array<std::uint8_t, field_planes::tile> sum, above, forced, flip;
  std::array<word, field_planes::tile> v;
  for (std::size_t first = 0; first < count; first += field_planes::tile) {
    auto const width = out.width(first);
    fill_nonzero<field>(factors, std::span(factor).first(bits * width));
    fill_uniform<field>(zeros, std::span(zero).first(bits * width));
    koi::detail::fill_bytes_below(rotations, std::span(offsets).first(width), static_cast<unsigned>(bits));
    for (std::size_t i = 0; i < width; ++i) {
      auto const r = static_cast<word>(bound.r[first + i] & top);
      auto const b = beta[first + i];
      auto const below = bound.below ? (*bound.below)[first + i] : word{0};
      v[i] = static_cast<word>(r + b);  // r, or t = r + 1
      flip[i] = static_cast<std::uint8_t>(b);
      // [x > r] is known: 0 for r = 2^bits - 1 (matters when t would not fit), 1 for r = -1
      auto const full = static_cast<std::uint8_t>(static_cast<std::uint8_t>(r == top) & static_cast<std::uint8_t>(b) &
                                                  static_cast<std::uint8_t>(below == 0));
      forced[i] = static_cast<std::uint8_t>(full | static_cast<std::uint8_t>(below));
      // a zero is due when beta xor [x > r] is 1
      above[i] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(b) ^ static_cast<std::uint8_t>(below));
      sum[i] = 0;
    }
    for (std::size_t p = bits; p-- > 0;) {
      auto const* const bit = x.row(first, p);
      auto* const row = out.row(first, p);
      for (std::size_t i = 0; i < width; ++i) {
        auto const public_bit = static_cast<std::uint8_t>((v[i] >> p) & 1);
        auto const set = static_cast<std::uint8_t>(0 - public_bit);  // mask
        auto const mine = static_cast<std::uint8_t>(public_bit & j);
        // beta = 0: c = j r - x + j + sum of w;  beta = 1: c = x - j t + j + sum of w
        auto const difference = field::sub(mine, bit[i]);
        auto const negated = field::neg(difference);
        auto const turned = static_cast<std::uint8_t>(0 - flip[i]);
        auto c = static_cast<std::uint8_t>((difference & ~turned) | (negated & turned));
        c = field::add(field::add(c, j), sum[i]);
        // w = x + j v - 2 v x
        auto const w = static_cast<std::uint8_t>((bit[i] & ~set) | (field::sub(j, bit[i]) & set));
        sum[i] = field::add(sum[i], w);
        // forced: server 0 holds 0 at position 0 where a zero is due, 1 elsewhere; server 1 holds 0
        auto const constant = static_cast<std::uint8_t>((1 - j) & (1 ^ (above[i] & static_cast<std::uint8_t>(p == 0))));
        auto const force = static_cast<std::uint8_t>(0 - forced[i]);
        row[i] = static_cast<std::uint8_t>((c & ~force) | (constant & force));
      }
      detail::mul_row<field>(row, factor.data() + p * width, width);
      auto* const z = zero.data() + p * width;
      if (j == 1)
        for (std::size_t i = 0; i < width; ++i) z[i] = field::neg(z[i]);
      detail::add_row<field>(row, z, width);
    }
    detail::rotate_tile(out.row(first, 0), bits, width, offsets.data(), factor);
  }
  for (auto* const bytes : {&sum, &above, &forced, &flip}) wipe(bytes->data(), sizeof *bytes);
  wipe(v.data(), sizeof v);
  op.send(self.helper(), out.bytes());
  return beta;
}

[[nodiscard]] inline cost deal_bits_cost(shape_type const& shape, std::size_t bits) {
  return {.dealt = element_count(shape) * bits};
}
[[nodiscard]] inline cost private_compare_cost(shape_type const& shape, std::size_t bits) {
  return {.rounds = 1, .assisted = 2 * element_count(shape) * bits};
}

}  // namespace koi::securenn_policy
