// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/smooth.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

/// A dense grid over everything that is not constant, each point as encoded, and the extremes.
template <class Fixed>
plain_tensor grid() {
  constexpr std::size_t points = 8193;
  std::vector<double> x;
  for (std::size_t i = 0; i < points; ++i)
    x.push_back(Fixed::decode(Fixed::encode((static_cast<double>(i) / (points - 1) - 0.5) * 32)));
  auto const top = std::nextafter(Fixed::bound(), 0.0) - 1;  // rounds to what has an encoding
  for (double const v : {16.5, 20.0, 100.0, 1e4, top / 2, top, 0x1p-16, 12.5, 11.4375, 9.4375, 7.1875, 0.6875, 0.25})
    for (double const sign : {1.0, -1.0}) x.push_back(sign * v);
  return xt::adapt(x, shape_type{x.size()});
}
double exact_sigmoid(double v) { return 1 / (1 + std::exp(-v)); }
double exact_tanh(double v) { return std::tanh(v); }

/// The error stays within its bound everywhere, and far below on average.
template <class P, class F>
void check_curve(private_tensor<P> const& got, plain_tensor const& x, F exact, double most, double units) {
  CHECK(got.shape() == shape_type{x.size()});
  auto const real = result(got);
  if (!real) return;
  auto const expected = applied(x, exact);
  CHECK(distance(*real, expected) <= most + units * P::fixed::unit());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::abs(real->data()[i] - expected.data()[i]);
  CHECK(sum / static_cast<double>(x.size()) <= most / 2 + 0.3 * units * P::fixed::unit());
}

}  // namespace

TEST_CASE_TEMPLATE("sigmoid and tanh within their stated error", P, pond<ring64, 16>, securenn<ring64, 16>,
                   securenn<ring64, 24>, pond<ring128, 32>, securenn<ring128, 32>, pond<ring128, 40>,
                   pond<ring64, 16, local>) {
  auto const x = grid<typename P::fixed>();
  auto const units = std::is_same_v<typename P::truncation, local> ? 6.0 : 1.05;  // `local` keeps few bits inside
  run_parties<P>({}, [&](party& self) {
    auto const shared_x = secret<P>(self, x);
    check_curve<P>(sigmoid(shared_x), x, exact_sigmoid, 3e-6, units);
    check_curve<P>(tanh(shared_x), x, exact_tanh, 5e-6, units);
  });
}

TEST_CASE_TEMPLATE("sigmoid and tanh of any shape", P, pond<ring64, 16>, securenn<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    for (shape_type const& shape : {shape_type{}, {3}, {2, 3}, {2, 1, 3, 2}, {0}, {2, 0}}) {
      CAPTURE(to_string(shape));
      auto const x = numbers(shape, 4, 0x1p-16, 1);
      check_near(sigmoid(secret<P>(self, x)), applied(x, exact_sigmoid), 4);
      check_near(tanh(secret<P>(self, x)), applied(x, exact_tanh), 4);
    }
  });
}

TEST_CASE("what a smooth function costs") {
  using P = securenn<ring64, 16>;
  auto const laps = run_parties<P>({}, [](party& self) {
    auto const x = secret<P>(self, numbers({5}, 6, 0.5, 2));
    std::array<lap, 2> out;
    for (std::size_t i = 0; i < 2; ++i) {
      auto const before = self.spent();
      (void)(i == 0 ? sigmoid(x) : tanh(x));
      out[i] = lap_since(self, before);
    }
    return out;
  });
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<lap> one;
    for (auto const& l : laps) one.push_back(l[i]);
    auto const products = [](std::size_t rows, std::size_t pairs) {
      P::share_type const x{shape_type{rows, 5}};
      return P::product_cost(x, x, {pairs, 5});
    };
    constexpr auto f = P::frac_bits, bits = koi::detail::spline_bits<P>;
    auto const v_bits = f + (i == 0 ? 2 : 1);
    CHECK(measured(one) == P::is_nonnegative_cost({6 * 5}) + products(5, 5) + P::truncate_cost({5, 5}, v_bits) +
                               products(3, 3) + P::truncate_cost({2, 5}, bits) + products(2, 1) +
                               P::truncate_cost({5}, 2 * bits - f));
  }
}

}  // namespace koi::testing
