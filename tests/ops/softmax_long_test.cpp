// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/softmax.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

/// f of every line along an axis.
template <class F>
plain_tensor by_lines(plain_tensor x, std::size_t axis, F f) {
  shape_type const shape(x.shape().begin(), x.shape().end());
  auto const inner = element_count({shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()});
  auto const n = shape[axis];
  for (std::size_t i = 0; i < x.size() / n; ++i) {
    auto const at = [&](std::size_t k) -> double& { return x.data()[(i / inner * n + k) * inner + i % inner]; };
    std::vector<double> line;
    for (std::size_t k = 0; k < n; ++k) line.push_back(at(k));
    auto const out = f(line);
    for (std::size_t k = 0; k < n; ++k) at(k) = out[k];
  }
  return x;
}
std::vector<double> exact_log(std::vector<double> line) {
  auto const top = *std::max_element(line.begin(), line.end());
  double sum = 0;
  for (auto const v : line) sum += std::exp(v - top);
  for (auto& v : line) v -= top + std::log(sum);
  return line;
}
std::vector<double> exact(std::vector<double> line) {
  for (auto& v : line = exact_log(std::move(line))) v = std::exp(v);
  return line;
}

/// Both functions along an axis, up to some units in the last place.
template <class P>
void check_axis(party& self, plain_tensor const& x, std::size_t axis, double units, double log_units) {
  auto const v = secret<P>(self, x);
  check_near(softmax(v, axis), by_lines(x, axis, exact), units);
  check_near(log_softmax(v, axis), by_lines(x, axis, exact_log), log_units);
}

}  // namespace

TEST_CASE_TEMPLATE("softmax and its logarithm over axes of any extent", P, pond<ring64, 16>, securenn<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axis] : std::vector<std::pair<shape_type, std::size_t>>{{{1}, 0},
                                                                                     {{2}, 0},
                                                                                     {{4}, 0},
                                                                                     {{5}, 0},
                                                                                     {{200, 10}, 1},
                                                                                     {{3, 7, 2}, 1},
                                                                                     {{17, 3}, 0},
                                                                                     {{2, 300}, 1},
                                                                                     {{0, 3}, 1}}) {
      CAPTURE(to_string(shape));
      for (double const bound : {0.5, 4.0, 30.0}) check_axis<P>(self, numbers(shape, bound, 0x1p-16, 1), axis, 2, 3);
    }
    // one far above the others, all alike, and far apart
    check_axis<P>(self, with_shape({20, 0, -1e4, 3, -500, -500, -500, -500, 0x1p44, -0x1p44, 0, 1}, {3, 4}), 1, 2, 3);
    auto const long_line = numbers({1, 5000}, 3, 0x1p-16, 2);
    check_axis<P>(self, long_line, 1, 2, 4);
    auto const v = secret<P>(self, numbers({2, 0}, 1, 1, 1));
    CHECK_THROWS_AS((void)softmax(v, 1), bad_argument);
    CHECK_THROWS_AS((void)log_softmax(v, 2), bad_argument);
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("softmax in other rings and fixed points", P, pond<ring128, 32>, securenn<ring128, 32>,
                   securenn<ring64, 12>) {
  run_parties<P>({}, [](party& self) {
    check_axis<P>(self, numbers({20, 10}, 8, 0x1p-12, 3), 1, 3, P::frac_bits > 18 ? 8 : 3);
  });
}
#endif

TEST_CASE("softmax costs no comparison but those of the maximum, one of each element, and few for each sum") {
  using P = securenn<ring64, 16>;
  auto const rounds = [](std::size_t n) {
    return cost_of<P>(numbers({6, n}, 4, 0.5, 4), [](auto const& v) { return softmax(v, 1); }).rounds;
  };
  auto const compared = P::relu_cost({1}).rounds;
  CHECK(rounds(3) == 2 * compared + compared + 21);
  CHECK(rounds(10) == 4 * compared + compared + 21 + P::is_nonnegative_cost({1}).rounds + 2);
}

}  // namespace koi::testing
