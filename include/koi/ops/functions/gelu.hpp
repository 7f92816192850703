// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/spline.hpp>

namespace koi {

namespace detail {

inline constexpr spline_curve erf_curve{
    .scale_bits = 1,
    .reflection = spline_reflection::through_a_point,
    .at_zero = 0,
    .limit = 1,
    .pieces = {{
        {0.625, {0, 2.256751095077, 0, -3.008007987429, 0, 3.573097988600, 0, -2.905554499033}},
        {1.8125,
         {0.915215625488, 0.510980660583, -1.245746028846, 1.342748248062, 0.037535972942, -1.638307798474,
          1.055663584974, 0.701049922442}},
        {3.5625,
         {0.999855585231, 0.001652112216, -0.008831601872, 0.029230978566, -0.068053947103, 0.114667458844,
          -0.122229994644, 0.057337422638}},
    }}};
inline constexpr spline_curve gelu_curve{.scale_bits = 1,
                                         .reflection = spline_reflection::less_x,
                                         .at_zero = 0,
                                         .limit = 0,
                                         .pieces = {{
                                             {0.75, {0, 1, 1.595582029049, 0, -1.057083315144, 0, 0.559168025604, 0}},
                                             {2.6875,
                                              {1.645136120392, 2.227444320217, -0.173821416935, -0.218770174233,
                                               0.483359167303, -0.233714476765, -0.157430510937, 0.171649553213}},
                                             {5.0625,
                                              {3.874792725968, 2.001594031592, -0.005636311427, 0.012336215351,
                                               -0.019033406168, 0.018819556020, -0.006349470520, -0.003120900573}},
                                         }}};

}  // namespace detail

/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, for every x.
///
/// Shapes  any S -> S
/// Range   the differences from numbers up to 6, as P::is_nonnegative
/// Error   1e-6 and one unit in the last place
/// Cost    P::is_nonnegative on 6 |S| elements, then 6 rounds
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> erf(private_tensor<P> const& x) {
  return detail::spline(x, detail::erf_curve);
}

/// x times the probability that a standard normal variable is below x, for every x: the exact function, not its
/// approximation by tanh.
///
/// Shapes, Range, Cost, Leaks, Throws  as erf
/// Error   2e-6 and one unit in the last place; none beyond 5.0625 on either side
/// Source  [HG16] arXiv 1606.08415
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> gelu(private_tensor<P> const& x) {
  return detail::spline(x, detail::gelu_curve);
}

}  // namespace koi
