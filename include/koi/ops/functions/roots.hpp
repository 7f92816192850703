// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/logarithm.hpp>

namespace koi {

namespace detail {

/// Polynomials in m - 5/3 for mantissas m in [2/3, 8/3).
inline constexpr std::array<double, 9> sqrt_terms{1.29099313334898,    0.387287708786376,   -0.0580485361589698,
                                                  0.0175638193823774,  -0.0068041071753879, 0.00229644775390625,
                                                  -0.0006866455078125, 0.0010986328125,     -0.00070953369140625};
inline constexpr std::array<double, 17> sqrt_fine_terms{
    1.29099444865988,      0.387298333620499,    -0.0580947398402445,   0.0174284732643701,    -0.00653589323286948,
    0.00274430757397984,   -0.00123320274103643, 0.000586444907000617,  -0.000292741437443495, 0.000128741362042623,
    -5.09908786302103e-05, 6.08828921617873e-05, -4.93523561437591e-05, -1.19547397693788e-05, 1.71340836174614e-05,
    1.30614926899121e-05,  -9.79089584060912e-06};
inline constexpr std::array<double, 9> inverse_sqrt_terms{0.774601093389685,   -0.232248508651723,  0.10435442672546,
                                                          -0.0539303810214602, 0.0290989770195268,  -0.0094146728515625,
                                                          0.0039215087890625,  -0.0105743408203125, 0.0065765380859375};
inline constexpr std::array<double, 17> inverse_sqrt_fine_terms{
    0.774596669757747,     -0.232378973190675,   0.104570468096052,    -0.0522865653486891,  0.0274519134991681,
    -0.0148053957597262,   0.00813123376556141,  -0.00464740540277569, 0.00266026424682661,  -0.0011170046683555,
    0.000538346505722591,  -0.00104666819839523, 0.000718063776747756, 0.000380854817037542, -0.000291878826733349,
    -0.000285058057094661, 0.000183572042851618};

/// k of a factor 4^k.
template <class Word>
std::size_t exponent_of_four(Word factor) {
  std::size_t k = 0;
  for (; factor > 1; factor = static_cast<Word>(factor / 4)) ++k;
  return k;
}

/// A polynomial f(m) of the mantissa of x times a word for each piece, divided by 2^shift.
template <ComparingProtocol P>
private_tensor<P> root(private_tensor<P> const& x, quarter_plan<typename P::ring> const& plan,
                       std::vector<typename P::ring::value_type> const& words, std::size_t shift,
                       std::array<double, 9> const& terms, std::array<double, 17> const& fine_terms) {
  using R = typename P::ring;
  static_assert(exp_numbers<P>::hold);
  static_assert(compares_bits<P, mantissa_width<P>>(),
                "koi: log and roots compare with mantissas: a comparison's width must be 0 or at least l/2 - 1 in a "
                "ring of l bits");
  auto const even = rows<P>(x).times(R::power(P::frac_bits % 2));  // an even number of fraction bits
  normalized<P> const scaled(even, plan);
  auto const sum = of_mantissa(scaled.mantissa(), terms, fine_terms);
  auto const f = sum.truncated(polynomial_bits<R>::sum - mantissa_bits<R>);
  return joined_rows(f, scaled.where().look_up({words})).products({0, 1}).truncated(shift).as(x.shape());
}

}  // namespace detail

/// Square root; 0 for what is not positive.
///
/// Shapes  any S -> S
/// Range   x < 2.6 * 2^(l/2 - 2 - f), which is 43,690 for 64 and 16 bits, half of it for an odd f. Above that the
///         result means nothing
/// Error   2^-18.5 relative, 2^-33 where f is above 18; one unit in the last place
/// Cost    P::is_nonnegative on 16 |S| elements (32 in a ring of 128 bits), then 9 rounds, or 11 where f is above 18
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> sqrt(private_tensor<P> const& x) {
  using R = typename P::ring;
  constexpr auto unit = detail::mantissa_bits<R>;
  detail::quarter_plan<R> plan;
  std::vector<typename R::value_type> words{0};
  for (auto const factor : plan.factors) words.push_back(R::power(unit / 2 - detail::exponent_of_four(factor)));
  plan.factors.insert(plan.factors.begin(), 0);
  plan.thresholds.insert(plan.thresholds.begin(), 1);
  return detail::root(x, plan, words, unit - P::frac_bits / 2, detail::sqrt_terms, detail::sqrt_fine_terms);
}

/// 1 / sqrt(x).
///
/// Shapes  any S -> S
/// Range   2^-f <= x, and as sqrt. Elsewhere the result means nothing
/// Error   2^-15.5 relative, 2^-28 where f is above 18; one unit in the last place
/// Cost    P::is_nonnegative on 15 |S| elements (31 in a ring of 128 bits), then 9 rounds, or 11 where f is above 18
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> inverse_sqrt(private_tensor<P> const& x) {
  using R = typename P::ring;
  constexpr auto unit = detail::mantissa_bits<R>, f = P::frac_bits;
  detail::quarter_plan<R> const plan;
  std::vector<typename R::value_type> words;
  for (auto const factor : plan.factors) words.push_back(R::power(detail::exponent_of_four(factor)));
  return detail::root(x, plan, words, unit + unit / 2 - f - (f + 1) / 2, detail::inverse_sqrt_terms,
                      detail::inverse_sqrt_fine_terms);
}

}  // namespace koi
