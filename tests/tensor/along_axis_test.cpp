// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/along_axis.hpp>

#include "tests/support/plain_convolution.hpp"
#include "tests/support/random_tensor.hpp"

#include <doctest/doctest.h>

namespace koi::test {

namespace {

using testing::plain::flat_at;
using testing::plain::gather;
using testing::plain::index_at;

std::vector<shape_type> const shapes{{5}, {2, 3}, {4, 1, 3}, {2, 3, 2, 3}, {0}, {2, 0, 3}, {3, 2, 0}};

/// f(x, axis) for tensors of every kind.
template <Ring R, class F>
void each_axis(F f) {
  for (auto const& shape : shapes)
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      CAPTURE(to_string(shape));
      CAPTURE(axis);
      f(random_tensor<R>(shape, axis), axis);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("take reads the elements at its indices", R, ring8, ring64, ring128, z2k_minus_1<8>) {
  each_axis<R>([](tensor<R> const& x, std::size_t axis) {
    auto const extent = x.shape()[axis];
    for (auto indices : {std::vector<std::size_t>{}, {0}, {2, 0, 0, 1}, {1, 1, 1}, {4, 3, 2, 1, 0}}) {
      if (std::any_of(indices.begin(), indices.end(), [&](auto i) { return i >= extent; })) {
        CHECK_THROWS_AS((void)take(x, axis, indices), bad_argument);
        continue;
      }
      CHECK(take(x, axis, indices) == gather(x, with_extent(x.shape(), axis, indices.size()), [&](shape_type at) {
              at[axis] = indices[at[axis]];
              return at;
            }));
    }
  });
  CHECK_THROWS_WITH_AS((void)take(tensor<R>({2, 3}, 0), 1, {0, 3}), "take: there is no index 3 along axis 1 of shape [2,3]", bad_argument);
  CHECK_THROWS_WITH_AS((void)take(tensor<R>({2, 3}, 0), 2, {0}), "take: shape [2,3] has no axis 2", bad_argument);
  CHECK_THROWS_AS((void)take(tensor<R>({}, 0), 0, {0}), bad_argument);
}

TEST_CASE_TEMPLATE("pad puts zeros around", R, ring8, ring64, ring128) {
  for (auto const& shape : shapes)
    for (std::size_t kind = 0; kind < 4; ++kind) {
      CAPTURE(to_string(shape));
      auto const x = random_tensor<R>(shape, kind);
      std::vector<pad_axis> widths;
      shape_type wide;
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        widths.push_back({(kind & 1) * (axis + 1), (kind & 2) * (axis % 2)});
        wide.push_back(shape[axis] + widths[axis].before + widths[axis].after);
      }
      tensor<R> expected(wide, 0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        auto at = index_at(shape, i);
        for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] += widths[axis].before;
        expected[flat_at(wide, at)] = x[i];
      }
      CHECK(pad(x, widths) == expected);
    }
  CHECK(pad(tensor<R>({}, 7), {}) == tensor<R>({}, 7));
  CHECK_THROWS_WITH_AS((void)pad(tensor<R>({2, 3}, 0), {{1, 1}}), "pad: 1 axes of padding for shape [2,3]", bad_argument);
}

TEST_CASE_TEMPLATE("cumsum adds what came before", R, ring8, ring64, ring128) {
  each_axis<R>([](tensor<R> const& x, std::size_t axis) {
    auto expected = x;
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto at = index_at(x.shape(), i);
      for (auto& k = at[axis]; k > 0;) expected[i] = R::add(expected[i], x[flat_at(x.shape(), (--k, at))]);
    }
    CHECK(cumsum(x, axis) == expected);
  });
  CHECK_THROWS_WITH_AS((void)cumsum(tensor<R>({2}, 0), 1), "cumsum: shape [2] has no axis 1", bad_argument);
}

TEST_CASE_TEMPLATE("sums over windows of one axis", R, ring8, ring64, ring128) {
  each_axis<R>([](tensor<R> const& x, std::size_t axis) {
    for (long const size : {1, 2, 3})
      for (long const stride : {1, 2, 4})
        for (long const dilation : {1, 2})
          for (long const before : {0, 2})
            for (long const after : {0, 1}) {
              testing::plain::sliding const how{{size}, {stride}, {dilation}, {before}, {after}};
              auto const starts = testing::plain::starts(how, 0, x.shape()[axis]);
              auto const n = [](long v) { return static_cast<std::size_t>(v); };
              window_axis const window{n(size), n(stride), n(dilation), n(before), n(after)};
              if (starts.empty()) {
                CHECK_THROWS_AS((void)window_sums(x, axis, window), bad_argument);
                continue;
              }
              tensor<R> expected(with_extent(x.shape(), axis, starts.size()), 0);
              for (std::size_t i = 0; i < expected.size(); ++i) {
                auto at = index_at(expected.shape(), i);
                auto const start = starts[at[axis]];
                for (long tap = 0; tap < size; ++tap) {
                  auto const position = start + tap * dilation;
                  if (position < 0 || position >= static_cast<long>(x.shape()[axis])) continue;
                  at[axis] = n(position);
                  expected[i] = R::add(expected[i], x[flat_at(x.shape(), at)]);
                }
              }
              CHECK(window_sums(x, axis, window) == expected);
            }
    CHECK(window_sums(x, axis, {.size = 1, .after = x.shape()[axis] == 0}).shape() ==
          (x.shape()[axis] == 0 ? with_extent(x.shape(), axis, 1) : x.shape()));
  });
  CHECK_THROWS_WITH_AS((void)window_sums(tensor<R>({2}, 0), 1, {}), "window_sums: shape [2] has no axis 1", bad_argument);
}

}  // namespace koi::test
