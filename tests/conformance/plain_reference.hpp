// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor.hpp>

#include <random>

/// Ring arithmetic one element at a time, written without the library's kernels: what a protocol
/// must give.
namespace koi::testing::plain {

/// Position in a tensor of a shape, from the row-major number of an element.
[[nodiscard]] inline shape_type index_at(shape_type const& shape, std::size_t flat) {
  shape_type index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
  return index;
}

[[nodiscard]] inline std::size_t flat_at(shape_type const& shape, shape_type const& index) {
  std::size_t flat = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) flat = flat * shape[axis] + index[axis];
  return flat;
}

/// out[i] = x[source(i)], with positions as indices along the axes.
template <Ring R, class F>
[[nodiscard]] tensor<R> gather(tensor<R> const& x, shape_type const& shape, F source) {
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = x[flat_at(x.shape(), source(index_at(shape, i)))];
  return out;
}

/// The position that numpy's rule reads for a position of the result.
[[nodiscard]] inline shape_type broadcast_index(shape_type const& shape, shape_type const& wide) {
  shape_type index(wide.end() - static_cast<std::ptrdiff_t>(shape.size()), wide.end());
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] == 1) index[axis] = 0;
  return index;
}

template <Ring R>
[[nodiscard]] tensor<R> broadcast(tensor<R> const& x, shape_type const& shape) {
  return gather(x, shape, [&](shape_type const& i) { return broadcast_index(x.shape(), i); });
}

/// f, element by element, under numpy's rule.
template <Ring R, class F>
[[nodiscard]] tensor<R> zip(tensor<R> const& a, tensor<R> const& b, F f) {
  shape_type shape(std::max(a.rank(), b.rank()), 1);
  for (auto const& s : {a.shape(), b.shape()})
    for (std::size_t i = 0; i < s.size(); ++i)
      if (auto& extent = shape[shape.size() - s.size() + i]; extent == 1) extent = s[i];
  auto const x = broadcast(a, shape), y = broadcast(b, shape);
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(x[i], y[i]);
  return out;
}

template <Ring R, class F>
[[nodiscard]] tensor<R> each(tensor<R> const& x, F f) {
  tensor<R> out(x.shape());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(x[i]);
  return out;
}

/// [..., n] times [n, v].
template <Ring R>
[[nodiscard]] tensor<R> matmul(tensor<R> const& a, tensor<R> const& b) {
  auto shape = a.shape();
  auto const n = shape.back();
  shape.back() = b.shape()[1];
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    typename R::value_type sum = 0;
    for (std::size_t k = 0; k < n; ++k)
      sum = R::add(sum, R::mul(a[i / shape.back() * n + k], b[k * shape.back() + i % shape.back()]));
    out[i] = sum;
  }
  return out;
}

template <Ring R>
[[nodiscard]] tensor<R> reduce_sum(tensor<R> const& x, std::size_t axis) {
  auto shape = x.shape();
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  tensor<R> out(shape, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto index = index_at(x.shape(), i);
    index.erase(index.begin() + static_cast<std::ptrdiff_t>(axis));
    auto& sum = out[flat_at(shape, index)];
    sum = R::add(sum, x[i]);
  }
  return out;
}

/// Parts joined along an axis: element i of the result comes from part i / extent.
template <Ring R>
[[nodiscard]] tensor<R> concat(tensor<R> const& a, tensor<R> const& b, std::size_t axis) {
  auto shape = a.shape();
  shape[axis] += b.shape()[axis];
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto index = index_at(shape, i);
    bool const second = index[axis] >= a.shape()[axis];
    if (second) index[axis] -= a.shape()[axis];
    out[i] = second ? b[flat_at(b.shape(), index)] : a[flat_at(a.shape(), index)];
  }
  return out;
}

/// Numbers of every kind: 0, +-1, plus and minus the largest that has an encoding, and any word.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> sample(shape_type const& shape, std::uint64_t seed) {
  using word = typename R::value_type;
  auto const largest = R::sub(R::power(R::bits - 3), 1);
  std::array<word, 5> const edges{0, 1, R::neg(1), largest, R::neg(largest)};
  std::mt19937_64 random(seed);
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const kind = random() % (2 * edges.size());
    word any = 0;
    for (std::size_t bit = 0; bit < R::bits; bit += 8) any = R::add(R::mul(any, R::power(8)), static_cast<word>(random() & 255));
    out[i] = kind < edges.size() ? edges[kind] : any;
  }
  return out;
}

}  // namespace koi::testing::plain
