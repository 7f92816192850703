// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/conv2d.hpp>

#include "tests/support/plain_convolution.hpp"
#include "tests/support/random_tensor.hpp"

#include <doctest/doctest.h>

namespace koi::test {

namespace {

using testing::plain::sliding;

window2d window_of(sliding const& how, shape_type const& filter) {
  auto const axis = [&](std::size_t i) {
    auto const n = [](long v) { return static_cast<std::size_t>(v); };
    return window_axis{filter[i], n(how.stride[i]), n(how.dilation[i]), n(how.before[i]), n(how.after[i])};
  };
  return {axis(0), axis(1)};
}

/// Compares with the reference; true if they agree.
template <Ring R>
bool agrees(shape_type const& images, shape_type const& filters, sliding const& how, std::size_t groups) {
  auto const x = random_tensor<R>(images, 1), w = random_tensor<R>(filters, 2);
  auto const window = window_of(how, filters);
  auto fits = how;
  fits.size = {static_cast<long>(filters[0]), static_cast<long>(filters[1])};
  if (starts(fits, 0, images[1]).empty() || starts(fits, 1, images[2]).empty()) {
    try {
      (void)conv2d(x, w, window, groups);
    } catch (bad_argument const&) {
      return true;
    }
    return false;
  }
  return conv2d(x, w, window, groups) == testing::plain::conv2d(x, w, how, groups);
}

struct grouping {
  std::size_t groups, outputs;
};

/// Every kernel, stride, dilation and grouping, over small images that are not square.
template <Ring R>
void grid(std::array<long, 2> before, std::array<long, 2> after) {
  constexpr std::size_t channels = 4;
  std::size_t number = 0;
  for (std::size_t const high : {1, 2, 3, 5})
    for (std::size_t const wide : {1, 2, 3, 5})
      for (long const down : {1, 2, 3})
        for (long const right : {1, 2, 3})
          for (auto const dilation : {std::array<long, 2>{1, 1}, {2, 2}, {1, 2}, {2, 1}})
            for (auto const [groups, outputs] : {grouping{1, 3}, {2, 6}, {channels, channels}, {channels, 2 * channels}}) {
              sliding const how{{}, {down, right}, dilation, before, after};
              shape_type const images{++number % 2 == 0 ? 1u : 3u, 7, 6, channels}, filters{high, wide, channels / groups, outputs};
              if (agrees<R>(images, filters, how, groups)) continue;
              FAIL_CHECK(fmt::format("{} with {} in {} groups, strides {} {}, dilation {} {} is wrong", to_string(images),
                                     to_string(filters), groups, down, right, dilation[0], dilation[1]));
            }
}

}  // namespace

TEST_CASE_TEMPLATE("a convolution is that of seven loops: no padding", R, ring8, ring64, ring128) { grid<R>({}, {}); }
TEST_CASE_TEMPLATE("a convolution is that of seven loops: padding", R, ring8, ring64, ring128) {
  grid<R>({2, 1}, {1, 3});
  grid<R>({0, 6}, {7, 0});  // windows in the padding as a whole
}

TEST_CASE_TEMPLATE("patches longer than a block of depths, and more rows than one of a block", R, ring8, ring32, ring64, ring128) {
  CHECK(agrees<R>({1, 6, 5, 300}, {2, 2, 300, 5}, {.before = {1, 0}, .after = {0, 1}}, 1));
  CHECK(agrees<R>({1, 6, 5, 300}, {2, 2, 300, 5}, {.dilation = {2, 2}, .before = {1, 0}, .after = {0, 1}}, 1));
  CHECK(agrees<R>({2, 6, 5, 300}, {3, 2, 150, 6}, {.stride = {2, 1}, .before = {1, 1}, .after = {1, 1}}, 2));
  CHECK(agrees<R>({1, 11, 12, 7}, {9, 11, 7, 2}, {.before = {5, 5}, .after = {4, 6}}, 1));
  CHECK(agrees<R>({3, 20, 21, 5}, {3, 3, 5, 70}, {.before = {1, 1}, .after = {1, 1}}, 1));
  CHECK(agrees<R>({1, 9, 9, 37}, {3, 3, 1, 37}, {.before = {1, 1}, .after = {1, 1}}, 37));
  CHECK(agrees<R>({1, 5, 4, 19}, {3, 2, 1, 57}, {.dilation = {1, 2}, .before = {1, 0}, .after = {0, 2}}, 19));
  CHECK(agrees<R>({2, 20, 20, 9}, {1, 1, 9, 40}, {}, 1));
  CHECK(agrees<R>({2, 5, 5, 8}, {1, 1, 4, 6}, {}, 2));
}

TEST_CASE("threads share a convolution") {
  auto const before = kernels::threads();
  kernels::threads(3);
  CHECK(agrees<ring64>({2, 30, 31, 12}, {3, 3, 12, 20}, {.before = {1, 1}, .after = {1, 1}}, 1));
  CHECK(agrees<ring64>({1, 3, 3, 200}, {2, 2, 200, 700}, {}, 1));
  kernels::threads(before);
}

TEST_CASE_TEMPLATE("convolutions are added to what is there, also two in one pass", R, ring8, ring64, ring128) {
  auto const plus = [](auto a, auto b) { return R::add(a, b); };
  sliding const how{{}, {1, 2}, {1, 1}, {1, 0}, {0, 1}};
  for (auto const [groups, outputs] : {grouping{1, 3}, {2, 4}, {4, 4}, {4, 8}}) {
    shape_type const filters{2, 3, 4 / groups, outputs};
    auto const x = random_tensor<R>({2, 5, 6, 4}, 1), u = random_tensor<R>({2, 5, 6, 4}, 2);
    auto const w = random_tensor<R>(filters, 3), v = random_tensor<R>(filters, 4);
    auto const window = window_of(how, filters);
    auto const before = random_tensor<R>(conv2d_shape(x.shape(), filters, window, groups), 5);
    auto const once = testing::plain::zip(before, testing::plain::conv2d(x, w, how, groups), plus);
    auto sum = before;
    conv2d_add(window, groups, sum, x, w);
    CHECK(sum == once);
    sum = before;
    conv2d_add(window, groups, sum, x, w, u, v);
    CHECK(sum == testing::plain::zip(once, testing::plain::conv2d(u, v, how, groups), plus));
  }
}

TEST_CASE("a convolution of nothing, and over nothing") {
  window2d const window{{2}, {3}};
  CHECK(conv2d(tensor<ring64>({0, 5, 6, 4}), tensor<ring64>({2, 3, 4, 7}, 1), window).shape() == shape_type{0, 4, 4, 7});
  CHECK(conv2d(tensor<ring64>({2, 5, 6, 4}, 1), tensor<ring64>({2, 3, 4, 0}), window).shape() == shape_type{2, 4, 4, 0});
  CHECK(conv2d(tensor<ring64>({2, 5, 6, 0}), tensor<ring64>({2, 3, 0, 7}), window) == tensor<ring64>({2, 4, 4, 7}, 0));
  CHECK(conv2d(tensor<ring64>({2, 0, 1, 3}), tensor<ring64>({2, 3, 3, 2}, 1), {{2, 1, 1, 1, 1}, {3, 1, 1, 1, 1}}) ==
        tensor<ring64>({2, 1, 1, 2}, 0));
}

TEST_CASE("convolutions that cannot be are refused") {
  auto const refused = [](shape_type const& x, shape_type const& w, std::size_t groups, std::string const& text) {
    auto const high = w.size() == 4 ? w[0] : 1, wide = w.size() == 4 ? w[1] : 1;
    CHECK_THROWS_WITH_AS((void)conv2d(tensor<ring64>(x, 1), tensor<ring64>(w, 1), {{high}, {wide}}, groups), text.c_str(), bad_argument);
  };
  refused({5, 6, 4}, {2, 3, 4, 7}, 1, "conv2d: shapes [5,6,4] and [2,3,4,7] do not combine");
  refused({1, 5, 6, 4}, {2, 3, 4}, 1, "conv2d: shapes [1,5,6,4] and [2,3,4] do not combine");
  refused({1, 5, 6, 4}, {2, 3, 3, 7}, 1, "conv2d: shapes [1,5,6,4] and [2,3,3,7] do not combine");
  refused({1, 5, 6, 4}, {2, 3, 4, 7}, 2, "conv2d in 2 groups: shapes [1,5,6,4] and [2,3,4,7] do not combine");
  refused({1, 5, 6, 4}, {2, 3, 2, 7}, 2, "conv2d in 2 groups: shapes [1,5,6,4] and [2,3,2,7] do not combine");
  refused({1, 5, 6, 4}, {2, 3, 4, 7}, 0, "conv2d: there are no 0 groups");
  refused({1, 5, 6, 4}, {6, 3, 4, 7}, 1, "window: 6 taps, 1 apart, do not fit an axis of 5 with 0 + 0 of padding");
  refused({1, 5, 6, 4}, {0, 3, 4, 7}, 1, "window: sizes, strides and dilations are at least 1");
  tensor<ring64> const x({1, 5, 6, 4}, 1), w({2, 3, 4, 7}, 1);
  CHECK_THROWS_WITH_AS((void)conv2d(x, w, {{2}, {2}}), "conv2d: a window of [2,2] taps for filters of shape [2,3,4,7]", bad_argument);
  CHECK_THROWS_AS((void)conv2d(x, w, {{2, 0}, {3}}), bad_argument);
  CHECK_THROWS_AS((void)conv2d(x, w, {{2}, {3, 1, 0}}), bad_argument);
  tensor<ring64> sum({1, 4, 4, 6}, 0);
  CHECK_THROWS_WITH_AS(conv2d_add({{2}, {3}}, 1, sum, x, w), "conv2d_add: shapes [1,4,4,6] and [1,4,4,7] do not combine", shape_mismatch);
}

}  // namespace koi::test
