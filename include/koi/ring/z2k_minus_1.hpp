// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/z2k.hpp>

namespace koi {

/// Integers modulo 2^Bits - 1, the odd ring of SecureNN's share conversion: the sign of a number is
/// the lowest bit of its double.
///
/// Source  [WGC19] eprint 2018/442, section 4
template <std::size_t Bits>
struct z2k_minus_1 {
  using value_type = typename z2k<Bits>::value_type;
  static constexpr std::size_t bits = Bits;
  static constexpr bool is_power_of_two = false;
  static constexpr value_type modulus = static_cast<value_type>(~value_type{0});

  /// Maps the word 2^Bits - 1, which is 0 in this ring, to 0.
  static constexpr value_type reduce(value_type x) noexcept {
    return static_cast<value_type>(x & static_cast<value_type>(value_type{0} - static_cast<value_type>(x != modulus)));
  }
  static constexpr value_type add(value_type x, value_type y) noexcept {
    auto const sum = static_cast<value_type>(x + y);
    return reduce(static_cast<value_type>(sum + static_cast<value_type>(sum < x)));  // 2^Bits is 1
  }
  static constexpr value_type neg(value_type x) noexcept { return reduce(static_cast<value_type>(modulus - x)); }
  static constexpr value_type sub(value_type x, value_type y) noexcept { return add(x, neg(y)); }
  static constexpr value_type mul(value_type x, value_type y) noexcept {
    value_type sum = 0;
    for (std::size_t i = Bits; i-- > 0;) {
      sum = add(sum, sum);
      auto const bit = static_cast<value_type>(static_cast<value_type>(y >> i) & value_type{1});
      sum = add(sum, static_cast<value_type>(x & static_cast<value_type>(value_type{0} - bit)));
    }
    return sum;
  }
};

namespace detail {
template <class>
inline constexpr bool is_z2k_minus_1 = false;
template <std::size_t Bits>
inline constexpr bool is_z2k_minus_1<z2k_minus_1<Bits>> = true;
}  // namespace detail

/// One of the rings z2k_minus_1<Bits>.
template <class R>
concept OddRing = detail::is_z2k_minus_1<R>;

static_assert(OddRing<z2k_minus_1<8>> && Ring<z2k_minus_1<8>> && Ring<z2k_minus_1<64>> && Ring<z2k_minus_1<128>>);

}  // namespace koi
