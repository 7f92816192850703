// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/plain_reference.hpp"

#include <array>

/// Convolution and pooling one element at a time, with signed positions: those in the padding are
/// negative, or beyond the end.
namespace koi::testing::plain {

/// How windows slide along rows [0] and columns [1].
struct sliding {
  std::array<long, 2> size{1, 1}, stride{1, 1}, dilation{1, 1}, before{0, 0}, after{0, 0};
};

/// The position of the first tap of each window of one axis.
[[nodiscard]] inline std::vector<long> starts(sliding const& how, std::size_t axis, std::size_t length) {
  std::vector<long> all;
  auto const end = static_cast<long>(length) + how.after[axis];
  for (auto at = -how.before[axis]; at + (how.size[axis] - 1) * how.dilation[axis] < end; at += how.stride[axis])
    all.push_back(at);
  return all;
}

/// The padding with which an axis has ceil(length / stride) windows: the least there is, found by trying.
[[nodiscard]] inline long least_padding(sliding how, std::size_t axis, std::size_t length) {
  auto const wanted = (static_cast<long>(length) + how.stride[axis] - 1) / how.stride[axis];
  how.before[axis] = how.after[axis] = 0;
  while (static_cast<long>(starts(how, axis, length).size()) < wanted) ++how.after[axis];
  return how.after[axis];
}

/// f(image, window row, window column, channel, taps) in row-major order of the result; a tap is the position
/// of an element of x [n, rows, columns, channels], with its number in the window. Those in the padding are left out.
struct tap {
  std::size_t number, row, column;
};
template <class F>
shape_type each_window(shape_type const& x, sliding const& how, F f) {
  auto const rows = starts(how, 0, x[1]), columns = starts(how, 1, x[2]);
  for (std::size_t n = 0; n < x[0]; ++n)
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t c = 0; c < columns.size(); ++c) {
        std::vector<tap> taps;
        for (long i = 0; i < how.size[0]; ++i)
          for (long j = 0; j < how.size[1]; ++j) {
            auto const y = rows[r] + i * how.dilation[0], z = columns[c] + j * how.dilation[1];
            if (y >= 0 && z >= 0 && y < static_cast<long>(x[1]) && z < static_cast<long>(x[2]))
              taps.push_back({static_cast<std::size_t>(i * how.size[1] + j), static_cast<std::size_t>(y), static_cast<std::size_t>(z)});
          }
        f(n, taps);
      }
  return {x[0], rows.size(), columns.size()};
}

/// Convolution of anything that has elements: `add(sum, a, b)` is sum + a * b.
template <class T, class X, class W, class Add>
[[nodiscard]] std::pair<shape_type, std::vector<T>> conv2d(shape_type const& xs, X const& x, shape_type const& ws, W const& w,
                                                           sliding how, std::size_t groups, Add add) {
  how.size = {static_cast<long>(ws[0]), static_cast<long>(ws[1])};
  std::vector<T> out;
  auto const deep = ws[2], outputs = ws[3];
  auto shape = each_window(xs, how, [&](std::size_t n, std::vector<tap> const& taps) {
    for (std::size_t o = 0; o < outputs; ++o) {
      auto const group = o / (outputs / groups);
      T sum{};
      for (auto const& t : taps)
        for (std::size_t c = 0; c < deep; ++c)
          sum = add(sum, x[flat_at(xs, {n, t.row, t.column, group * deep + c})], w[(t.number * deep + c) * outputs + o]);
      out.push_back(sum);
    }
  });
  shape.push_back(outputs);
  return {shape, out};
}

template <Ring R>
[[nodiscard]] tensor<R> conv2d(tensor<R> const& x, tensor<R> const& w, sliding const& how, std::size_t groups = 1) {
  using word = typename R::value_type;
  auto const [shape, words] = conv2d<word>(x.shape(), x, w.shape(), w, how, groups,
                                           [](word sum, word a, word b) { return R::add(sum, R::mul(a, b)); });
  tensor<R> out(shape);
  std::copy(words.begin(), words.end(), out.data());
  return out;
}

}  // namespace koi::testing::plain
