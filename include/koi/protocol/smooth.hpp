// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/comparison.hpp>

#include <array>

namespace koi {

namespace detail {

/// A cubic on one piece of the positive axis, in the distance u from the piece's middle.
struct spline_segment {
  double end;                          ///< right end; the left one is the previous piece's end, or 0
  std::array<double, 4> coefficients;  ///< of 1, u, u^2, u^3
};

/// Decimal literals, so that every player has the same bits whatever its mathematics library.
/// Chebyshev interpolation; a piece reaches as far as an error of 8e-6 allows, and at most 2, so that
/// abs(u) <= 1 and no rounding grows.
inline constexpr std::array<spline_segment, 10> sigmoid_segments{{
    {0.6875, {0.585095495259, 0.242755034134, -0.020275088467, -0.018284670680}},
    {1.3125, {0.731052489649, 0.196612427421, -0.044929597091, -0.005928211644}},
    {2.0625, {0.843889654240, 0.131738499598, -0.044993668304, 0.004468293163}},
    {3.1875, {0.932459840521, 0.062986925963, -0.027404122290, 0.006460039287}},
    {4.25, {0.976317114489, 0.023127583611, -0.011202987386, 0.003339592746}},
    {5.5625, {0.992660564110, 0.007290753518, -0.003710947545, 0.001182788719}},
    {7.4375, {0.998504884122, 0.001497755850, -0.000802247176, 0.000258226791}},
    {9.4375, {0.999784617765, 0.000216267822, -0.000117458496, 0.000037865388}},
    {11.4375, {0.999970846218, 0.000029279441, -0.000015911360, 0.000005133425}},
    {12.5, {0.999993663444, 0.000006338641, -0.000003244699, 0.000001071482}},
}};
inline constexpr std::array<spline_segment, 11> tanh_segments{{
    {0.25, {0.124350589425, 0.984532802395, -0.121193601777, -0.311146326878}},
    {0.5, {0.358352300975, 0.871579399614, -0.309725161020, -0.178304103577}},
    {0.75, {0.554595525577, 0.692420816725, -0.381865987481, -0.018686818432}},
    {1.0625, {0.719323613730, 0.482572114282, -0.345851738983, 0.087473725070}},
    {1.5, {0.856821806630, 0.265868370133, -0.228503748247, 0.105762559223}},
    {1.9375, {0.937719193316, 0.120694659316, -0.114324373589, 0.066049068051}},
    {2.4375, {0.975143364471, 0.049106348141, -0.048740369268, 0.030592556903}},
    {3.0625, {0.991865867736, 0.016212005622, -0.016584896147, 0.010733368146}},
    {3.9375, {0.998183519959, 0.003638685920, -0.003868534462, 0.002505712349}},
    {5.5, {0.999846010747, 0.000316575647, -0.000388143022, 0.000239557280}},
    {7.1875, {0.999994107868, 0.000012246237, -0.000015544758, 0.000009483377}},
}};

/// A function with f(-x) = 2 f(0) - f(x) that is constant far out, as cubics between public knots.
///
/// One batched comparison with all knots selects every coefficient by a local sum; then three
/// products. Every x is in range: beyond the last knot the value is the limit.
template <ComparingProtocol P, std::size_t N>
private_tensor<P> spline(private_tensor<P> const& x, std::array<spline_segment, N> const& positive, double at_zero,
                         double limit) {
  using fixed = typename P::fixed;
  using R = typename P::ring;
  static_assert(R::bits >= P::frac_bits + 7, "koi: sigmoid and tanh need a fixed point that holds numbers up to 16");
  // rows: middle, then the coefficients; columns: pieces from minus infinity to plus infinity
  constexpr std::size_t rows = 5, pieces = 2 * N + 2, knots = pieces - 1;
  std::array<std::array<double, pieces>, rows> table{};
  std::array<double, knots> knot{};
  table[1][0] = 2 * at_zero - limit;
  table[1][pieces - 1] = limit;
  knot[N] = 0;
  double begin = 0;
  for (std::size_t i = 0; i < N; ++i) {
    auto const& [end, c] = positive[i];
    auto const right = N + 1 + i, left = N - i;
    knot[N + 1 + i] = end;
    knot[N - 1 - i] = -end;
    for (auto const& [piece, sign] : {std::pair{right, 1.0}, std::pair{left, -1.0}}) {
      table[0][piece] = sign * (begin + end) / 2;
      table[1][piece] = sign > 0 ? c[0] : 2 * at_zero - c[0];
      table[2][piece] = c[1];
      table[3][piece] = sign * c[2];
      table[4][piece] = c[3];
    }
    begin = end;
  }

  // 1. [x >= knot] for all knots at once
  auto& self = x.self();
  auto const n = x.share().size();
  tensor<R> thresholds({knots, 1});
  for (std::size_t k = 0; k < knots; ++k) thresholds[k] = R::neg(fixed::encode(knot[k]));
  auto const rows_of_x = P::broadcast(P::reshape(x.share(), {1, n}), {knots, n});
  auto const above = P::is_nonnegative(self, P::add_public(self, rows_of_x, thresholds, thresholds.shape()));
  // 2. every row of the table, by the differences between neighbouring pieces
  tensor<R> steps({rows, knots}), start({rows, 1});
  for (std::size_t row = 0; row < rows; ++row) {
    start[row] = fixed::encode(table[row][0]);
    for (std::size_t k = 0; k < knots; ++k)
      steps[row * knots + k] = R::sub(fixed::encode(table[row][k + 1]), fixed::encode(table[row][k]));
  }
  auto const picked = P::add_public(self, P::matmul_public(steps, steps.shape(), above), start, start.shape());
  auto const row = [&](std::size_t i) {
    return private_tensor<P>(self, P::reshape(P::slice(picked, {{i, i + 1}}), x.shape()));
  };
  // 3. Horner's rule in u = x - middle
  auto const u = x - row(0);
  return ((row(4) * u + row(3)) * u + row(2)) * u + row(1);
}

}  // namespace detail

/// 1 / (1 + exp(-x)) for every x.
///
/// Shapes  any S -> S
/// Range   as P::is_nonnegative; the fixed point must hold numbers up to 16
/// Error   at most 1e-5 and 5 units in the last place; on average below 1 unit at 16 fraction bits
/// Cost    P::is_nonnegative on 21 |S| elements, then three products and truncations
template <ComparingProtocol P>
private_tensor<P> sigmoid(private_tensor<P> const& x) {
  return detail::spline(x, detail::sigmoid_segments, 0.5, 1.0);
}

/// Hyperbolic tangent for every x.
///
/// Shapes  any S -> S
/// Range   as P::is_nonnegative; the fixed point must hold numbers up to 16
/// Error   at most 1e-5 and 5 units in the last place; on average below 1 unit at 16 fraction bits
/// Cost    P::is_nonnegative on 23 |S| elements, then three products and truncations
template <ComparingProtocol P>
private_tensor<P> tanh(private_tensor<P> const& x) {
  return detail::spline(x, detail::tanh_segments, 0.0, 1.0);
}

}  // namespace koi
