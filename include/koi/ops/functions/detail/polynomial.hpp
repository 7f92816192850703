// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/detail/rows.hpp>

#include <array>

namespace koi::detail {

/// Fraction bits inside a polynomial: of the powers, of the upper coefficients, and of their product before
/// it is truncated. abs(value) may reach 8.
template <PowerOfTwoRing R>
struct polynomial_bits {
  static constexpr std::size_t powers = (R::bits - 1) / 3;
  static constexpr std::size_t coefficients = R::bits - 5 - 2 * powers;
  static constexpr std::size_t sum = 2 * powers + coefficients;
};

/// A polynomial of degree Terms - 1, a power of two, in t with abs(t) <= 1, at polynomial_bits::sum fraction bits.
///
/// Every level doubles the powers; the last one multiplies the upper half by the middle power as a whole.
/// `t_bits` are the fraction bits of t. Coefficients must be decimal literals; those of the upper half lose least as
/// multiples of 2^-17, which is what a ring of 64 bits has room for.
/// Cost    rounds: 2 for each doubling but the last, 1 for that
template <Protocol P, std::size_t Terms>
[[nodiscard]] rows<P> polynomial_sum(rows<P> const& t, std::size_t t_bits,
                                     std::array<double, Terms> const& coefficients) {
  using R = typename P::ring;
  using bits = polynomial_bits<R>;
  constexpr auto degree = Terms - 1, half = degree / 2;
  static_assert(degree >= 4 && (degree & half) == 0 && half * 2 == degree);

  // t and t^2, both from as many fraction bits as t has
  auto const exact = t_bits <= bits::powers ? t.times(R::power(bits::powers - t_bits)) : t;
  auto const exact_bits = std::max(t_bits, bits::powers);
  auto powers = exact.products({0, 0});
  if (exact_bits == bits::powers)
    powers = joined_rows(exact, powers.truncated(bits::powers));
  else
    powers = joined_rows(exact.times(R::power(exact_bits)), powers).truncated(2 * exact_bits - bits::powers);
  for (std::size_t known = 2; known < half; known *= 2) {  // t^known times t, .., t^known
    std::vector<std::size_t> pairs;
    for (std::size_t i = 0; i < known; ++i) pairs.insert(pairs.end(), {known - 1, i});
    powers = joined_rows(powers, powers.products(pairs).truncated(bits::powers));
  }
  std::vector<typename R::value_type> lower, upper;
  for (std::size_t i = 1; i <= half; ++i) {
    lower.push_back(fixed_word<R>(coefficients[i], bits::sum - bits::powers));
    upper.push_back(fixed_word<R>(coefficients[half + i], bits::coefficients));
  }
  auto const middle = powers[half - 1];
  auto const both = powers.combined({lower, upper});
  return both[0].plus({fixed_word<R>(coefficients[0], bits::sum)}) + joined_rows(middle, both[1]).products({0, 1});
}

}  // namespace koi::detail
