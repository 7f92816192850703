// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/concepts.hpp>

namespace koi {

namespace detail {

template <std::size_t Bits>
struct word;
template <>
struct word<8> {
  using type = std::uint8_t;
  using signed_type = std::int8_t;
};
template <>
struct word<32> {
  using type = std::uint32_t;
  using signed_type = std::int32_t;
};
template <>
struct word<64> {
  using type = std::uint64_t;
  using signed_type = std::int64_t;
};
template <>
struct word<128> {
  using type = uint128;
  using signed_type = int128;
};

}  // namespace detail

/// Integers modulo 2^Bits. Shares and fixed-point numbers live here; two's complement gives the sign.
template <std::size_t Bits>
struct z2k {
  static_assert(Bits == 8 || Bits == 32 || Bits == 64 || Bits == 128,
                "koi::z2k: rings of 8 (for exhaustive tests), 32, 64 and 128 bits exist");

  using value_type = typename detail::word<Bits>::type;
  using signed_type = typename detail::word<Bits>::signed_type;
  static constexpr std::size_t bits = Bits;
  static constexpr bool is_power_of_two = true;

  static constexpr value_type add(value_type x, value_type y) noexcept { return static_cast<value_type>(x + y); }
  static constexpr value_type sub(value_type x, value_type y) noexcept { return static_cast<value_type>(x - y); }
  static constexpr value_type neg(value_type x) noexcept { return static_cast<value_type>(value_type{0} - x); }
  static constexpr value_type mul(value_type x, value_type y) noexcept { return static_cast<value_type>(x * y); }

  /// The element read as a two's-complement number.
  static constexpr signed_type to_signed(value_type x) noexcept { return static_cast<signed_type>(x); }
  static constexpr value_type from_signed(signed_type x) noexcept { return static_cast<value_type>(x); }
  /// The element 2^exponent; 0 where the exponent reaches the ring's width.
  static constexpr value_type power(std::size_t exponent) noexcept {
    return exponent >= Bits ? value_type{0} : static_cast<value_type>(value_type{1} << exponent);
  }
  /// The element with the low `count` bits set.
  static constexpr value_type low_mask(std::size_t count) noexcept {
    return count >= Bits ? static_cast<value_type>(~value_type{0}) : static_cast<value_type>(power(count) - 1);
  }
};

using ring8 = z2k<8>;
using ring32 = z2k<32>;
using ring64 = z2k<64>;
using ring128 = z2k<128>;

static_assert(PowerOfTwoRing<ring8> && PowerOfTwoRing<ring32> && PowerOfTwoRing<ring64> && PowerOfTwoRing<ring128>);

}  // namespace koi
