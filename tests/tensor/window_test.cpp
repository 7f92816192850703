// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/window.hpp>

#include "tests/support/plain_convolution.hpp"

#include <doctest/doctest.h>

namespace koi::test {

namespace {

using testing::plain::sliding;

/// f(window, the same as the reference has it, length) for windows of every kind.
template <class F>
void windows(F f) {
  for (std::size_t const length : {1, 2, 5, 8})
    for (std::size_t const size : {1, 2, 3, 5})
      for (std::size_t const stride : {1, 2, 3})
        for (std::size_t const dilation : {1, 2, 3})
          for (std::size_t const before : {0, 1, 4})
            for (std::size_t const after : {0, 2}) {
              auto const n = [](std::size_t v) { return std::array<long, 2>{static_cast<long>(v), static_cast<long>(v)}; };
              f(window_axis{size, stride, dilation, before, after},
                sliding{n(size), n(stride), n(dilation), n(before), n(after)}, length);
            }
}

}  // namespace

TEST_CASE("windows are those that sliding one step at a time finds") {
  windows([](window_axis const& window, sliding const& how, std::size_t length) {
    auto const starts = testing::plain::starts(how, 0, length);
    if (starts.empty()) {
      CHECK_THROWS_AS((void)window.count(length), bad_argument);
      return;
    }
    REQUIRE(window.count(length) == starts.size());
    auto const all = window.all_inside(length);
    bool right = all.size() == starts.size();
    for (std::size_t w = 0; w < starts.size(); ++w) {
      std::vector<std::size_t> read, expected;
      for (auto tap = all[w].first; tap < all[w].last; ++tap) read.push_back(window.source(w, tap));
      for (long tap = 0; tap < how.size[0]; ++tap)
        if (auto const at = starts[w] + tap * how.dilation[0]; at >= 0 && at < static_cast<long>(length))
          expected.push_back(static_cast<std::size_t>(at));
      right = right && read == expected && all[w] == window.inside(w, length) && all[w].size() == expected.size();
    }
    CHECK(right);
  });
}

TEST_CASE("a tap in the padding reads the nearest one that is not") {
  CHECK(window_taps({3, 1, 1, 1, 1}, 3) == std::vector<std::size_t>{0, 0, 1, 0, 1, 2, 1, 2, 2});
  CHECK(window_taps({2, 2, 1, 0, 1}, 3) == std::vector<std::size_t>{0, 2, 1, 2});
  CHECK(window_taps({3, 1, 2, 2, 2}, 2) == std::vector<std::size_t>{0, 1, 0, 1, 0, 1});
  CHECK(window_taps({1, 3}, 7) == std::vector<std::size_t>{0, 3, 6});
  windows([](window_axis const& window, sliding const&, std::size_t length) {
    std::vector<std::size_t> taps;
    try {
      taps = window_taps(window, length);
    } catch (bad_argument const&) {
      return;
    }
    auto const n = window.count(length);
    bool right = taps.size() == window.size * n;
    for (std::size_t w = 0; w < n; ++w) {
      std::vector<std::size_t> own, read;
      for (std::size_t tap = 0; tap < window.size; ++tap) {
        auto const at = w * window.stride + tap * window.dilation;
        if (at >= window.before && at - window.before < length) own.push_back(at - window.before);
        read.push_back(taps[tap * n + w]);
      }
      right = right && std::is_sorted(read.begin(), read.end());
      read.erase(std::unique(read.begin(), read.end()), read.end());
      right = right && read == own;
    }
    CHECK(right);
  });
  CHECK_THROWS_WITH_AS((void)window_taps({2, 1, 1, 2, 0}, 3), "window: window 0 lies in the padding as a whole", bad_argument);
  CHECK_THROWS_WITH_AS((void)window_taps({2, 1, 1, 0, 2}, 3), "window: window 3 lies in the padding as a whole", bad_argument);
}

TEST_CASE("padding of the same extent is the least that gives so many windows") {
  for (std::size_t const rows : {1, 4, 7})
    for (std::size_t const columns : {2, 5})
      for (std::size_t const size : {1, 2, 3, 5})
        for (std::size_t const stride : {1, 2, 3})
          for (std::size_t const dilation : {1, 2}) {
            CAPTURE(rows);
            CAPTURE(columns);
            CAPTURE(size);
            CAPTURE(stride);
            CAPTURE(dilation);
            window2d const window{{size, stride, dilation}, {size + 1, stride, dilation}};
            auto const s = static_cast<long>(size);
            sliding const how{{s, s + 1},
                              {static_cast<long>(stride), static_cast<long>(stride)},
                              {static_cast<long>(dilation), static_cast<long>(dilation)}};
            auto const tall = static_cast<std::size_t>(least_padding(how, 0, rows));
            auto const wide = static_cast<std::size_t>(least_padding(how, 1, columns));
            auto expected = window;
            expected.rows.before = tall / 2, expected.rows.after = tall - tall / 2;
            expected.columns.before = wide / 2, expected.columns.after = wide - wide / 2;
            CHECK(padding2d::same().around(window, rows, columns) == expected);
            std::swap(expected.rows.before, expected.rows.after);
            std::swap(expected.columns.before, expected.columns.after);
            CHECK(padding2d::same_lower().around(window, rows, columns) == expected);
          }
  window2d const window{{3, 2}, {2, 1, 3}};
  CHECK(padding2d::valid().around(window, 9, 9) == window);
  CHECK(padding2d::of(1, 2, 3, 4).around(window, 9, 9) == window2d{{3, 2, 1, 1, 2}, {2, 1, 3, 3, 4}});
  CHECK(window2d{{3, 2, 1, 1, 2}, {2, 1, 3, 3, 4}}.numbers() == shape_type{3, 2, 1, 1, 2, 2, 1, 3, 3, 4});
}

TEST_CASE("windows that cannot be are refused") {
  CHECK_THROWS_WITH_AS((void)window_axis({3, 1, 2, 1, 0}).count(3),
                       "window: 3 taps, 2 apart, do not fit an axis of 3 with 1 + 0 of padding", bad_argument);
  CHECK_THROWS_AS((void)window_axis({1}).count(0), bad_argument);
  for (window_axis const& none : {window_axis{0}, window_axis{1, 0}, window_axis{1, 1, 0}}) {
    CHECK_THROWS_WITH_AS((void)none.count(5), "window: sizes, strides and dilations are at least 1", bad_argument);
    CHECK_THROWS_AS((void)padding2d::same().around({none, {}}, 5, 5), bad_argument);
    CHECK_THROWS_AS((void)padding2d::same_lower().around({{}, none}, 5, 5), bad_argument);
  }
  auto const huge = std::size_t{1} << 63;
  for (window_axis const& wraps : {window_axis{3, 1, huge}, window_axis{1, huge}, window_axis{2, 1, 1, huge, huge},
                                   window_axis{huge, 1, 2}, window_axis{2, 1, 1, 0, ~std::size_t{0}}})
    CHECK_THROWS_WITH_AS((void)wraps.count(5), "window: sizes, strides, dilations and padding are below 2^31", bad_argument);
}

}  // namespace koi::test
