// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/pooling.hpp>

#include "plain_maps.hpp"
#include "tests/support/plain_pooling.hpp"

namespace koi::testing {

namespace {

using plain::largest_of, plain::mean, plain::pooled, plain::pooling, plain::total;

std::vector<pooling> const poolings{
    {{2, 4, 6, 2}},                                                                     // side by side
    {{1, 5, 7, 1}, {.window = {2, 3}, .strides = {{1, 2}}}},                            // overlapping
    {{1, 7, 5, 2}, {.window = {2, 1}, .strides = {{3, 2}}}},                            // with gaps
    {{1, 5, 4, 2}, {.window = {3, 3}, .strides = {{1, 1}}, .padding = padding2d::same()}, {1, 1}, {1, 1}},
    {{2, 5, 5, 1}, {.padding = padding2d::same()}, {0, 0}, {1, 1}},
    {{2, 5, 5, 1}, {.padding = padding2d::same_lower()}, {1, 1}, {0, 0}},
    {{1, 4, 6, 1}, {.window = {3, 2}, .strides = {{2, 2}}, .padding = padding2d::of(2, 0, 1, 1)}, {2, 1}, {0, 1}},
    {{1, 6, 7, 1}, {.window = {2, 3}, .strides = {{1, 1}}, .padding = padding2d::of(1, 1, 2, 0), .dilation = {2, 3}}, {1, 2}, {1, 0}},
    {{1, 9, 8, 1}, {.window = {7, 7}, .strides = {{1, 1}}, .padding = padding2d::same()}, {3, 3}, {3, 3}},
    {{2, 3, 4, 2}, {.window = {1, 1}}},
    {{1, 5, 5, 1}, {.window = {1, 1}, .strides = {{2, 3}}}},
    {{1, 3, 2, 2}, {.window = {3, 2}}},
    {{0, 4, 4, 2}}};

}  // namespace

TEST_CASE_TEMPLATE("the largest of each window, and never of the padding", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& p : poolings)
      for (bool const negative : {false, true}) {
        CAPTURE(to_string(p.images));
        CAPTURE(negative);
        auto a = some(p.images, 1);
        if (negative) a = a - 9.0;
        check_near(max_pool2d(secret<P>(self, a), p.how), pooled(a, p, largest_of), 0);
        check_near(max_pool2d(known<P>(self, a), p.how), pooled(a, p, largest_of), 0);
      }
  });
}

TEST_CASE_TEMPLATE("the mean of each window, with the padding left out or counted", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& p : poolings) {
      CAPTURE(to_string(p.images));
      auto const a = some(p.images, 2);
      auto const left_out = pooled(a, p, mean);
      check_near(average_pool2d(secret<P>(self, a), p.how), left_out, 1.3);
      check_near(average_pool2d(known<P>(self, a), p.how), left_out, 0.51);
      auto const taps = static_cast<double>(p.how.window[0] * p.how.window[1]);
      auto const counted = pooled(a, p, [&](auto const& all) { return total(all) / taps; });
      check_near(average_pool2d(secret<P>(self, a), p.how, count_padding::yes), counted, 1.3);
      check_near(average_pool2d(known<P>(self, a), p.how, count_padding::yes), counted, 0.51);
    }
    // large numbers in windows of many different counts
    pooling const p{{1, 9, 8, 1}, {.window = {7, 7}, .strides = {{1, 1}}, .padding = padding2d::same()}, {3, 3}, {3, 3}};
    auto const a = numbers(p.images, 1024, 0x1p-16, 3);
    check_near(average_pool2d(secret<P>(self, a), p.how), pooled(a, p, mean), 1 + 1024 * 49.0 / 2048);
    // nothing to divide by, nothing to pay
    auto const x = secret<P>(self, some({1, 3, 3, 1}, 4));
    auto const before = self.spent();
    auto const same = average_pool2d(x, {.window = {1, 1}});
    CHECK(self.spent() == before);
    check_near(same, some({1, 3, 3, 1}, 4), 0);
  });
}

TEST_CASE_TEMPLATE("the largest and the mean of whole images", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (shape_type const& shape : {shape_type{2, 3, 4, 2}, {1, 1, 1, 3}, {1, 5, 1, 1}, {0, 2, 2, 1}}) {
      CAPTURE(to_string(shape));
      auto const a = plain_tensor(some(shape, 5) - 9.0);
      pooling const p{shape, {.window = {shape[1], shape[2]}}};
      auto wide_max = pooled(a, p, largest_of), wide_mean = pooled(a, p, mean);
      auto const flat = [&](plain_tensor t) {
        t.reshape(shape_type{shape[0], shape[3]});
        return t;
      };
      auto const x = secret<P>(self, a);
      check_near(global_max_pool2d(x, keep_axes::yes), wide_max, 0);
      check_near(global_max_pool2d(x), flat(wide_max), 0);
      check_near(global_max_pool2d(known<P>(self, a), keep_axes::yes), wide_max, 0);
      check_near(global_max_pool2d(known<P>(self, a)), flat(wide_max), 0);
      check_near(global_average_pool2d(x, keep_axes::yes), wide_mean, 1.3);
      check_near(global_average_pool2d(x), flat(wide_mean), 1.3);
      check_near(global_average_pool2d(known<P>(self, a)), flat(wide_mean), 0.51);
    }
  });
}

TEST_CASE_TEMPLATE("pooling that cannot be is refused everywhere, and the session goes on", P, pond<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    auto const a = some({1, 4, 4, 1}, 6), flat = some({4, 4}, 6);
    auto const refuse = [&](auto const& x, auto const& matrix, auto pool) {
      auto const refused = [&](pool2d_options const& how, std::string const& text) {
        check_refused<bad_argument>(self, [&] { pool(x, how); }, text);
      };
      refused({.window = {5, 1}}, "window: 5 taps, 1 apart, do not fit an axis of 4 with 0 + 0 of padding");
      refused({.window = {0, 1}}, "window: sizes, strides and dilations are at least 1");
      refused({.strides = {{1, 0}}}, "window: sizes, strides and dilations are at least 1");
      refused({.padding = padding2d::same(), .dilation = {0, 1}}, "window: sizes, strides and dilations are at least 1");
      CHECK_THROWS_AS(pool(x, {.padding = padding2d::of(2, 0, 0, 0)}), bad_argument);
      CHECK_THROWS_AS(pool(x, {.padding = padding2d::of(0, 0, 0, 2)}), bad_argument);
      check_refused<bad_argument>(self, [&] { pool(matrix, {}); }, "pool2d: shape [4,4] is not [images, rows, columns, channels]");
    };
    auto const x = secret<P>(self, a), matrix = secret<P>(self, flat);
    refuse(x, matrix, [](auto const& t, pool2d_options const& how) { (void)max_pool2d(t, how); });
    refuse(x, matrix, [](auto const& t, pool2d_options const& how) { (void)average_pool2d(t, how); });
    refuse(known<P>(self, a), known<P>(self, flat), [](auto const& t, pool2d_options const& how) { (void)max_pool2d(t, how); });
    refuse(known<P>(self, a), known<P>(self, flat), [](auto const& t, pool2d_options const& how) { (void)average_pool2d(t, how); });
    auto const nothing = secret<P>(self, some({1, 0, 2, 1}, 6));
    auto const before = self.spent();
    CHECK_THROWS_AS((void)global_max_pool2d(matrix), bad_argument);
    CHECK_THROWS_AS((void)global_average_pool2d(matrix), bad_argument);
    CHECK_THROWS_AS((void)global_max_pool2d(nothing), bad_argument);
    CHECK_THROWS_AS((void)global_average_pool2d(nothing), bad_argument);
    CHECK(self.spent() == before);
    // where the padding counts, a window may lie in it as a whole
    pooling const p{{1, 4, 4, 1}, {.padding = padding2d::of(2, 0, 0, 0)}, {2, 0}, {0, 0}};
    check_near(average_pool2d(x, p.how, count_padding::yes), pooled(a, p, [](auto const& all) { return total(all) / 4; }), 0.99999);
  });
}

}  // namespace koi::testing
