// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor/reduce.hpp>
#include <koi/tensor/view.hpp>
#include <koi/tensor/window.hpp>

namespace koi {

/// An axis of a shape, with what lies outside and inside of it in memory.
struct axis_layout {
  std::size_t outer = 1, extent = 1, inner = 1;

  /// Throws  bad_argument where there is no such axis
  axis_layout(std::string_view operation, shape_type const& shape, std::size_t axis) {
    if (axis >= shape.size())
      throw bad_argument(fmt::format("{}: shape {} has no axis {}", operation, to_string(shape), axis));
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    extent = shape[axis];
    for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  }
};

/// The shape with another extent along one axis.
[[nodiscard]] inline shape_type with_extent(shape_type shape, std::size_t axis, std::size_t extent) {
  shape.at(axis) = extent;
  return shape;
}

/// Shape of take. Throws bad_argument for an index outside of the axis.
[[nodiscard]] inline shape_type take_shape(shape_type const& shape, std::size_t axis,
                                           std::vector<std::size_t> const& indices) {
  axis_layout const at("take", shape, axis);
  for (auto const i : indices)
    if (i >= at.extent)
      throw bad_argument(
          fmt::format("take: there is no index {} along axis {} of shape {}", i, axis, to_string(shape)));
  return with_extent(shape, axis, indices.size());
}

/// The elements at public indices along one axis, in their order; an index may come several times.
template <Ring R>
[[nodiscard]] tensor<R> take(tensor<R> const& x, std::size_t axis, std::vector<std::size_t> const& indices) {
  tensor<R> out(take_shape(x.shape(), axis, indices));
  axis_layout const at("take", x.shape(), axis);
  auto* to = out.data();
  for (std::size_t o = 0; o < at.outer && at.inner > 0; ++o)
    for (auto const i : indices) to = std::copy_n(x.data() + (o * at.extent + i) * at.inner, at.inner, to);
  return out;
}

/// The differences of the elements at pairs of public indices along one axis.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> differences(tensor<R> const& x, std::size_t axis, std::vector<std::size_t> const& of,
                                    std::vector<std::size_t> const& less) {
  tensor<R> out(take_shape(x.shape(), axis, of));
  if (less.size() != of.size() || take_shape(x.shape(), axis, less) != out.shape())
    throw bad_argument(fmt::format("differences: {} and {} indices", of.size(), less.size()));
  axis_layout const at("differences", x.shape(), axis);
  auto* to = out.data();
  for (std::size_t o = 0; o < at.outer && at.inner > 0; ++o) {
    auto const* const from = x.data() + o * at.extent * at.inner;
    for (std::size_t i = 0; i < of.size(); ++i, to += at.inner)
      detail::transform(to, from + of[i] * at.inner, from + less[i] * at.inner, at.inner, detail::sub_lanes{});
  }
  return out;
}

/// How many elements are put before and after those of an axis.
struct pad_axis {
  std::size_t before = 0;
  std::size_t after = 0;
};

/// Shape of pad: one entry for each axis. Throws bad_argument.
[[nodiscard]] inline shape_type pad_shape(shape_type shape, std::vector<pad_axis> const& widths) {
  if (widths.size() != shape.size())
    throw bad_argument(fmt::format("pad: {} axes of padding for shape {}", widths.size(), to_string(shape)));
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto const [before, after] = widths[i];
    if (std::max(before, after) >> 31 != 0) throw bad_argument("pad: widths are below 2^31");
    shape[i] += before + after;
  }
  return shape;
}

/// Zeros around the elements.
template <Ring R>
[[nodiscard]] tensor<R> pad(tensor<R> x, std::vector<pad_axis> const& widths) {
  (void)pad_shape(x.shape(), widths);
  for (std::size_t axis = 0; axis < widths.size(); ++axis) {
    auto const [before, after] = widths[axis];
    if (before + after == 0) continue;
    axis_layout const at("pad", x.shape(), axis);
    tensor<R> wider(with_extent(x.shape(), axis, before + at.extent + after), 0);
    auto const row = (before + at.extent + after) * at.inner, kept = at.extent * at.inner;
    for (std::size_t o = 0; o < at.outer && kept > 0; ++o)
      std::copy_n(x.data() + o * kept, kept, wider.data() + o * row + before * at.inner);
    x = std::move(wider);
  }
  return x;
}

/// Element i along the axis is the sum of elements 0 to i.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> cumsum(tensor<R> x, std::size_t axis) {
  axis_layout const at("cumsum", x.shape(), axis);
  for (std::size_t o = 0; o < at.outer; ++o)
    for (std::size_t i = 1; i < at.extent; ++i) {
      auto* const sum = x.data() + (o * at.extent + i) * at.inner;
      detail::transform(sum, sum, sum - at.inner, at.inner, detail::add_lanes{});
    }
  return x;
}

/// Sums over the windows of one axis; the padding adds nothing.
///
/// Throws  bad_argument where there is no such axis, or no window
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> window_sums(tensor<R> const& x, std::size_t axis, window_axis const& window) {
  axis_layout const at("window_sums", x.shape(), axis);
  auto const inside = window.all_inside(at.extent);
  tensor<R> out(with_extent(x.shape(), axis, inside.size()), 0);
  auto* sum = out.data();
  for (std::size_t o = 0; o < at.outer; ++o)
    for (std::size_t w = 0; w < inside.size(); ++w, sum += at.inner)
      for (auto tap = inside[w].first; tap < inside[w].last; ++tap)
        detail::transform(sum, sum, x.data() + (o * at.extent + window.source(w, tap)) * at.inner, at.inner,
                          detail::add_lanes{});
  return out;
}

}  // namespace koi
