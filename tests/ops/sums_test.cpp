// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/sums.hpp>

#include "plain_maps.hpp"

namespace koi::testing {

namespace {

using list = std::vector<std::size_t>;

/// A shape, axes of it, and the same axes where none are named.
struct reduction {
  shape_type shape;
  list axes, all;
};
std::vector<reduction> const reductions{{{2, 3, 4}, {1}, {1}},     {{2, 3, 4}, {2, 0}, {0, 2}}, {{2, 3, 4}, {}, {0, 1, 2}},
                                        {{5}, {0}, {0}},           {{}, {}, {}},                {{2, 1, 3}, {1}, {1}},
                                        {{2, 2, 3, 2}, {1, 2, 3}, {1, 2, 3}}};

shape_type reduced(shape_type shape, list const& axes, keep_axes keep) {
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis)
    if (keep == keep_axes::yes)
      shape[*axis] = 1;
    else
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  return shape;
}

plain_tensor sums(plain_tensor const& x, list const& axes, shape_type const& to) {
  auto wide = scattered(x, reduced(shape_type(x.shape().begin(), x.shape().end()), axes, keep_axes::yes), [&](shape_type i) {
    for (auto const axis : axes) i[axis] = 0;
    return i;
  });
  wide.reshape(to);
  return wide;
}

}  // namespace

TEST_CASE_TEMPLATE("sums and means over axes", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axes, all] : reductions)
      for (auto const keep : {keep_axes::no, keep_axes::yes}) {
        CAPTURE(to_string(shape));
        CAPTURE(to_string(axes));
        auto const a = some(shape, 1);
        auto const to = reduced(shape, all, keep);
        auto const sum = sums(a, all, to);
        auto const x = secret<P>(self, a);
        auto const before = self.spent();
        auto const total = reduce_sum(x, axes, keep), open = reduce_sum(known<P>(self, a), axes, keep);
        CHECK(self.spent() == before);
        check_near(total, sum, 0);
        check_near(open, sum, 0);
        plain_tensor const mean = sum * (static_cast<double>(sum.size()) / static_cast<double>(a.size()));
        check_near(reduce_mean(x, axes, keep), mean, 1.01);
        check_near(reduce_mean(known<P>(self, a), axes, keep), mean, 0.51);
      }
    auto const a = some({2, 3}, 2);
    auto const x = secret<P>(self, a);
    check_near(reduce_sum(x, 1), sums(a, {1}, {2}), 0);
    check_near(reduce_sum(x, 0u, keep_axes::yes), sums(a, {0}, {1, 3}), 0);
    check_near(reduce_sum(x, {}), sums(a, {0, 1}, {}), 0);
    check_near(reduce_sum(x, {1, 0}), sums(a, {0, 1}, {}), 0);
    check_near(reduce_mean(x, 0), sums(a, {0}, {3}) / 2.0, 0.99999);
    check_near(reduce_mean(x, {}), sums(a, {0, 1}, {}) / 6.0, 1.01);
    check_near(reduce_sum(secret<P>(self, some({2, 0}, 3)), 1), sums(some({2, 0}, 3), {1}, {2}), 0);
    check_near(reduce_sum(secret<P>(self, some({0, 2}, 3)), 1), sums(some({0, 2}, 3), {1}, {0}), 0);
    check_near(reduce_mean(secret<P>(self, some({0, 2}, 3)), 1), sums(some({0, 2}, 3), {1}, {0}), 0);
    // many numbers: the sum is large, the mean is as close
    auto const many = numbers({7, 1009}, 1024, 0x1p-16, 4);
    check_near(reduce_mean(secret<P>(self, many), 1), sums(many, {1}, {7}) / 1009.0, 2 + 1024 / 2);
  });
}

TEST_CASE_TEMPLATE("running sums", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (shape_type const& shape : {shape_type{5}, {2, 3, 4}, {3, 0}, {1, 2}})
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        CAPTURE(to_string(shape));
        CAPTURE(axis);
        auto const a = some(shape, 5);
        auto expected = a;
        for (std::size_t k = 1; k < shape[axis]; ++k)  // every one after the one before it
          for (std::size_t i = 0; i < a.size(); ++i) {
            auto at = plain::index_at(shape, i);
            if (at[axis] != k) continue;
            --at[axis];
            expected.data()[i] += expected.data()[plain::flat_at(shape, at)];
          }
        auto const x = secret<P>(self, a);
        auto const before = self.spent();
        auto const running = cumsum(x, axis), open = cumsum(known<P>(self, a), axis);
        CHECK(self.spent() == before);
        check_near(running, expected, 0);
        check_near(open, expected, 0);
      }
  });
}

TEST_CASE_TEMPLATE("sums that cannot be are refused everywhere, and the session goes on", P, pond<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    auto const a = some({2, 3}, 6), nothing = some({2, 0}, 6);
    auto const refuse = [&](auto const& x, auto const& empty) {
      check_refused<bad_argument>(self, [&] { (void)reduce_sum(x, 2); }, "reduce_sum: axes [2] of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)reduce_sum(x, {0, 0}); }, "reduce_sum: axes [0, 0] of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)reduce_mean(x, {1, 2}); }, "reduce_mean: axes [1, 2] of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)reduce_mean(empty, 1); }, "reduce_mean: axes [1] of shape [2,0] hold nothing");
      check_refused<bad_argument>(self, [&] { (void)reduce_mean(empty); }, "reduce_mean: axes [0, 1] of shape [2,0] hold nothing");
      check_refused<bad_argument>(self, [&] { (void)cumsum(x, 2); }, "cumsum: shape [2,3] has no axis 2");
    };
    auto const x = secret<P>(self, a);
    refuse(x, secret<P>(self, nothing));
    refuse(known<P>(self, a), known<P>(self, nothing));
    check_near(reduce_mean(x, 0), sums(a, {0}, {3}) / 2.0, 0.99999);
  });
}

}  // namespace koi::testing
