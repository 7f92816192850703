// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/division.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double inverse(double v) { return 1 / v; }

/// The largest divisor.
template <class P>
double top = std::ldexp(1.98, static_cast<int>(P::ring::bits / 2 - 2 - P::frac_bits));

template <class P>
constexpr tolerance as_stated{2, P::frac_bits > 18 ? 0x1p-35 : 0x1p-18};

}  // namespace

TEST_CASE_TEMPLATE("reciprocals over the whole range", P, KOI_TEST_ONE_PROTOCOL) {
  using fixed = typename P::fixed;
  auto const dense = by_ratio<fixed>(fixed::unit(), top<P>, 4096);
  auto const smallest = units_from<fixed>(1, 300),
             largest = units_from<fixed>(std::floor(top<P> / fixed::unit()) - 50, 50);
  run_parties<P>({}, [&](party& self) {
    for (auto const& x : {dense, smallest, largest}) {
      check_function(reciprocal(secret<P>(self, x), divisor::positive), x, inverse, as_stated<P>);
      plain_tensor const negative = -x;
      check_function(reciprocal(secret<P>(self, x)), x, inverse, as_stated<P>);
      check_function(reciprocal(secret<P>(self, negative)), negative, inverse, as_stated<P>);
    }
  });
}

TEST_CASE_TEMPLATE("quotients of private, public and plain numerators", P, KOI_TEST_BOTH_PROTOCOLS) {
  auto const close = [](auto const& got, plain_tensor const& expected) {
    CHECK(got.shape() == shape_type(expected.shape().begin(), expected.shape().end()));
    auto const real = result(got);
    if (!real) return;
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(std::abs(real->data()[i] - expected.data()[i]) <= 0x1p-15 + 0x1p-18 * std::abs(expected.data()[i]));
  };
  run_parties<P>({}, [&](party& self) {
    auto const a = numbers({5, 1}, 1000, 0x1p-16, 1);
    plain_tensor const b{0x1.1p-5, -0.5, 3, 7.75, -1e4};
    plain_tensor const quotient = a / b, of_one = 1 / b;
    auto const x = secret<P>(self, a), y = secret<P>(self, b);
    close(x / y, quotient);
    close(known<P>(self, a) / y, quotient);
    close(1 / y, of_one);
    close(-2.5 / y, -2.5 * of_one);
    close(divide(x, secret<P>(self, xt::abs(b)), divisor::positive), xt::abs(b) / b * quotient);
    auto const same = numbers({200}, 0x1p14, 0x1p-16, 2);
    auto const v = secret<P>(self, same);
    close(v / v, plain_tensor(xt::ones<double>({200})));
    // the largest numerators and quotients
    plain_tensor const large{0x1.fp18, -0x1.fp18, 0x1.fp15, -0x1.fp15}, divisors{16, 16.5, 1, -1};
    close(secret<P>(self, large) / secret<P>(self, divisors), large / divisors);
    // what a division by zero gives is a number, which a factor 0 takes away
    check_near((1 / secret<P>(self, plain_tensor{0, 1})) * known<P>(self, plain_tensor{0, 0}), plain_tensor{0, 0}, 0);
    for (shape_type const& shape : {shape_type{}, {0}, {2, 0}, {2, 1, 2}}) {
      auto const d = applied(numbers(shape, 4, 0.5, 3), [](double u) { return u + 5; });
      close(reciprocal(secret<P>(self, d)), 1 / d);
      close(
          secret<P>(self, numbers({2, 1, 2}, 4, 0.5, 4)) / secret<P>(self, shape.size() == 3 ? d : plain_tensor{3, 5}),
          numbers({2, 1, 2}, 4, 0.5, 4) / (shape.size() == 3 ? d : plain_tensor{3, 5}));
    }
    CHECK_THROWS_AS((void)(secret<P>(self, plain_tensor{1, 2, 3}) / secret<P>(self, plain_tensor{1, 2})),
                    shape_mismatch);
    CHECK_THROWS_AS((void)(0x1p100 / y), out_of_range);
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("division in other rings, fixed points and policies", P, pond<ring128, 32>,
                   securenn<ring128, 32>, securenn<ring64, 24>,
                   pond<ring64, 16, assisted, pond_policy::comparison_keys<40>>) {
  using fixed = typename P::fixed;
  run_parties<P>({}, [](party& self) {
    auto const x = by_ratio<fixed>(fixed::unit() * 100, top<P>, 200);
    plain_tensor const negative = -x;
    check_function(reciprocal(secret<P>(self, negative)), negative, inverse,
                   {2, P::ring::bits == 128 ? 0x1p-35 : 0x1p-18});
    check_function(divide(secret<P>(self, x), secret<P>(self, x), divisor::positive), x, [](double) { return 1.0; },
                   {2, P::ring::bits == 128 ? 0x1p-35 : 0x1p-18});
  });
}
#endif

TEST_CASE_TEMPLATE("a division that is prepared before its inputs", P, KOI_TEST_ONE_PROTOCOL) {
  run_parties<P>({}, [](party& self) {
    plain_tensor const a{1, -2, 1000}, b{0x1.3p-7, 3, -7};
    std::optional<plain_tensor> got;
    auto const part = [&] { got = result(secret<P>(self, a) / secret<P>(self, b)); };
    self.make_ahead(part);
    CHECK(!got);
    self.use_ahead(part);
    if (got) CHECK(distance(*got, a / b) <= 2e-3);
  });
}

}  // namespace koi::testing
