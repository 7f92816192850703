// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor/elementwise.hpp>

#include <vector>

namespace koi {

/// The elements begin, begin + step, ... below end of one axis.
struct range {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t step = 1;
};

/// Shape of a slice. Throws bad_argument where a range leaves its axis.
[[nodiscard]] inline shape_type slice_shape(shape_type const& shape, std::vector<range> const& ranges) {
  if (ranges.size() > shape.size())
    throw bad_argument(fmt::format("slice: {} ranges for a tensor of shape {}", ranges.size(), to_string(shape)));
  auto out = shape;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    auto const [begin, end, step] = ranges[i];
    if (step == 0 || begin > end || end > shape[i])
      throw bad_argument(fmt::format("slice: range {}:{}:{} does not lie in axis {} of shape {}", begin, end, step, i,
                                     to_string(shape)));
    out[i] = begin == end ? 0 : (end - begin - 1) / step + 1;
  }
  return out;
}

/// The given range of each leading axis; axes without a range stay whole.
template <Ring R>
[[nodiscard]] tensor<R> slice(tensor<R> const& x, std::vector<range> const& ranges) {
  auto const shape = slice_shape(x.shape(), ranges);
  if (element_count(shape) == 0) return tensor<R>(shape);
  xt::xstrided_slice_vector slices;
  for (auto const& r : ranges)
    slices.push_back(xt::range(static_cast<std::ptrdiff_t>(r.begin), static_cast<std::ptrdiff_t>(r.end),
                               static_cast<std::ptrdiff_t>(std::min(r.step, r.end))));
  return tensor<R>::evaluated(xt::strided_view(x.xt(), slices));
}

/// Shape of a transpose; `axes` empty reverses them. Throws bad_argument if it is no permutation.
[[nodiscard]] inline shape_type transpose_shape(shape_type const& shape, std::vector<std::size_t>& axes) {
  if (axes.empty())
    for (std::size_t i = shape.size(); i-- > 0;) axes.push_back(i);
  shape_type out;
  std::vector<bool> seen(shape.size());
  for (auto const axis : axes) {
    if (axis >= shape.size() || seen[axis])
      throw bad_argument(
          fmt::format("transpose: {} is no permutation of the axes of {}", to_string(axes), to_string(shape)));
    seen[axis] = true;
    out.push_back(shape[axis]);
  }
  if (out.size() != shape.size())
    throw bad_argument(
        fmt::format("transpose: {} is no permutation of the axes of {}", to_string(axes), to_string(shape)));
  return out;
}

/// Axes in another order.
template <Ring R>
[[nodiscard]] tensor<R> transpose(tensor<R> const& x, std::vector<std::size_t> axes = {}) {
  auto const shape = transpose_shape(x.shape(), axes);
  if (x.empty() || x.rank() < 2) return x.reshaped(shape);
  return tensor<R>::evaluated(xt::transpose(x.xt(), axes));
}

/// Shape of tensors joined along an axis. Throws shape_mismatch.
[[nodiscard]] inline shape_type concat_shape(std::vector<shape_type> const& shapes, std::size_t axis) {
  if (shapes.empty()) throw bad_argument("concat: there is nothing to join");
  auto out = shapes.front();
  if (axis >= out.size()) throw bad_argument(fmt::format("concat: shape {} has no axis {}", to_string(out), axis));
  for (std::size_t i = 1; i < shapes.size(); ++i) {
    auto rest = shapes[i];
    if (rest.size() != out.size()) throw shape_mismatch("concat", out, rest);
    auto const extent = rest[axis];
    rest[axis] = out[axis];
    if (rest != out) throw shape_mismatch("concat", shapes.front(), shapes[i]);
    out[axis] += extent;
  }
  return out;
}

/// Tensors joined along an axis that they already have.
template <Ring R>
[[nodiscard]] tensor<R> concat(std::vector<tensor<R>> const& parts, std::size_t axis = 0) {
  std::vector<shape_type> shapes;
  for (auto const& part : parts) shapes.push_back(part.shape());
  auto const shape = concat_shape(shapes, axis);
  tensor<R> out(shape);
  auto const outer = element_count({shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis)});
  auto const inner = element_count({shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()});
  auto const row = shape[axis] * inner;
  std::size_t at = 0;
  for (auto const& part : parts) {
    auto const chunk = part.shape()[axis] * inner;
    for (std::size_t i = 0; i < outer && chunk > 0; ++i)
      std::copy_n(part.data() + i * chunk, chunk, out.data() + i * row + at);
    at += chunk;
  }
  return out;
}

/// Shape with a new axis of extent 1.
[[nodiscard]] inline shape_type expanded_shape(shape_type shape, std::size_t axis) {
  if (axis > shape.size())
    throw bad_argument(fmt::format("expand: shape {} cannot take a new axis {}", to_string(shape), axis));
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return shape;
}

/// Tensors of one shape joined along a new axis.
template <Ring R>
[[nodiscard]] tensor<R> stack(std::vector<tensor<R>> const& parts, std::size_t axis = 0) {
  std::vector<tensor<R>> expanded;
  for (auto const& part : parts) expanded.push_back(part.reshaped(expanded_shape(part.shape(), axis)));
  return concat(expanded, axis);
}

}  // namespace koi
