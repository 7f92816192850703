// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/bytes/rotate.hpp>

namespace koi::kernels {

/// What a server has of the numbers x and r that it compares, in rows of elements of Z_p (see
/// row_room), and where the rows for server 2 go. 11 <= p <= 131, positions at most p - 3.
struct comparison_rows {
  std::size_t positions = 0;
  std::size_t count = 0;  ///< numbers
  unsigned p = 0;
  unsigned server = 0;                    ///< 0 or 1
  std::uint8_t const* x = nullptr;        ///< rows: shares of the bits of x
  std::uint8_t const* factors = nullptr;  ///< rows: s, never 0
  std::uint8_t const* zeros = nullptr;    ///< rows: z, which server 0 adds and server 1 subtracts
  std::uint8_t const* offsets = nullptr;  ///< a rotation below `positions` for each number
  std::uint64_t const* v = nullptr;       ///< row_words words for each number: r, or r + 1 where beta is 1
  std::uint8_t const* flags = nullptr;    ///< for each number
  std::uint8_t* out = nullptr;            ///< rows

  static constexpr std::uint8_t beta = 1;    ///< flag: find x < r + 1 instead of x > r
  static constexpr std::uint8_t forced = 2;  ///< flag: the answer is known
  static constexpr std::uint8_t due = 4;     ///< flag: where the answer is known, it is that there is a zero
};

namespace detail {

/// The numbers of a comparison one after the other.
template <class Set, std::size_t Words>
struct comparison {
  using lanes = byte_lanes<Set>;
  using reg = typename lanes::reg;
  using row = row_regs<Set, Words>;

  comparison_rows const& task;
  field_lanes<Set> const field{task.p};
  reg const none = lanes::all(0);
  reg const one = lanes::all(1);
  reg const j = lanes::all(task.server);
  std::uint64_t const is_one = std::uint64_t{0} - task.server;  // all bits at server 1, none at server 0
  std::uint64_t const valid[2] = {row_mask(task.positions, 0), Words == 2 ? row_mask(task.positions, 1) : 0};

  /// Adds to each byte of c all bytes of w at higher positions; c is then even and odd positions apart, modulo p
  /// up to one p too much.
  [[gnu::always_inline]] void add_sums_above(row const& w, row const& c, row& even, row& odd) const noexcept {
    auto carry = none;
    for (std::size_t k = row::count; k-- > 0;) {
      auto const upper = lanes::odd(w.v[k]);
      auto const pair = lanes::add16(lanes::even(w.v[k]), upper);
      auto sum = lanes::add16(pair, lanes::template from_above<2>(pair));
      sum = lanes::add16(sum, lanes::template from_above<4>(sum));
      sum = lanes::add16(sum, lanes::template from_above<8>(sum));
      auto total = lanes::first16_of_part(sum);
      sum = lanes::sub16(sum, pair);  // of the pairs above
      if constexpr (lanes::width > 16) {
        auto above = lanes::template next_parts<1>(total);
        above = lanes::add16(above, lanes::template next_parts<1>(above));
        if constexpr (lanes::width > 32) above = lanes::add16(above, lanes::template next_parts<2>(above));
        sum = lanes::add16(sum, above);
        total = lanes::first_part(lanes::add16(total, above));
      }
      if (k + 1 < row::count) sum = lanes::add16(sum, carry);
      carry = lanes::add16(carry, total);
      odd.v[k] = field.rest(lanes::add16(lanes::odd(c.v[k]), sum));
      even.v[k] = field.rest(lanes::add16(lanes::add16(lanes::even(c.v[k]), upper), sum));
    }
  }

  /// The row of number i before its rotation.
  [[nodiscard, gnu::always_inline]] row made(std::size_t i) const noexcept {
    auto const at = i * task.positions;
    auto const* const v = task.v + i * Words;
    unsigned const flags = task.flags[i];
    auto const turned = std::uint64_t{0} - (flags & 1u), forced = std::uint64_t{0} - (flags >> 1 & 1u);
    std::uint64_t open[2], set[2], plus[2], minus[2], constant[2];
    for (std::size_t word = 0; word < Words; ++word) {
      open[word] = valid[word] & ~forced;
      set[word] = v[word] & open[word];
      plus[word] = set[word] & ~turned & is_one;
      minus[word] = set[word] & turned & is_one;
      // forced: server 0 holds 0 at position 0 where a zero is due, 1 elsewhere; server 1 holds 0
      constant[word] = ~is_one & ~(word == 0 ? std::uint64_t{flags >> 2 & 1u} : 0);
    }

    auto const x = row::load(task.x + at);
    row w, c, even, odd;
    for (std::size_t k = 0; k < row::count; ++k) {
      auto const bit = lanes::select(row::bits(open, k), x.v[k], none);
      auto const negated = lanes::sub(field.p, bit);
      // w = x + j v - 2 v x
      w.v[k] = lanes::select(row::bits(set, k), lanes::add(negated, j), bit);
      // beta = 0: c = j v - x + j + sum of w;  beta = 1: c = x - j v + j + sum of w
      auto const part = lanes::add(lanes::select(turned, bit, negated), j);
      auto const more = lanes::select(row::bits(plus, k), lanes::add(part, one), part);
      auto const less = lanes::select(row::bits(minus, k), lanes::sub(part, one), more);
      c.v[k] = lanes::select(forced, lanes::select(row::bits(constant, k), one, none), less);
    }
    add_sums_above(w, c, even, odd);

    auto const s = row::load(task.factors + at), z = row::load(task.zeros + at);
    for (std::size_t k = 0; k < row::count; ++k) {
      auto const refresh = lanes::select(is_one, lanes::sub(field.p, z.v[k]), z.v[k]);
      auto const low = lanes::add16(lanes::mul16(even.v[k], lanes::even(s.v[k])), lanes::even(refresh));
      auto const high = lanes::add16(lanes::mul16(odd.v[k], lanes::odd(s.v[k])), lanes::odd(refresh));
      c.v[k] = field.folded(lanes::join(field.rest(low), field.rest(high)));
    }
    return c;
  }

  void run() const noexcept {
    row_rotation<Set, Words> rotation(task.positions);
    for (std::size_t first = 0; first < task.count; first += rotation.group) {
      auto const count = task.count - first < rotation.group ? task.count - first : rotation.group;
      for (std::size_t i = 0; i < count; ++i) rotation.put(i, made(first + i));
      rotation.turn(task.offsets + first, count, task.out + first * task.positions);
    }
  }
};

/// The difference of known bits and random shares, and the search for zeros.
template <class Set, std::size_t Words>
struct known_rows {
  using lanes = byte_lanes<Set>;
  using row = row_regs<Set, Words>;

  static void share(std::uint8_t* rows, std::uint64_t const* words, std::size_t positions, std::size_t count,
                    unsigned p) noexcept {
    std::uint64_t const valid[2] = {row_mask(positions, 0), Words == 2 ? row_mask(positions, 1) : 0};
    auto const modulus = lanes::all(p), next = lanes::all(p + 1);
    auto next_random = row::load(rows);
    for (std::size_t i = 0; i < count; ++i) {
      auto const random = next_random;
      next_random = row::load(rows + (i + 1) * positions);  // before a store that overlaps it
      row out;
      for (std::size_t k = 0; k < row::count; ++k) {
        auto const bit = lanes::select(row::bits(words + i * Words, k), next, modulus);
        auto const rest = lanes::sub(bit, random.v[k]);
        // what stands behind the row stays
        out.v[k] = lanes::select(row::bits(valid, k), lanes::least(rest, lanes::sub(rest, modulus)), random.v[k]);
      }
      out.store(rows + i * positions);
    }
  }

  static void find(std::uint8_t const* a, std::uint8_t const* b, std::size_t positions, std::size_t count, unsigned p,
                   std::uint8_t* found) noexcept {
    std::uint64_t const valid[2] = {row_mask(positions, 0), Words == 2 ? row_mask(positions, 1) : 0};
    auto const modulus = lanes::all(p), none = lanes::all(0);
    for (std::size_t i = 0; i < count; ++i) {
      auto const x = row::load(a + i * positions), y = row::load(b + i * positions);
      std::uint64_t zeros = 0;
      for (std::size_t k = 0; k < row::count; ++k) {
        auto const negated = lanes::least(lanes::sub(modulus, y.v[k]), lanes::sub(none, y.v[k]));
        zeros |= lanes::equal(x.v[k], negated) & row::bits(valid, k);
      }
      found[i] = static_cast<std::uint8_t>(zeros != 0);
    }
  }
};

}  // namespace detail

/// What each server sends in PrivateCompare: rows of which the sum over both servers has a zero where
/// beta xor [x > r] is 1, every element times its factor, refreshed and rotated.
///
/// Source  [WGC19] eprint 2018/442, Algorithm 3
template <class Set>
void make_comparison_rows(comparison_rows const& task) noexcept {
  if (row_words(task.positions) == 2)
    detail::comparison<Set, 2>{task}.run();
  else
    detail::comparison<Set, 1>{task}.run();
}

/// rows = bits of the words less rows, modulo p, in place; row_words words for each number.
template <class Set>
void share_bit_rows(std::uint8_t* rows, std::uint64_t const* words, std::size_t positions, std::size_t count,
                    unsigned p) noexcept {
  if (row_words(positions) == 2)
    detail::known_rows<Set, 2>::share(rows, words, positions, count, p);
  else
    detail::known_rows<Set, 1>::share(rows, words, positions, count, p);
}

/// found[i] = 1 where the sum of two rows modulo p is zero somewhere, else 0.
template <class Set>
void find_zero_rows(std::uint8_t const* a, std::uint8_t const* b, std::size_t positions, std::size_t count, unsigned p,
                    std::uint8_t* found) noexcept {
  if (row_words(positions) == 2)
    detail::known_rows<Set, 2>::find(a, b, positions, count, p, found);
  else
    detail::known_rows<Set, 1>::find(a, b, positions, count, p, found);
}

}  // namespace koi::kernels
