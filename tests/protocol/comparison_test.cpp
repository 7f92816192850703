// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/comparison.hpp>

#include "fixed_numbers.hpp"

namespace koi::testing {

namespace {

/// f of the numbers along one axis, which disappears.
template <class F>
plain_tensor along_axis(plain_tensor const& x, std::size_t axis, F f) {
  shape_type const from(x.shape().begin(), x.shape().end());
  auto const inner = element_count({from.begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.end()});
  plain_tensor out = plain_tensor::from_shape(reduced_shape(from, axis));
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<double> line;
    for (std::size_t k = 0; k < from[axis]; ++k) line.push_back(x.data()[(i / inner * from[axis] + k) * inner + i % inner]);
    out.data()[i] = f(line);
  }
  return out;
}
double largest(std::vector<double> const& line) { return *std::max_element(line.begin(), line.end()); }
double first_largest(std::vector<double> const& line) { return static_cast<double>(std::max_element(line.begin(), line.end()) - line.begin()); }

/// One axis of every extent from 1 to 9, alone and among others.
std::vector<std::pair<shape_type, std::size_t>> axes() {
  std::vector<std::pair<shape_type, std::size_t>> out;
  for (std::size_t n = 1; n <= 9; ++n) out.push_back({{n}, 0});
  for (std::size_t const n : {1u, 2u, 3u, 5u, 7u}) {
    out.push_back({{n, 4}, 0});
    out.push_back({{4, n}, 1});
    out.push_back({{2, n, 3}, 1});
  }
  out.push_back({{0, 3}, 1});
  out.push_back({{2, 1, 3, 5}, 3});
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("relu, is_nonnegative and maximum", P, pond<ring64, 16>, securenn<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    plain_tensor const edges{0, 0x1p-16, -0x1p-16, 1, -1, 0x1p44, -0x1p44, 3.75, -2.5};
    auto const x = secret<P>(self, edges);
    check_near(is_nonnegative(x), plain_tensor{1, 1, 0, 1, 0, 1, 0, 1, 0}, 0);
    check_near(relu(x), plain_tensor{0, 0x1p-16, 0, 1, 0, 0x1p44, 0, 3.75, 0}, 0);
    for (auto const& [left, right] : std::vector<std::pair<shape_type, shape_type>>{{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3, 1}, {1, 4}}, {{}, {5}}, {{0}, {0}}, {{2, 1, 2, 2}, {}}}) {
      auto const a = numbers(left, 4, 0.5, 1), b = numbers(right, 4, 0.5, 2);
      plain_tensor const expected = xt::maximum(a, b);
      check_near(maximum(secret<P>(self, a), secret<P>(self, b)), expected, 0);
      check_near(maximum(secret<P>(self, a), known<P>(self, b)), expected, 0);
      check_near(maximum(known<P>(self, a), secret<P>(self, b)), expected, 0);
    }
    // the farthest apart that two encoded numbers can be
    auto const top = std::nextafter(0x1p45, 0);
    check_near(maximum(secret<P>(self, plain_tensor{top, -top}), secret<P>(self, plain_tensor{-top, top})), plain_tensor{top, top}, 0);
    CHECK_THROWS_AS((void)maximum(x, secret<P>(self, plain_tensor{1, 2})), shape_mismatch);
  });
}

TEST_CASE_TEMPLATE("reduce_max over every axis", P, pond<ring64, 16>, securenn<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axis] : axes()) {
      CAPTURE(to_string(shape));
      auto const x = numbers(shape, 100, 0x1p-16, 3);
      check_near(reduce_max(secret<P>(self, x), axis), along_axis(x, axis, largest), 0);
      auto const ties = numbers(shape, 1, 1, 4);
      check_near(reduce_max(secret<P>(self, ties), axis), along_axis(ties, axis, largest), 0);
    }
    auto const x = secret<P>(self, numbers({2, 0}, 1, 1, 5));
    auto const before = self.spent();
    CHECK_THROWS_AS((void)reduce_max(x, 1), bad_argument);
    CHECK_THROWS_AS((void)reduce_max(x, 2), bad_argument);
    CHECK_THROWS_AS((void)argmax(x, 1), bad_argument);
    CHECK_THROWS_AS((void)argmax(x, 2), bad_argument);
    CHECK(self.spent() == before);
  });
}

TEST_CASE_TEMPLATE("argmax over every axis, the first of equal ones", P, pond<ring64, 16>, securenn<ring64, 16>,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axis] : axes()) {
      CAPTURE(to_string(shape));
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        auto const x = numbers(shape, 100, 0x1p-16, seed), ties = numbers(shape, 1, 1, seed);
        check_near(argmax(secret<P>(self, x), axis), along_axis(x, axis, first_largest), 0);
        check_near(argmax(secret<P>(self, ties), axis), along_axis(ties, axis, first_largest), 0);
      }
    }
  });
}

TEST_CASE("a tree of comparisons has as many rounds as the extent has binary digits") {
  using P = securenn<ring64, 16>;
  for (auto const& [extent, levels] : std::vector<std::pair<std::size_t, std::uint64_t>>{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {9, 4}}) {
    auto const laps = run_parties<P>({}, [extent = extent](party& self) {
      auto const x = secret<P>(self, numbers({extent}, 1, 0.5, 6));
      auto const before = self.spent();
      (void)reduce_max(x, 0);
      return lap_since(self, before);
    });
    CHECK(measured(laps).rounds == levels * P::relu_cost({1}).rounds);
  }
}

}  // namespace koi::testing
