// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/securenn/deal_bits.hpp>

namespace koi::securenn_policy {

/// What the servers compare a shared number with, word by word.
template <PowerOfTwoRing R>
struct public_bound {
  tensor<R> r;                     ///< compare [x > r]
  std::optional<tensor<R>> below;  ///< 1 where r stands for -1, so that [x > r] is 1; else 0
};

namespace detail {

/// Server 2's part of PrivateCompare: 1 for every number whose two rows add up to zero somewhere.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> search_zeros(operation& op, row_pieces const& pieces, shape_type const& shape) {
  auto& self = op.self();
  bit_rows row0(pieces.positions, pieces.most()), row1(pieces.positions, pieces.most());
  std::array<std::uint8_t, row_pieces::tile> found;
  tensor<R> out(shape);
  pieces.each_message([&](std::size_t from, std::size_t count) {
    op.receive(self.server(0), row0.writable_bytes(0, count));
    op.receive(self.server(1), row1.writable_bytes(0, count));
    row_pieces::each_tile(from, count, [&](std::size_t first, std::size_t n) {
      kernels::find_zero_rows(row0.row(first - from), row1.row(first - from), pieces.positions, n,
                              comparison_field<R>::modulus, found.data());
      std::copy_n(found.data(), n, out.data() + first);
    });
  });
  wipe(found.data(), found.size());
  return out;
}

/// A tile of one server's part: what it knows of the numbers beside the shares of x.
template <PowerOfTwoRing R>
struct compared_tile {
  using word = typename R::value_type;
  tile_words v;
  std::array<std::uint8_t, row_pieces::tile> flags;
  std::array<std::uint8_t, row_pieces::tile> offsets;

  compared_tile() = default;
  compared_tile(compared_tile const&) = delete;
  compared_tile& operator=(compared_tile const&) = delete;
  ~compared_tile() {
    wipe(flags.data(), flags.size());
    wipe(offsets.data(), offsets.size());
  }

  /// Sets v, the flags and beta for the numbers from `first` on.
  void set(public_bound<R> const& bound, std::uint8_t const* coins, std::size_t bits, std::size_t first, std::size_t n,
           tensor<R>& beta) noexcept {
    using task = kernels::comparison_rows;
    word const top = R::low_mask(bits);
    word const* const minus = bound.below ? bound.below->data() + first : nullptr;
    for (std::size_t i = 0; i < n; ++i) {
      auto const at = first + i;
      auto const b = static_cast<unsigned>(coins[at / 8] >> (at % 8)) & 1u;
      auto const r = static_cast<word>(bound.r[at] & top);
      auto const below = minus ? static_cast<unsigned>(minus[i] & 1) : 0u;
      // [x > r] is known: 0 for r = 2^bits - 1 (matters where r + 1 would not fit), 1 for r = -1
      auto const known = (static_cast<unsigned>(r == top) & b) | below;
      put_row_words(static_cast<word>(r + b), bits, v.words.data() + i * kernels::row_words(bits));
      // a zero is due where beta xor [x > r] is 1
      flags[i] = static_cast<std::uint8_t>(b * task::beta | known * task::forced | (b ^ below) * task::due);
      beta[at] = static_cast<word>(b);
    }
  }
};

}  // namespace detail

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
[[nodiscard]] tensor<R> private_compare(operation& op, dealt_bits const& x, public_bound<R> const& bound,
                                        shape_type const& shape, std::size_t bits) {
  using field = comparison_field<R>;
  auto& self = op.self();
  row_pieces const pieces{bits, element_count(shape)};
  if (self.is_helper()) return detail::search_zeros<R>(op, pieces, shape);
  if (!self.is_server()) return tensor<R>();

  // fresh for every element, known to both servers and not to server 2
  auto const peer = self.other_server();
  std::vector<std::uint8_t, wiping_allocator<std::uint8_t>> coins((pieces.count + 7) / 8);
  op.stream(peer, "beta").fill(writable_bytes_of(coins.data(), coins.size()));
  auto factors = op.stream(peer, "s"), zeros = op.stream(peer, "zero"), rotations = op.stream(peer, "rotation");

  bit_reader<field> shares(op, x);
  auto const widest = std::min(row_pieces::tile, pieces.count);
  bit_rows factor(bits, widest), zero(bits, widest), out(bits, pieces.most());
  detail::compared_tile<R> tile;
  tensor<R> beta(shape);
  pieces.each_message([&](std::size_t from, std::size_t count) {
    shares.message(from, count);
    row_pieces::each_tile(from, count, [&](std::size_t first, std::size_t n) {
      fill_nonzero<field>(factors, factor.rows(0, n));
      fill_uniform<field>(zeros, zero.rows(0, n));
      koi::detail::fill_bytes_below(rotations, std::span(tile.offsets).first(n), static_cast<unsigned>(bits));
      tile.set(bound, coins.data(), bits, first, n, beta);
      kernels::make_comparison_rows({.positions = bits,
                                     .count = n,
                                     .p = field::modulus,
                                     .server = self.index(),
                                     .x = shares.tile(first, n),
                                     .factors = factor.row(0),
                                     .zeros = zero.row(0),
                                     .offsets = tile.offsets.data(),
                                     .v = tile.v.words.data(),
                                     .flags = tile.flags.data(),
                                     .out = out.row(first - from)});
    });
    op.send(self.helper(), out.bytes(0, count));
  });
  return beta;
}

/// What PrivateCompare does, on bits that server 1 has or takes now.
inline void describe_private_compare(course& does, row_pieces const& pieces, taken when) {
  pieces.each_message([&](std::size_t, std::size_t n) {
    auto const bytes = n * pieces.positions;
    if (when == taken::when_used) does.offline().receive(does.server(1), does.helper(), bytes);
    // factors, zeros and, at server 0, the shares are drawn; each of these bytes is kept or thrown away
    does.online().servers_work({.drawn = 2 * bytes, .touched = 3 * bytes});
    does.work(does.server(0), {.drawn = bytes, .touched = bytes});
    for (unsigned j : {0U, 1U}) does.message(does.server(j), does.helper(), bytes);
    does.work(does.helper(), {.touched = 2 * bytes});
  });
}

[[nodiscard]] inline cost private_compare_cost(shape_type const& shape, std::size_t bits) {
  return {.rounds = 1, .assisted = 2 * element_count(shape) * bits};
}

}  // namespace koi::securenn_policy
