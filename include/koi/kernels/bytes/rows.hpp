// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/bytes/lanes.hpp>

namespace koi::kernels {

/// Numbers whose bits stand in rows of bytes, lowest bit first: number i's row starts at byte
/// i * positions. At most 128 positions. A row is read and written by whole vectors, so behind the
/// last one there are `row_room` bytes; what they hold does not matter.
inline constexpr std::size_t row_room = 128;

/// 64-bit words that hold the bits of one row.
[[nodiscard]] constexpr std::size_t row_words(std::size_t positions) noexcept { return positions > 64 ? 2 : 1; }

/// The positions of a row in word `word`.
[[nodiscard]] constexpr std::uint64_t row_mask(std::size_t positions, std::size_t word) noexcept {
  auto const here = positions - 64 * word;
  return here >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << here) - 1;
}

/// Remainders modulo a prime p up to 131, of bytes and of 16 bits.
template <class Set>
struct field_lanes {
  using lanes = byte_lanes<Set>;
  using reg = typename lanes::reg;

  reg p;
  reg p16;
  reg inverse16;

  explicit field_lanes(unsigned modulus) noexcept
      : p(lanes::all(modulus)), p16(lanes::all16(modulus)), inverse16(lanes::all16(65536 / modulus)) {}

  /// x mod p for bytes x below 2p.
  [[nodiscard]] reg folded(reg x) const noexcept { return lanes::least(x, lanes::sub(x, p)); }

  /// 16 bits x less a multiple of p, below 2p and 256: the quotient's estimate is one too small at most.
  [[nodiscard]] reg rest(reg x) const noexcept {
    return lanes::sub16(x, lanes::mul16(lanes::mul_high16(x, inverse16), p16));
  }
};

/// A row in registers: one or two words of 64 positions.
template <class Set, std::size_t Words>
struct row_regs {
  using lanes = byte_lanes<Set>;
  static constexpr std::size_t per_word = 64 / lanes::width;
  static constexpr std::size_t count = Words * per_word;

  typename lanes::reg v[count];

  [[nodiscard]] static row_regs load(std::uint8_t const* p) noexcept {
    row_regs out;
    for (std::size_t k = 0; k < count; ++k) out.v[k] = lanes::load(p + k * lanes::width);
    return out;
  }
  void store(std::uint8_t* p) const noexcept {
    for (std::size_t k = 0; k < count; ++k) lanes::store(p + k * lanes::width, v[k]);
  }
  /// The bits of a row that stand in register k.
  [[nodiscard]] static std::uint64_t bits(std::uint64_t const* words, std::size_t k) noexcept {
    return words[k / per_word] >> (k % per_word * lanes::width);
  }
};

}  // namespace koi::kernels
