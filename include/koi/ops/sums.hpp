// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/arrangement.hpp>

namespace koi {

namespace detail {

/// The same linear map of a private and of a public tensor.
template <Protocol P, class F>
private_tensor<P> mapped(private_tensor<P> const& x, shape_type shape, F f) {
  return {x.self(), P::linear(x.share(), std::move(shape), f)};
}
template <Protocol P, class F>
public_tensor<P> mapped(public_tensor<P> const& x, shape_type shape, F f) {
  return {x.self(), std::move(shape), x.known() ? f(x.value()) : tensor<typename P::ring>()};
}

}  // namespace detail

/// Sum over some axes; over everything where none is named. Local.
///
/// Throws  bad_argument for an axis that the shape has not
template <SecureTensor T>
[[nodiscard]] T reduce_sum(T const& x, std::vector<std::size_t> axes = {}, keep_axes keep = keep_axes::no) {
  axes = detail::sorted_axes("reduce_sum", x.shape(), std::move(axes));
  auto const shape = detail::shape_without(x.shape(), axes, keep);
  return detail::mapped(x, shape, [&](auto const& t) {
    if (axes.empty()) return t;
    auto sum = koi::reduce_sum(t, axes.back());
    for (auto axis = axes.rbegin() + 1; axis != axes.rend(); ++axis) sum = koi::reduce_sum(sum, *axis);
    return std::move(sum).reshaped(shape);
  });
}
template <SecureTensor T, std::integral Axis>
[[nodiscard]] T reduce_sum(T const& x, Axis axis, keep_axes keep = keep_axes::no) {
  return reduce_sum(x, std::vector{static_cast<std::size_t>(axis)}, keep);
}

/// Mean over some axes; over everything where none is named.
///
/// Range, Cost, Error  as a division of the sum by a public number
/// Throws  bad_argument for an axis that the shape has not, or that is empty
template <SecureTensor T>
[[nodiscard]] T reduce_mean(T const& x, std::vector<std::size_t> axes = {}, keep_axes keep = keep_axes::no) {
  axes = detail::sorted_axes("reduce_mean", x.shape(), std::move(axes));
  std::size_t count = 1;
  for (auto const axis : axes) count *= x.shape()[axis];
  if (count == 0)
    throw bad_argument(fmt::format("reduce_mean: axes {} of shape {} hold nothing", axes, to_string(x.shape())));
  auto const sum = reduce_sum(x, axes, keep);
  return count == 1 ? sum : sum / count;
}
template <SecureTensor T, std::integral Axis>
[[nodiscard]] T reduce_mean(T const& x, Axis axis, keep_axes keep = keep_axes::no) {
  return reduce_mean(x, std::vector{static_cast<std::size_t>(axis)}, keep);
}

/// Element i along the axis is the sum of elements 0 to i. Local.
template <SecureTensor T>
[[nodiscard]] T cumsum(T const& x, std::size_t axis) {
  (void)axis_layout("cumsum", x.shape(), axis);
  return detail::mapped(x, x.shape(), [&](auto const& t) { return koi::cumsum(t, axis); });
}

}  // namespace koi
