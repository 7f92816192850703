// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/comparison.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double as_number(bool b) { return b ? 1 : 0; }

/// Every comparison of x with y, against the plain one.
template <class X, class Y>
void check_comparisons(X const& x, Y const& y, plain_tensor const& a, plain_tensor const& b) {
  auto const expected = [&](auto f) {
    auto const shape = broadcast_shape("test", shape_type(a.shape().begin(), a.shape().end()),
                                       shape_type(b.shape().begin(), b.shape().end()));
    plain_tensor const left = xt::broadcast(a, shape), right = xt::broadcast(b, shape);
    plain_tensor out = plain_tensor::from_shape(shape);
    for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = f(left.data()[i], right.data()[i]);
    return out;
  };
  check_near(less(x, y), expected([](double u, double v) { return as_number(u < v); }), 0);
  check_near(less_equal(x, y), expected([](double u, double v) { return as_number(u <= v); }), 0);
  check_near(greater(x, y), expected([](double u, double v) { return as_number(u > v); }), 0);
  check_near(greater_equal(x, y), expected([](double u, double v) { return as_number(u >= v); }), 0);
  check_near(equal(x, y), expected([](double u, double v) { return as_number(u == v); }), 0);
  check_near(not_equal(x, y), expected([](double u, double v) { return as_number(u != v); }), 0);
  check_near(maximum(x, y), expected([](double u, double v) { return std::max(u, v); }), 0);
  check_near(minimum(x, y), expected([](double u, double v) { return std::min(u, v); }), 0);
}

double plain_sign(double v) { return as_number(v > 0) - as_number(v < 0); }

/// What is known of one number, against the plain ones.
template <class T>
void check_signs(T const& x, plain_tensor const& a) {
  check_near(sign(x), applied(a, plain_sign), 0);
  check_near(equal_zero(x), applied(a, [](double v) { return as_number(v == 0); }), 0);
  check_near(abs(x), applied(a, [](double v) { return std::abs(v); }), 0);
  check_near(relu(x), applied(a, [](double v) { return std::max(v, 0.0); }), 0);
  check_near(is_nonnegative(x), applied(a, [](double v) { return as_number(v >= 0); }), 0);
}

}  // namespace

TEST_CASE_TEMPLATE("every pair of numbers of a small fixed point", P, pond<ring8, 2>, securenn<ring8, 2>) {
  auto const all = units_from<typename P::fixed>(-31, 63);
  plain_tensor const column = xt::reshape_view(all, shape_type{63, 1});
  run_parties<P>({}, [&](party& self) {
    auto const x = secret<P>(self, column), y = secret<P>(self, all);
    check_comparisons(x, y, column, all);
    check_signs(y, all);
    check_near(clip(y, -2.25, 3.5), applied(all, [](double v) { return std::clamp(v, -2.25, 3.5); }), 0);
  });
}

TEST_CASE_TEMPLATE("comparisons with private, public and plain operands, at the edges", P, KOI_TEST_BOTH_PROTOCOLS) {
  auto const unit = P::fixed::unit();
  auto const end = std::ldexp(1, static_cast<int>(P::ring::bits - 3 - P::frac_bits));  // no number is as large
  auto const top = std::nextafter(end, 0);
  plain_tensor const edges{0, unit, -unit, 1, -1, 3.75, -2.5, end / 2, -end / 2, top, -top};
  plain_tensor const column = xt::reshape_view(edges, shape_type{edges.size(), 1});
  run_parties<P>({}, [&](party& self) {
    auto const x = secret<P>(self, column), y = secret<P>(self, edges);
    check_comparisons(x, y, column, edges);
    check_comparisons(x, known<P>(self, edges), column, edges);
    check_comparisons(known<P>(self, column), y, column, edges);
    auto const u = known<P>(self, column), v = known<P>(self, edges);
    auto const before = self.spent();
    check_comparisons(u, v, column, edges);
    check_signs(v, edges);
    CHECK(self.spent() == before);  // nothing travels for what is public
    check_signs(y, edges);
    for (double const s : {0.0, unit, -2.5, top}) {
      plain_tensor scalar = plain_tensor::from_shape(std::vector<std::size_t>{});
      scalar.data()[0] = s;
      check_comparisons(y, s, edges, scalar);
      check_comparisons(s, y, scalar, edges);
      check_comparisons(v, s, edges, scalar);
      check_comparisons(s, v, scalar, edges);
    }
    check_near(less(y, 4), applied(edges, [](double d) { return as_number(d < 4); }), 0);
    check_near(less(v, 4), applied(edges, [](double d) { return as_number(d < 4); }), 0);
    CHECK_THROWS_AS((void)less(y, secret<P>(self, plain_tensor{1, 2})), shape_mismatch);
    CHECK_THROWS_AS((void)equal(y, end), out_of_range);
  });
}

TEST_CASE_TEMPLATE("clip between private, public and plain bounds", P, KOI_TEST_BOTH_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const x = numbers({2, 3}, 4, 0x1p-16, 1);
    plain_tensor const low{-1, 0, 0.5}, high = with_shape({2, 0.5}, {2, 1});
    plain_tensor const expected = xt::minimum(xt::maximum(x, low), high);
    auto const shared_x = secret<P>(self, x);
    check_near(clip(shared_x, secret<P>(self, low), secret<P>(self, high)), expected, 0);
    check_near(clip(shared_x, known<P>(self, low), secret<P>(self, high)), expected, 0);
    check_near(clip(shared_x, -1, known<P>(self, high)), xt::minimum(xt::maximum(x, -1), high), 0);
    check_near(clip(shared_x, 1.5, 1.5), plain_tensor(xt::full_like(x, 1.5)), 0);
    auto const known_x = known<P>(self, x);
    check_near(clip(known_x, known<P>(self, low), known<P>(self, high)), expected, 0);
    check_near(clip(known_x, -1, known<P>(self, high)), xt::minimum(xt::maximum(x, -1), high), 0);
    check_near(clip(known_x, secret<P>(self, low), known<P>(self, high)), expected, 0);
    check_near(clip(known_x, known<P>(self, low), secret<P>(self, high)), expected, 0);
    check_near(clip(known_x, secret<P>(self, low), secret<P>(self, high)), expected, 0);
    CHECK_THROWS_AS((void)clip(known_x, 1, 0.5), bad_argument);
    CHECK_THROWS_AS((void)clip(shared_x, 1, 0.5), bad_argument);
    CHECK_THROWS_AS((void)clip(shared_x, 0, std::nan("")), bad_argument);
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("comparisons of any shape, by every way to compare", P,
                   pond<ring64, 16, assisted, pond_policy::comparison_keys<40>>,
                   pond<ring64, 16, local, pond_policy::carry_tree<2>>,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  run_parties<P>({}, [](party& self) {
    for (shape_type const& shape : {shape_type{}, {3}, {2, 1, 3, 2}, {0}, {2, 0}}) {
      CAPTURE(to_string(shape));
      auto const x = numbers(shape, 2, 0.5, 1);
      auto const shared_x = secret<P>(self, x);
      check_near(sign(shared_x), applied(x, plain_sign), 0);
      check_near(equal(shared_x, 0.5), applied(x, [](double v) { return as_number(v == 0.5); }), 0);
      check_near(clip(shared_x, -1, 1), applied(x, [](double v) { return std::clamp(v, -1.0, 1.0); }), 0);
    }
  });
}
#endif

TEST_CASE("what comparisons cost") {
  using P = pond<ring64, 16>;
  auto const x = numbers({64}, 2, 0.5, 1);
  auto const sign_cost = P::is_nonnegative_cost({64}), two_signs = P::is_nonnegative_cost({2, 64});
  CHECK(cost_of<P>(x, [](auto const& v) { return less(v, 1); }) == sign_cost);
  CHECK(cost_of<P>(x, [](auto const& v) { return greater(1, v); }) == sign_cost);
  CHECK(cost_of<P>(x, [](auto const& v) { return not_equal(v, 1); }) == two_signs);
  CHECK(cost_of<P>(x, [](auto const& v) { return sign(v); }) == two_signs);
  CHECK(cost_of<P>(x, [](auto const& v) { return abs(v); }) == P::relu_cost({64}));
  CHECK(cost_of<P>(x, [](auto const& v) { return minimum(v, 1); }) == P::relu_cost({64}));
  CHECK(cost_of<P>(x, [](auto const& v) { return clip(v, 0, 1); }) == P::relu_cost({2, 64}));
}

}  // namespace koi::testing
