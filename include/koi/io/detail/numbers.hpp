// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/shape.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace koi::io::detail {

/// An IEEE half, exactly.
[[nodiscard]] inline double from_half(std::uint16_t bits) noexcept {
  int const exponent = (bits >> 10) & 31;
  int const fraction = bits & 1023;
  double magnitude = 0;
  if (exponent == 31) {
    magnitude = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else {
    magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  }
  return (bits >> 15) != 0 ? -magnitude : magnitude;
}

/// A bfloat16, exactly.
[[nodiscard]] inline double from_bfloat16(std::uint16_t bits) noexcept {
  return static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16));
}

/// The word at a byte; the caller has checked that it is there.
template <std::unsigned_integral Word>
[[nodiscard]] Word load_word(const_byte_span in, std::size_t at, bool big_endian) noexcept {
  auto const word = load<Word>(in, at);
  if (!big_endian) return word;
  Word reversed = 0;
  for (std::size_t i = 0; i < sizeof(Word); ++i) {
    reversed = static_cast<Word>(reversed | (((word >> (8 * i)) & 0xff) << (8 * (sizeof(Word) - 1 - i))));
  }
  return reversed;
}

/// False for the integers beyond 2^53, of which a double holds only some.
template <std::integral I>
[[nodiscard]] constexpr bool fits_double(I value) noexcept {
  constexpr std::int64_t limit = std::int64_t{1} << 53;
  return std::cmp_less_equal(value, limit) && std::cmp_greater_equal(value, -limit);
}

/// Number of elements; nothing if the product of the extents other than 0 passes 2^48, which no file holds.
[[nodiscard]] inline std::optional<std::size_t> checked_element_count(shape_type const& shape) noexcept {
  constexpr std::size_t most = std::size_t{1} << 48;
  std::size_t product = 1;
  bool empty = false;
  for (auto const extent : shape) {
    empty = empty || extent == 0;
    if (extent > most / product) return std::nullopt;
    product *= std::max<std::size_t>(extent, 1);
  }
  return empty ? 0 : product;
}

}  // namespace koi::io::detail
