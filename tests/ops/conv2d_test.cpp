// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/conv2d.hpp>

#include "plain_maps.hpp"

namespace koi::testing {

namespace {

struct convolution {
  shape_type images, filters;
  conv2d_options how{};
  plain::sliding same_as{};  ///< the same for the reference
};

/// Strides and dilations are taken from the options, padding is the reference's own.
plain::sliding sliding_of(conv2d_options const& how, std::array<long, 2> before, std::array<long, 2> after) {
  auto const two = [](std::array<std::size_t, 2> const& a) { return std::array<long, 2>{static_cast<long>(a[0]), static_cast<long>(a[1])}; };
  return {{}, two(how.strides), two(how.dilation), before, after};
}
convolution valid(shape_type images, shape_type filters, conv2d_options how) {
  return {std::move(images), std::move(filters), how, sliding_of(how, {}, {})};
}
convolution padded(shape_type images, shape_type filters, conv2d_options how, std::array<long, 2> before, std::array<long, 2> after) {
  auto const n = [](long v) { return static_cast<std::size_t>(v); };
  how.padding = padding2d::of(n(before[0]), n(after[0]), n(before[1]), n(after[1]));
  return {std::move(images), std::move(filters), how, sliding_of(how, before, after)};
}
convolution same(shape_type images, shape_type filters, conv2d_options how, bool lower) {
  how.padding = lower ? padding2d::same_lower() : padding2d::same();
  auto sliding = sliding_of(how, {}, {});
  sliding.size = {static_cast<long>(filters[0]), static_cast<long>(filters[1])};
  for (std::size_t axis : {0u, 1u}) {
    auto const all = plain::least_padding(sliding, axis, images[axis + 1]);
    sliding.before[axis] = lower ? all - all / 2 : all / 2;
    sliding.after[axis] = all - sliding.before[axis];
  }
  return {std::move(images), std::move(filters), how, sliding};
}

std::vector<convolution> all_convolutions() {
  return {valid({1, 5, 6, 2}, {3, 2, 2, 3}, {}),
          valid({3, 7, 5, 1}, {5, 3, 1, 2}, {.strides = {2, 1}}),
          valid({2, 4, 6, 3}, {1, 1, 3, 4}, {}),
          valid({1, 5, 5, 2}, {1, 1, 2, 2}, {.strides = {2, 3}}),
          same({1, 5, 6, 2}, {3, 2, 2, 3}, {.strides = {2, 3}}, false),
          same({1, 4, 7, 1}, {2, 5, 1, 2}, {.dilation = {2, 1}}, true),
          padded({2, 5, 4, 2}, {3, 3, 2, 2}, {.strides = {1, 2}}, {2, 0}, {0, 1}),
          padded({1, 4, 4, 4}, {2, 3, 2, 6}, {.dilation = {1, 2}, .groups = 2}, {1, 1}, {0, 2}),
          same({1, 5, 4, 3}, {3, 3, 1, 3}, {.groups = 3}, false),
          valid({2, 5, 4, 3}, {2, 2, 1, 6}, {.strides = {3, 2}, .groups = 3}),
          valid({0, 5, 4, 2}, {3, 3, 2, 2}, {}),
          valid({1, 5, 4, 2}, {3, 3, 2, 0}, {})};
}

plain_tensor expected_of(plain_tensor const& x, plain_tensor const& w, convolution const& c, shape_type const& filters, std::size_t groups) {
  auto const [shape, values] = plain::conv2d<double>(c.images, x.data(), filters, w.data(), c.same_as, groups,
                                                     [](double sum, double a, double b) { return sum + a * b; });
  plain_tensor out = plain_tensor::from_shape(shape);
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

/// Private and public operands; the second time both are open behind their masks.
template <Protocol P, class Op>
void check_all_kinds(party& self, plain_tensor const& a, plain_tensor const& b, plain_tensor const& expected, Op op) {
  auto const x = secret<P>(self, a), w = secret<P>(self, b);
  check_near(op(x, w), expected, 0.99999);
  check_near(op(x, known<P>(self, b)), expected, 0.99999);
  check_near(op(known<P>(self, a), w), expected, 0.99999);
  check_near(op(known<P>(self, a), known<P>(self, b)), expected, 0.5);
  auto const before = self.spent();
  auto const again = op(x, w);
  auto const here = self.spent();
  (void)P::truncate(self, P::scale(again.share(), 1), P::frac_bits);
  CHECK((here - before).sent(phase::online).bytes == (self.spent() - here).sent(phase::online).bytes);
}

}  // namespace

TEST_CASE_TEMPLATE("convolutions of every kind", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& c : all_convolutions()) {
      CAPTURE(to_string(c.images));
      CAPTURE(to_string(c.filters));
      auto const a = some(c.images, 1), b = some(c.filters, 2);
      check_all_kinds<P>(self, a, b, expected_of(a, b, c, c.filters, c.how.groups),
                         [&](auto const& x, auto const& w) { return conv2d(x, w, c.how); });
    }
  });
}

TEST_CASE_TEMPLATE("every channel with filters of its own", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& c : {valid({2, 5, 4, 3}, {3, 2, 3, 1}, {}), same({1, 5, 4, 3}, {2, 3, 3, 2}, {.strides = {2, 1}}, false),
                          padded({1, 4, 5, 2}, {3, 3, 2, 1}, {.dilation = {2, 1}}, {1, 2}, {2, 0}), valid({1, 4, 4, 1}, {2, 2, 1, 3}, {})}) {
      CAPTURE(to_string(c.images));
      CAPTURE(to_string(c.filters));
      auto const a = some(c.images, 3), b = some(c.filters, 4);
      auto const& f = c.filters;
      check_all_kinds<P>(self, a, b, expected_of(a, b, c, {f[0], f[1], 1, f[2] * f[3]}, f[2]),
                         [&](auto const& x, auto const& w) { return depthwise_conv2d(x, w, c.how); });
    }
  });
}

TEST_CASE_TEMPLATE("convolutions that cannot be are refused everywhere, and the session goes on", P, pond<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    auto const images = some({1, 5, 4, 4}, 5), filters = some({3, 2, 4, 6}, 6);
    auto const refuse = [&](auto const& x, auto const& w) {
      auto const refused = [&](conv2d_options const& how, std::string const& text) {
        check_refused<bad_argument>(self, [&] { (void)conv2d(x, w, how); }, text);
      };
      refused({.strides = {0, 1}}, "window: sizes, strides and dilations are at least 1");
      refused({.padding = padding2d::same(), .dilation = {1, 0}}, "window: sizes, strides and dilations are at least 1");
      refused({.dilation = {1, 4}}, "window: 2 taps, 4 apart, do not fit an axis of 4 with 0 + 0 of padding");
      refused({.groups = 0}, "conv2d: there are no 0 groups");
      refused({.groups = 3}, "conv2d in 3 groups: shapes [1,5,4,4] and [3,2,4,6] do not combine");
      check_refused<shape_mismatch>(self, [&] { (void)conv2d(x, reshape(w, {3, 2, 24}), {}); }, "conv2d: shapes [1,5,4,4] and [3,2,24] do not combine");
      check_refused<shape_mismatch>(self, [&] { (void)conv2d(x, reshape(w, {3, 4, 2, 6}), {}); }, "conv2d: shapes [1,5,4,4] and [3,4,2,6] do not combine");
      check_refused<shape_mismatch>(self, [&] { (void)depthwise_conv2d(x, reshape(w, {3, 4, 2, 6}), {}); },
                                    "depthwise_conv2d: shapes [1,5,4,4] and [3,4,2,6] do not combine");
      check_refused<bad_argument>(self, [&] { (void)depthwise_conv2d(x, w, {.groups = 2}); }, "depthwise_conv2d: every channel is a group of its own");
    };
    auto const x = secret<P>(self, images), w = secret<P>(self, filters);
    refuse(x, w);
    refuse(x, known<P>(self, filters));
    refuse(known<P>(self, images), w);
    refuse(known<P>(self, images), known<P>(self, filters));
    auto const c = valid({1, 5, 4, 4}, {3, 2, 4, 6}, {});
    check_near(conv2d(x, w), expected_of(images, filters, c, c.filters, 1), 0.99999);
  });
}

}  // namespace koi::testing
