// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/normalized.hpp>
#include <koi/ops/operators.hpp>

namespace koi {

/// What is known about the sign of a private divisor. A positive one saves a comparison.
enum class divisor : std::uint8_t { of_any_sign, positive };

namespace detail {

/// Numbers inside a division. Mantissas m lie in [A, 6A) at mantissa_bits; the first guess 2c - m of 1/m has the
/// relative error e = (m - c)^2 - (c^2 - 1), and c = 37/32 in the middle makes abs(e) <= 0.3453. Then
/// 1 - e = m (2c - m), and each refinement turns e into (1 + 2^-q) e^2 - 2^-q, which is as small on both sides.
template <ComparingProtocol P>
struct division_numbers {
  using R = typename P::ring;
  using word = typename R::value_type;
  static constexpr std::size_t unit = mantissa_bits<R>;
  /// q of the refinements but the last, which squares e: relative error 2^-18.4, or 2^-36 with three.
  static constexpr std::array<std::size_t, 3> shifts{4, 9, 19};
  static constexpr bool fine = P::frac_bits > 18 && (R::bits - 24) / 2 >= P::frac_bits + 8;
  static constexpr std::size_t refinements = fine ? 3 : 2;
  /// Fraction bits of inverses and errors, so that the last shift finds room.
  static constexpr std::size_t bits = (R::bits - 5 - shifts[refinements - 1]) / 2;
  /// The product of all 1 + 2^-q, and half of the last error, which is of one sign.
  static constexpr double scale = fine ? 1.0645772258349 : 1.0645776894;

  static constexpr unsigned ratio = 6;
  static word least() { return static_cast<word>(word{37} * R::power(unit) / 112 + 1); }
  static word highest() { return static_cast<word>(ratio * least() - 1); }

  static_assert(P::frac_bits + 1 <= bits,
                "koi: division by private values needs room: at most l/2 - 8 fraction bits in a ring of l bits");
  static_assert(truncates_large_numbers<P>, "koi: division by private values needs `assisted` truncation");
  static_assert(compares_bits<P, unit>(),
                "koi: division by private values compares with mantissas: a comparison's width must be 0 or at least "
                "l/2 - 2 in a ring of l bits");
};

/// Whether a protocol has room for divisions: in a ring of l bits for l/2 - 8 fraction bits.
template <Protocol P>
inline constexpr bool has_division = P::frac_bits + 8 <= P::ring::bits / 2 &&
                                     truncates_large_numbers<P>&& compares_bits<P, mantissa_bits<typename P::ring>>();

/// 1 / m at division_numbers::bits.
///
/// Cost    8 rounds
template <ComparingProtocol P>
rows<P> inverse_mantissa(rows<P> const& m) {
  using R = typename P::ring;
  using numbers = division_numbers<P>;
  constexpr auto unit = numbers::unit, bits = numbers::bits;
  auto const center = R::mul(37, R::power(unit - 5));
  auto const distance = m.plus({R::neg(center)});
  auto const square = distance.products({0, 0}).plus({R::neg(R::mul(345, R::power(2 * unit - 10)))});
  auto const guess = m.times(R::neg(1)).plus({R::mul(2, center)}).times(fixed_word<R>(numbers::scale, unit));
  auto both = joined_rows(guess, square).truncated(2 * unit - bits);  // y, e
  for (std::size_t i = 0; i < numbers::refinements; ++i) {
    auto const q = numbers::shifts[i];
    auto const products = both.products({0, 1, 1, 1});
    auto const y = (both[0].times(R::power(bits)) + products[0]).times(R::power(q));
    auto const e = products[1].times(R::add(R::power(q), 1)).plus({R::neg(R::power(2 * bits))});
    both = joined_rows(y, e).truncated(bits + q);
  }
  return (both[0].times(R::power(bits)) + both.products({0, 1})).truncated(bits);
}

/// A private divisor by its mantissa.
template <ComparingProtocol P>
normalized<P> normalized_divisor(private_tensor<P> const& y, divisor sign) {
  using R = typename P::ring;
  using numbers = division_numbers<P>;
  scale_plan<R> const plan(1, numbers::highest(), numbers::least(), numbers::ratio);
  rows<P> const x(y);
  if (sign == divisor::positive) return {x, plan};
  rows<P> const positive(x.self(), P::is_nonnegative(x.self(), x.share()));
  auto const both = joined_rows(x, positive);
  auto const magnitude = both.products({0, 1}).times(2) - x;
  return {magnitude, positive.times(2).plus({R::neg(1)}), plan};
}

/// The product of a numerator and a private factor, with the fraction bits of both.
template <ComparingProtocol P>
typename P::share_type unscaled_product(private_tensor<P> const& x, private_tensor<P> const& y) {
  return P::mul(y.self(), x.share(), y.share());
}
template <ComparingProtocol P>
typename P::share_type unscaled_product(public_tensor<P> const& x, private_tensor<P> const& y) {
  return P::mul_public(y.share(), x.value(), x.shape());
}
template <ComparingProtocol P, Scalar S>
typename P::share_type unscaled_product(S s, private_tensor<P> const& y) {
  return P::scale(y.share(), encode_scalar<P>(static_cast<double>(s)));
}

}  // namespace detail

/// 1 / y for a private y.
///
/// Shapes  any S -> S
/// Range   2^-f <= abs(y) < 1.98 * 2^(l/2 - 2 - f): from 0.000016 to 32,440 for 64 and 16 bits. Elsewhere, at 0
///         too, the result means nothing; it is a number all the same, which a factor 0 takes away
/// Error   2^-18 relative, or 2^-35 where f is above 18 and the ring has room; two units in the last place
/// Cost    P::is_nonnegative on 11 |S| elements (24 in a ring of 128 bits), then 11 rounds; for any sign first
///         P::is_nonnegative on |S| elements and 1 round
/// Leaks   S
/// Throws  channel_error
/// Source  [WGC19] divides bit by bit, see long_division; this is Newton's method with a Chebyshev first guess
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> reciprocal(private_tensor<P> const& y, divisor sign = divisor::of_any_sign) {
  using numbers = detail::division_numbers<P>;
  auto const scaled = detail::normalized_divisor(y, sign);
  auto const quotient = scaled.times_factor(detail::inverse_mantissa(scaled.mantissa()));
  return quotient.truncated(numbers::unit + numbers::bits - 2 * P::frac_bits).as(y.shape());
}

/// x / y for a private y and a private, public or plain x.
///
/// Shapes  broadcast
/// Range   y as in reciprocal; abs(x) < 2^(l/2 + 3 - f), abs(x / y) < 2^(l/2 - f): 2^19 and 2^16 for 64 and 16 bits
/// Error   as reciprocal, relative to the quotient
/// Cost    as reciprocal and 2 rounds more; 1 where x is public or a number
/// Leaks   the shapes
/// Throws  shape_mismatch; out_of_range for a number that has no encoding; channel_error
template <ComparingProtocol P, class X>
  requires std::same_as<X, private_tensor<P>> || std::same_as<X, public_tensor<P>> || Scalar<X>
[[nodiscard]] private_tensor<P> divide(X const& x, private_tensor<P> const& y, divisor sign = divisor::of_any_sign) {
  using numbers = detail::division_numbers<P>;
  auto& self = y.self();
  if constexpr (SecureTensor<X>) (void)broadcast_shape("divide", x.shape(), y.shape());
  auto const scaled = detail::normalized_divisor(y, sign);
  auto const inverse = detail::inverse_mantissa(scaled.mantissa()).as(y.shape());
  auto const part = P::truncate(self, detail::unscaled_product(x, inverse), numbers::bits - P::frac_bits);
  return {self, P::truncate(self, P::mul(self, part, scaled.factor().as(y.shape()).share()), numbers::unit)};
}

/// Division by a private value of any sign; see divide.
template <ComparingProtocol P, class X>
  requires std::same_as<X, private_tensor<P>> || std::same_as<X, public_tensor<P>> || Scalar<X>
[[nodiscard]] private_tensor<P> operator/(X const& x, private_tensor<P> const& y) { return divide(x, y); }

}  // namespace koi
