// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/spline.hpp>

namespace koi {

namespace detail {

/// Minimax polynomials, as decimal literals, so that every player has the same bits whatever its mathematics
/// library.
inline constexpr spline_curve sigmoid_curve{
    .scale_bits = 2,
    .reflection = spline_reflection::through_a_point,
    .at_zero = 0.5,
    .limit = 1,
    .pieces = {{
        {1.375, {0.5, 0.999975981482, 0, -1.330507243601, 0, 2.042253030354, 0, -2.317403042689}},
        {5.25,
         {0.964853204238, 0.135634742963, -0.251926951576, 0.288290250760, -0.205900258088, 0.033117921217,
          0.160207305025, -0.167354132382}},
        {13.0625,
         {0.999895932716, 0.000417285403, -0.000893004107, 0.001180161712, -0.000874965816, 0.000723312961,
          -0.000989264308, 0.000543017451}},
    }}};
inline constexpr spline_curve tanh_curve{
    .scale_bits = 1,
    .reflection = spline_reflection::through_a_point,
    .at_zero = 0,
    .limit = 1,
    .pieces = {{
        {0.6875, {0, 1.999951962964, 0, -2.661014487202, 0, 4.084506060711, 0, -4.634806085382}},
        {2.625,
         {0.929706408475, 0.271269485925, -0.503853903155, 0.576580501530, -0.411800516147, 0.066235842338,
          0.320414609962, -0.334708264504}},
        {6.5,
         {0.999785048866, 0.000861760940, -0.001837278069, 0.002428948328, -0.001824710427, 0.001506340666,
          -0.002024117830, 0.001110903478}},
    }}};

}  // namespace detail

/// 1 / (1 + exp(-x)) for every x.
///
/// Shapes  any S -> S
/// Range   the differences from numbers up to 14, as P::is_nonnegative
/// Error   3e-6 and one unit in the last place
/// Cost    P::is_nonnegative on 6 |S| elements, then 6 rounds
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> sigmoid(private_tensor<P> const& x) {
  return detail::spline(x, detail::sigmoid_curve);
}

/// Hyperbolic tangent for every x.
///
/// Shapes, Range, Cost, Leaks, Throws  as sigmoid
/// Error   5e-6 and one unit in the last place
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> tanh(private_tensor<P> const& x) {
  return detail::spline(x, detail::tanh_curve);
}

}  // namespace koi
