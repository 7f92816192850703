// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/arrangement.hpp>
#include <koi/ops/matmul.hpp>
#include <koi/ops/sums.hpp>

#include <span>

/// TF Encrypted's polynomials: good on an interval, useless outside. The names in koi itself are
/// exact or accurate everywhere; what is only approximate is called so.
///
/// Source  [DMD18] arXiv 1810.08130, and the library's published coefficients
namespace koi::approx {

/// Sum of weights[i] * x^powers[i]; powers ascend from 1.
///
/// Cost    one product and truncation for each power above the first, computed by adding the
///         largest powers at hand; one truncation for the weighted sum
template <Protocol P>
private_tensor<P> polynomial(private_tensor<P> const& x, double constant,
                             std::span<std::pair<unsigned, double> const> terms) {
  using fixed = typename P::fixed;
  auto& self = x.self();
  std::vector<std::pair<unsigned, private_tensor<P>>> powers{{1u, x}};
  auto const power = [&](unsigned wanted) {
    while (powers.back().first != wanted) {
      auto const top = powers.back();
      auto step = powers.front();
      for (auto const& p : powers)
        if (top.first + p.first <= wanted) step = p;
      powers.emplace_back(top.first + step.first,
                          step.first == top.first ? square(top.second) : top.second * step.second);
    }
    return powers.back().second;
  };
  std::optional<typename P::share_type> sum;
  for (auto const& [exponent, weight] : terms) {
    if (fixed::encode(weight) == 0) continue;  // nothing is left of it at these fraction bits
    auto const term = P::scale(power(exponent).share(), fixed::encode(weight));
    sum = sum ? P::add(*sum, term) : term;
  }
  if (!sum) sum = P::scale(x.share(), 0);
  return detail::rescaled<P>(self, *sum) + constant;
}

/// Interval [-4, 4]: error below 0.05 at 16 fraction bits; 0.13 at 5 and 3 at 8.
template <Protocol P>
private_tensor<P> sigmoid(private_tensor<P> const& x) {
  static constexpr std::array<std::pair<unsigned, double>, 5> terms{
      {{1, .2159198015}, {3, -.0082176259}, {5, .0001825597}, {7, -.0000018848}, {9, .0000000072}}};
  return polynomial(x, .5, terms);
}

/// Interval [-3, 3]: error below 0.17 at 16 fraction bits; 1.7 at 4.
template <Protocol P>
private_tensor<P> tanh(private_tensor<P> const& x) {
  static constexpr std::array<std::pair<unsigned, double>, 4> terms{
      {{1, .852721056}, {3, -.12494112}, {5, .010654528}, {7, -.000423424}}};
  return polynomial(x, 0, terms);
}

/// Interval [-5, 5]: error below 0.45 at 16 fraction bits, largest at 0; 8.2 for 0 at -10.
template <Protocol P>
private_tensor<P> relu(private_tensor<P> const& x) {
  static constexpr std::array<std::pair<unsigned, double>, 5> terms{{{1, .5},
                                                                     {2, .11217537671414643},
                                                                     {4, -.0013660836712429923},
                                                                     {6, 9.009136367360004e-06},
                                                                     {8, -2.1097433984e-08}}};
  return polynomial(x, .44015372000819103, terms);
}

/// Natural logarithm, interval [0.3, 1.3]: error below 0.022 at 16 fraction bits; 4.3 at 2.
template <Protocol P>
private_tensor<P> log(private_tensor<P> const& x) {
  static constexpr std::array<std::pair<unsigned, double>, 5> terms{
      {{1, 12.79333646}, {2, -26.18955259}, {3, 30.24596692}, {4, -17.30367641}, {5, 3.82474222}}};
  return polynomial(x, -3.35674972, terms);
}

}  // namespace koi::approx
