// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/comparison.hpp>

namespace koi {

namespace detail {

/// Ranges that keep `part` of one axis and all of the axes before it.
inline std::vector<range> along(shape_type const& shape, std::size_t axis, range part) {
  std::vector<range> ranges;
  for (std::size_t i = 0; i < axis; ++i) ranges.push_back({0, shape[i]});
  ranges.push_back(part);
  return ranges;
}

/// The axes to reduce as a single one; all axes where none is named.
struct reduced_axes {
  reduced_axes(std::string_view operation, shape_type const& shape, std::vector<std::size_t> axes, keep_axes keep) {
    axes = sorted_axes(operation, shape, std::move(axes));
    result = shape_without(shape, axes, keep);
    for (auto const a : axes) extent *= shape[a];
    if (extent == 0)
      throw bad_argument(fmt::format("{}: axes {} of shape {} hold nothing", operation, axes, to_string(shape)));
    is_one = axes.size() == 1;
    axis = is_one ? axes[0] : 1;
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (!std::binary_search(axes.begin(), axes.end(), i)) order.push_back(i);
    order.insert(order.end(), axes.begin(), axes.end());
  }
  /// The same elements with that axis.
  template <SecureTensor T>
  [[nodiscard]] T arranged(T const& x) const {
    return is_one ? x : reshape(transpose(x, order), {element_count(result), extent});
  }

  shape_type result;
  std::size_t axis = 0;

 private:
  std::size_t extent = 1;
  std::vector<std::size_t> order;
  bool is_one = false;
};

/// The largest value along an axis, which keeps extent 1; of values that differ in `ignored` low bits alone any.
template <ComparedTensor T>
T largest(T x, std::size_t axis, std::size_t ignored = 0) {
  while (x.shape()[axis] > 1) {
    auto const n = x.shape()[axis], pairs = n / 2;
    auto const even = slice(x, along(x.shape(), axis, {0, 2 * pairs, 2}));
    auto const odd = slice(x, along(x.shape(), axis, {1, 2 * pairs, 2}));
    auto larger = relu(even - odd, ignored) + odd;
    x = n % 2 == 0 ? larger : concat({larger, slice(x, along(x.shape(), axis, {n - 1, n}))}, axis);
  }
  return x;
}

/// Where it is, the first one if there are several, as a number.
template <ComparingProtocol P>
private_tensor<P> first_largest(private_tensor<P> const& x, std::size_t axis) {
  using R = typename P::ring;
  auto& self = x.self();
  shape_type column(x.shape().size() - axis, 1);
  column[0] = x.shape()[axis];
  tensor<R> index(column);
  for (std::size_t i = 0; i < index.size(); ++i) index[i] = static_cast<typename R::value_type>(i);
  // values and indices side by side along a new leading axis
  auto both = P::stack({x.share(), P::add_public(self, P::scale(x.share(), 0), index, column)}, 0);
  auto const at = axis + 1;
  while (both.shape()[at] > 1) {
    auto const n = both.shape()[at], pairs = n / 2;
    auto const first = P::slice(both, along(both.shape(), at, {0, 2 * pairs, 2}));
    auto const second = P::slice(both, along(both.shape(), at, {1, 2 * pairs, 2}));
    auto const difference = P::sub(first, second);
    auto const bit = P::is_nonnegative(self, P::slice(difference, {{0, 1}}));
    auto winner = P::add(second, P::mul(self, bit, difference));
    both = n % 2 == 0 ? winner : P::concat({winner, P::slice(both, along(both.shape(), at, {n - 1, n}))}, at);
  }
  return {self, P::scale(P::slice(both, {{1, 2}}), R::power(P::frac_bits))};
}

}  // namespace detail

/// Maximum and minimum over some axes, over everything where none is named: a tree, so that the rounds grow with the
/// logarithm of the extent. Exact.
///
/// Shapes  the shape without the axes, or with extents 1
/// Range   the differences of any two must have an encoding, as those of any two encoded values have
/// Cost    P::relu on half of the elements, a quarter, ...: ceil(log2 n) times its rounds; of a public tensor none
/// Leaks   the shape
/// Throws  bad_argument for axes that the shape has not, or that hold nothing; channel_error
template <ComparedTensor T>
[[nodiscard]] T reduce_max(T const& x, std::vector<std::size_t> axes = {}, keep_axes keep = keep_axes::no) {
  detail::reduced_axes const over("reduce_max", x.shape(), std::move(axes), keep);
  return reshape(detail::largest(over.arranged(x), over.axis), over.result);
}
template <ComparedTensor T>
[[nodiscard]] T reduce_max(T const& x, std::size_t axis, keep_axes keep = keep_axes::no) {
  return reduce_max(x, std::vector{axis}, keep);
}
template <ComparedTensor T>
[[nodiscard]] T reduce_min(T const& x, std::vector<std::size_t> axes = {}, keep_axes keep = keep_axes::no) {
  detail::reduced_axes const over("reduce_min", x.shape(), std::move(axes), keep);
  return reshape(-detail::largest(-over.arranged(x), over.axis), over.result);
}
template <ComparedTensor T>
[[nodiscard]] T reduce_min(T const& x, std::size_t axis, keep_axes keep = keep_axes::no) {
  return reduce_min(x, std::vector{axis}, keep);
}

/// Index of the maximum or minimum along one axis, as whole numbers; the first of equal ones wins. Without an axis, in
/// the whole tensor in row-major order.
///
/// Shapes  the shape without that axis, or with extent 1; [] without an axis
/// Range   as reduce_max; the extent must have an encoding
/// Cost    per halving of the axis one P::is_nonnegative and one P::mul, without truncation; of a public tensor none
/// Leaks   the shape
/// Throws  bad_argument if there is no such axis, or nothing in it; channel_error
template <ComparedTensor T>
[[nodiscard]] T argmax(T const& x, std::size_t axis, keep_axes keep = keep_axes::no) {
  detail::reduced_axes const over("argmax", x.shape(), {axis}, keep);
  return reshape(detail::first_largest(over.arranged(x), over.axis), over.result);
}
template <ComparedTensor T>
[[nodiscard]] T argmax(T const& x) {
  detail::reduced_axes const over("argmax", x.shape(), {}, keep_axes::no);
  return reshape(detail::first_largest(over.arranged(x), over.axis), over.result);
}
template <ComparedTensor T>
[[nodiscard]] T argmin(T const& x, std::size_t axis, keep_axes keep = keep_axes::no) {
  return argmax(-x, axis, keep);
}
template <ComparedTensor T>
[[nodiscard]] T argmin(T const& x) {
  return argmax(-x);
}

}  // namespace koi
