// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/z2k.hpp>

#include <cmath>
#include <limits>

namespace koi {

/// Why a real number has no encoding.
enum class encoding_fault : std::uint8_t { none, not_a_number, infinite, too_large };

/// Real numbers as ring elements: v is held as round(v * 2^FracBits).
///
/// Range   abs(v) * 2^FracBits < 2^(bits-3), so that the difference of two can be compared; a
///         product must stay below 2^(bits-2) until it is truncated
/// Error   at most half a unit in the last place, 2^-(FracBits+1)
template <PowerOfTwoRing R, std::size_t FracBits>
struct fixed_point {
  static_assert(2 * FracBits + 2 < R::bits,
                "koi::fixed_point: the ring cannot hold one product at this many fraction bits; "
                "2 * frac_bits + 2 must stay below the ring's bits");

  using ring = R;
  using value_type = typename R::value_type;
  static constexpr std::size_t frac_bits = FracBits;

  /// Distance between two neighbouring numbers.
  static constexpr double unit() noexcept { return 1.0 / scale(); }
  /// Numbers whose magnitude reaches this have no encoding.
  static double bound() noexcept { return std::ldexp(1.0, static_cast<int>(R::bits - 3) - static_cast<int>(FracBits)); }

  static encoding_fault check(double v) noexcept {
    if (std::isnan(v)) return encoding_fault::not_a_number;
    if (std::isinf(v)) return encoding_fault::infinite;
    return std::abs(std::nearbyint(v * scale())) < bound() * scale() ? encoding_fault::none : encoding_fault::too_large;
  }
  /// Rounds to nearest. The caller has checked the number.
  static value_type encode(double v) noexcept {
    return R::from_signed(static_cast<typename R::signed_type>(std::nearbyint(v * scale())));
  }
  static double decode(value_type x) noexcept { return static_cast<double>(R::to_signed(x)) / scale(); }

 private:
  static constexpr double scale() noexcept {
    double s = 1;
    for (std::size_t i = 0; i < FracBits; ++i) s *= 2;
    return s;
  }
};

}  // namespace koi
