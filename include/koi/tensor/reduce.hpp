// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor/elementwise.hpp>

namespace koi {

/// Shape of a sum over one axis. Throws bad_argument.
[[nodiscard]] inline shape_type reduced_shape(shape_type shape, std::size_t axis) {
  if (axis >= shape.size()) throw bad_argument(fmt::format("reduce: shape {} has no axis {}", to_string(shape), axis));
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return shape;
}

/// Sum over one axis, which disappears.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> reduce_sum(tensor<R> const& x, std::size_t axis) {
  auto const shape = reduced_shape(x.shape(), axis);
  tensor<R> out(shape, 0);
  auto const outer = element_count({x.shape().begin(), x.shape().begin() + static_cast<std::ptrdiff_t>(axis)});
  auto const inner = element_count({x.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape().end()});
  auto const extent = x.shape()[axis];
  for (std::size_t i = 0; i < outer; ++i)
    for (std::size_t k = 0; k < extent; ++k) {
      auto* const sum = out.data() + i * inner;
      detail::transform(sum, sum, x.data() + (i * extent + k) * inner, inner, detail::add_lanes{});
    }
  return out;
}

/// Sum of all elements, of rank 0.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> reduce_sum(tensor<R> const& x) {
  return reduce_sum(x.reshaped({x.size()}), 0);
}

}  // namespace koi
