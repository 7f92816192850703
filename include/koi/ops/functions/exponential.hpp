// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/normalized.hpp>
#include <koi/ops/functions/detail/polynomial.hpp>

#include <bit>

namespace koi {

namespace detail {

/// exp(2t) for abs(t) <= 0.79: relative error 2^-20.6, and 2^-51.
inline constexpr std::array<double, 9> exp_terms{0.99999937240142,   1.99999774560934,   2.00003701262428,
                                                 1.333425103652,     0.666356919756729,  0.265953063964844,
                                                 0.0896377563476562, 0.0272064208984375, 0.0059661865234375};
inline constexpr std::array<double, 17> exp_fine_terms{1.0,
                                                       1.99999999999999773,
                                                       1.99999999999999975,
                                                       1.33333333333350785,
                                                       0.666666666666685997,
                                                       0.266666666662753361,
                                                       0.0888888888884553984,
                                                       0.0253968254362137518,
                                                       0.00634920635356981061,
                                                       0.00141093453410897291,
                                                       0.000282186925569721429,
                                                       0.0000513073536602990675,
                                                       8.55119010271332151e-6,
                                                       1.31446313283973363e-6,
                                                       1.87815463759466829e-7,
                                                       2.60536959185426052e-8,
                                                       3.24268366645904556e-9};

/// Whether the coefficients of degree 8 are too coarse for a fixed point.
template <Protocol P>
inline constexpr bool needs_fine_terms = P::frac_bits > 18;

/// exp by a polynomial near zero and so many squarings, for abs(x) <= Largest * ln 2; results below 2^Top.
template <Protocol P, std::size_t Largest, std::size_t Top>
struct exp_plan {
  static constexpr std::size_t count_squarings() {
    std::size_t k = 1;
    while (790 * (std::size_t{1} << (k + 1)) < 694 * Largest) ++k;  // x = 2^(k+1) t
    return k;
  }
  static constexpr std::size_t squarings = count_squarings();
  /// Fraction bits of the number that is squared as number i, its square being below 2^(Top / 2^(squarings-1-i)).
  static constexpr std::size_t bits(std::size_t i) {
    auto const steps = std::size_t{1} << (squarings - 1 - i);
    return (P::ring::bits - 3 - (Top + steps - 1) / steps) / 2;
  }
};

/// exp(x) at `out_bits`, for x within the plan's range.
///
/// Cost    2 rounds for each squaring, and 6 for the polynomial of degree 8, or 8
template <class Plan, Protocol P>
rows<P> exp_within(rows<P> const& x, std::size_t out_bits) {
  using R = typename P::ring;
  constexpr auto terms = [] {
    if constexpr (needs_fine_terms<P>)
      return exp_fine_terms;
    else
      return exp_terms;
  }();
  auto const sum = polynomial_sum(x, P::frac_bits + Plan::squarings + 1, terms);
  auto y = sum.truncated(polynomial_bits<R>::sum - Plan::bits(0));
  for (std::size_t i = 0; i < Plan::squarings; ++i) {
    auto const next = i + 1 < Plan::squarings ? Plan::bits(i + 1) : out_bits;
    y = y.products({0, 0}).truncated(2 * Plan::bits(i) - next);
  }
  return y;
}

/// count * ln 2 as a number of the fixed point.
template <Protocol P>
typename P::ring::value_type multiple_of_ln2(std::size_t count) {
  return fixed_word<typename P::ring>(0.693147180559945309 * static_cast<double>(count), P::frac_bits);
}

/// max(x, -least)
template <ComparingProtocol P>
rows<P> at_least_minus(rows<P> const& x, typename P::ring::value_type least) {
  auto const above = P::relu(x.self(), x.plus({least}).share());
  return rows<P>(x.self(), above).plus({P::ring::neg(least)});
}

/// Bits that comparisons with the smallest argument of exp need: all arguments lie within l/2 * ln 2.
template <Protocol P>
inline constexpr std::size_t exp_width = P::frac_bits + std::bit_width(P::ring::bits / 2 * 694 / 1000) + 1;

/// Whether a protocol has room for exp.
template <Protocol P>
inline constexpr bool has_exp = ComparingProtocol<P>&& P::frac_bits + 3 <=
                                    polynomial_bits<typename P::ring>::powers&& P::frac_bits >= 4 &&
                                truncates_large_numbers<P>&& compares_bits<P, exp_width<P>>();

/// What exp needs of a fixed point.
template <ComparingProtocol P>
struct exp_numbers {
  /// 2 to minus this is half a unit in the last place.
  static constexpr std::size_t lowest = P::frac_bits + 1;
  static constexpr std::size_t top = P::ring::bits / 2 - 1 - P::frac_bits;
  using plan = exp_plan<P, std::max(lowest, top), top>;
  static constexpr bool hold = true;

  static_assert(P::frac_bits + 3 <= polynomial_bits<typename P::ring>::powers && P::frac_bits >= 4,
                "koi: exp, log and roots need room: from 4 to (l-1)/3 - 3 fraction bits in a ring of l bits");
  static_assert(truncates_large_numbers<P>, "koi: exp, log and roots need `assisted` truncation");
  static_assert(compares_bits<P, exp_width<P>>(),
                "koi: exp compares with numbers of the fixed point: this comparison's width is below them");
};

}  // namespace detail

/// e^x.
///
/// Shapes  any S -> S
/// Range   x < (l/2 - 1 - f) ln 2, which is 10.39 for 64 and 16 bits; above that the result means nothing. Below
///         about -f ln 2 it is 0 or one unit in the last place
/// Error   2^-15 relative, 2^-30 where f is above 18; two units in the last place
/// Cost    P::relu, then 12 rounds for 64 and 16 bits, 16 for 128 and 32
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> exp(private_tensor<P> const& x) {
  using numbers = detail::exp_numbers<P>;
  auto const within = detail::at_least_minus(detail::rows<P>(x), detail::multiple_of_ln2<P>(numbers::lowest));
  return detail::exp_within<typename numbers::plan>(within, P::frac_bits).as(x.shape());
}

}  // namespace koi
