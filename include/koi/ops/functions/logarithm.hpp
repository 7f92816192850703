// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/exponential.hpp>

namespace koi {

namespace detail {

/// Polynomials in m - 5/3 for mantissas m in [2/3, 8/3).
inline constexpr std::array<double, 9> log_terms{0.51081879879704,    0.599908116036465,   -0.179731907027404,
                                                 0.0731613045488599,  -0.0341274754626894, 0.0117034912109375,
                                                 -0.0039215087890625, 0.00836181640625,    -0.0053558349609375};
inline constexpr std::array<double, 17> log_fine_terms{
    0.510825623186743,     0.599999986056914,    -0.179999917878814,    0.072000652680442,     -0.0324019304002879,
    0.0155431470637417,    -0.00775848004094609, 0.00405248341608799,   -0.00217899230694021,  0.000951500856981857,
    -0.000404075327950879, 0.000622846778968261, -0.000472252341840969, -0.000175686746319579, 0.000177689568720305,
    0.000152249441794617,  -0.000105592006895221};

/// Mantissas from 2/3 to 8/3 at mantissa_bits: x times 4^k.
template <PowerOfTwoRing R>
struct quarter_plan : scale_plan<R> {
  using word = typename R::value_type;
  static word least() { return static_cast<word>(R::power(mantissa_bits<R> + 1) / 3 + 1); }

  quarter_plan(word lowest, word highest) : scale_plan<R>(lowest, highest, least(), 4) {}
  /// For every whole number from 1 on.
  quarter_plan() : quarter_plan(1, static_cast<word>(4 * least() - 1)) {}
};

/// Bits that comparisons with mantissas need.
template <Protocol P>
inline constexpr std::size_t mantissa_width = mantissa_bits<typename P::ring> + 1;

/// Whether a protocol has room for logarithms and roots.
template <Protocol P>
inline constexpr bool has_roots = has_exp<P>&& compares_bits<P, mantissa_width<P>>();

/// A polynomial in m - 5/3, for mantissas m, before truncation.
template <ComparingProtocol P>
rows<P> of_mantissa(rows<P> const& m, std::array<double, 9> const& terms, std::array<double, 17> const& fine_terms) {
  using R = typename P::ring;
  auto const middle = static_cast<typename R::value_type>(R::mul(5, R::power(mantissa_bits<R>)) / 3);
  auto const t = m.plus({R::neg(middle)});
  if constexpr (needs_fine_terms<P>)
    return polynomial_sum(t, mantissa_bits<R>, fine_terms);
  else
    return polynomial_sum(t, mantissa_bits<R>, terms);
}

/// Natural logarithm, at P::frac_bits, of whole numbers with `bits` fraction bits that lie in the plan's range.
///
/// Cost    P::is_nonnegative for each threshold, then 7 rounds, or 9; one less for a single factor
template <ComparingProtocol P>
rows<P> log_of(rows<P> const& x, std::size_t bits, quarter_plan<typename P::ring> const& plan) {
  using R = typename P::ring;
  using word = typename R::value_type;
  constexpr auto sum_bits = polynomial_bits<R>::sum, table_bits = sum_bits - 6;
  static_assert(compares_bits<P, mantissa_width<P>>(),
                "koi: log and roots compare with mantissas: a comparison's width must be 0 or at least l/2 - 1 in a "
                "ring of l bits");
  normalized<P> const scaled(x, plan);
  // ln 2 times (unit - bits - log2 factor): what frac_bits holds, and the rest
  auto const ln2 = fixed_word<R>(0.693147180559945309, table_bits);
  std::vector<word> coarse, rest;
  for (auto factor : plan.factors) {
    auto exponent = R::sub(static_cast<word>(mantissa_bits<R>), static_cast<word>(bits));
    for (; factor > 1; factor = static_cast<word>(factor / 2)) exponent = R::sub(exponent, 1);
    auto const whole = R::mul(ln2, exponent);
    auto const rounded =
        R::to_signed(R::add(whole, R::power(table_bits - P::frac_bits - 1))) >> (table_bits - P::frac_bits);
    coarse.push_back(R::from_signed(static_cast<typename R::signed_type>(rounded)));
    rest.push_back(R::mul(R::sub(whole, R::mul(coarse.back(), R::power(table_bits - P::frac_bits))), R::power(6)));
  }
  auto const tables = scaled.where().look_up({coarse, rest});
  auto const sum = of_mantissa(scaled.mantissa(), log_terms, log_fine_terms) + tables[1];
  return sum.truncated(sum_bits - P::frac_bits) + tables[0];
}

}  // namespace detail

/// Natural logarithm.
///
/// Shapes  any S -> S
/// Range   2^-f <= x < 2.6 * 2^(l/2 - 2 - f), which is 43,690 for 64 and 16 bits. Elsewhere the result means nothing
/// Error   two units in the last place and 2^-16, or 2^-29 where f is above 18
/// Cost    P::is_nonnegative on 15 |S| elements (31 in a ring of 128 bits), then 7 rounds, or 9 where f is above 18
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> log(private_tensor<P> const& x) {
  static_assert(detail::exp_numbers<P>::hold);
  return detail::log_of(detail::rows<P>(x), P::frac_bits, {}).as(x.shape());
}

}  // namespace koi
