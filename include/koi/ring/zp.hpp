// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/z2k.hpp>

namespace koi {

namespace detail {

constexpr bool is_prime(std::size_t n) {
  if (n < 2) return false;
  for (std::size_t d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return true;
}

/// The smallest prime above bits + 2: sums of bits + 1 terms of a comparison stay below it.
constexpr std::size_t comparison_prime(std::size_t bits) {
  std::size_t p = bits + 3;
  while (!is_prime(p)) ++p;
  return p;
}

}  // namespace detail

/// The field of P elements, one byte each.
template <std::size_t P>
struct zp {
  static_assert(detail::is_prime(P) && P > 2 && P < 256, "koi::zp: an odd prime below 256 is needed");

  using value_type = std::uint8_t;
  static constexpr std::size_t bits = 8;
  static constexpr bool is_power_of_two = false;
  static constexpr value_type modulus = static_cast<value_type>(P);

  static constexpr value_type add(value_type x, value_type y) noexcept {
    return sub(x, static_cast<value_type>((modulus - y) & -static_cast<int>(y != 0)));
  }
  static constexpr value_type sub(value_type x, value_type y) noexcept {
    auto const borrow = static_cast<value_type>(-static_cast<int>(x < y));
    return static_cast<value_type>(x - y + (borrow & modulus));
  }
  static constexpr value_type neg(value_type x) noexcept { return sub(0, x); }
  static constexpr value_type mul(value_type x, value_type y) noexcept {
    return static_cast<value_type>(static_cast<unsigned>(x) * y % P);
  }
};

namespace detail {
template <class>
inline constexpr bool is_zp = false;
template <std::size_t P>
inline constexpr bool is_zp<zp<P>> = true;
}  // namespace detail

/// One of the fields zp<P>.
template <class F>
concept PrimeField = detail::is_zp<F>;

/// The field in which SecureNN compares numbers of a ring: 11, 37, 67, 131 elements for rings of 8, 32, 64, 128 bits.
///
/// Differs  from [WGC19], which has 67 for every ring: the sums reach bits + 1
template <PowerOfTwoRing R>
using comparison_field = zp<detail::comparison_prime(R::bits)>;

static_assert(Ring<zp<67>> && PrimeField<zp<67>>);
static_assert(comparison_field<ring8>::modulus == 11 && comparison_field<ring32>::modulus == 37 &&
              comparison_field<ring64>::modulus == 67 && comparison_field<ring128>::modulus == 131);

}  // namespace koi
