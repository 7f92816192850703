// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/approx.hpp>

#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "fixed_numbers.hpp"

namespace koi::testing {

namespace {

struct curve {
  std::string name;
  double low, high;  ///< the documented interval
  std::function<double(double)> exact;
};
curve const sigmoid_curve{"sigmoid", -4, 4, [](double v) { return 1 / (1 + std::exp(-v)); }};
curve const tanh_curve{"tanh", -3, 3, [](double v) { return std::tanh(v); }};
curve const relu_curve{"relu", -5, 5, [](double v) { return std::max(v, 0.0); }};
curve const log_curve{"log", 0.3, 1.3, [](double v) { return std::log(v); }};

/// Errors of a polynomial at points, as the client sees them.
template <Protocol P>
std::vector<double> errors(private_tensor<P> (*f)(private_tensor<P> const&), curve const& of, std::vector<double> const& points) {
  plain_tensor const x = xt::adapt(points, shape_type{points.size()});
  auto const parts = run_parties<P>({}, [&](party& self) { return result(f(secret<P>(self, x))); });
  std::vector<double> out;
  for (std::size_t i = 0; i < points.size(); ++i) out.push_back(parts[client_id]->data()[i] - of.exact(points[i]));
  return out;
}

template <Protocol P>
double largest_error(private_tensor<P> (*f)(private_tensor<P> const&), curve const& of) {
  std::vector<double> points;
  for (int i = 0; i <= 2000; ++i) points.push_back(of.low + (of.high - of.low) * i / 2000);
  double largest = 0;
  for (auto const e : errors<P>(f, of, points)) largest = std::max(largest, std::abs(e));
  return largest;
}

/// Each error is as stated, to the digit that is stated.
void check_errors(std::vector<double> const& got, std::vector<double> const& stated, double digit) {
  REQUIRE(got.size() == stated.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - stated[i]) <= digit / 2);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("the polynomials have the errors that are known of them", P, pond<ring64, 16>, securenn<ring64, 16>) {
  check_errors(errors<P>(approx::sigmoid<P>, sigmoid_curve, {-4, 0, 4}), {-0.043, 0, 0.043}, 0.001);
  check_errors(errors<P>(approx::sigmoid<P>, sigmoid_curve, {-5, 5}), {-0.13, 0.13}, 0.01);
  check_errors(errors<P>(approx::sigmoid<P>, sigmoid_curve, {-8, 8}), {-3.02, 3.02}, 0.01);
  check_errors(errors<P>(approx::tanh<P>, tanh_curve, {-3, 0, 3}), {0.157, 0, -0.157}, 0.001);
  check_errors(errors<P>(approx::tanh<P>, tanh_curve, {-4, 4}), {1.68, -1.68}, 0.01);
  check_errors(errors<P>(approx::relu<P>, relu_curve, {0}), {0.440}, 0.001);
  check_errors(errors<P>(approx::relu<P>, relu_curve, {-10, 5}), {8.18, 0.12}, 0.01);
  check_errors(errors<P>(approx::log<P>, log_curve, {0.3, 0.5, 1, 1.3, 2}), {0.014, 0.004, 0.014, -0.018, 4.279}, 0.001);
}

TEST_CASE("the documented intervals hold, and end where they are said to end") {
  using P = pond<ring64, 16>;
  auto const within = [](double error, double stated, double below) {
    CHECK(error < stated);
    CHECK(error > below);
  };
  within(largest_error<P>(approx::sigmoid<P>, sigmoid_curve), 0.05, 0.04);
  within(largest_error<P>(approx::tanh<P>, tanh_curve), 0.17, 0.15);
  within(largest_error<P>(approx::relu<P>, relu_curve), 0.45, 0.43);
  within(largest_error<P>(approx::log<P>, log_curve), 0.022, 0.019);
}

TEST_CASE_TEMPLATE("more fraction bits hold the small coefficients", P,
                   pond<ring128, 40> KOI_IN_LONG_TESTS(securenn<ring128, 40>)) {
  check_errors(errors<P>(approx::sigmoid<P>, sigmoid_curve, {-4, 4}), {-0.0137, 0.0137}, 0.0001);
  check_errors(errors<P>(approx::relu<P>, relu_curve, {-10, 10}), {-0.1038, -0.1038}, 0.0001);
}

TEST_CASE("powers are built from the powers at hand") {
  using P = pond<ring64, 16>;
  auto const laps = run_parties<P>({}, [](party& self) {
    auto const x = secret<P>(self, numbers({3}, 2, 0.5, 1));
    auto const before = self.spent();
    (void)approx::relu(x);  // x, x^2, x^4, x^6 = x^4 x^2; of x^8 nothing is left at 16 fraction bits
    return lap_since(self, before);
  });
  // x, x^2 and x^4 are opened, each once; four truncations, a word and 16 bits each, and three products are dealt
  auto const words = std::uint64_t{3} * 8;
  auto const spent = measured(laps);
  CHECK(spent.servers == 2 * words * (3 + 4));
  CHECK(spent.dealt == words * (3 + 4) + std::uint64_t{3} * 2 * 4);
}

}  // namespace koi::testing
