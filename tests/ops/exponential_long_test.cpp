// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/exponential.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double exact(double v) { return std::exp(v); }

/// The largest argument.
template <class P>
double top = 0.6931 * static_cast<double>(P::ring::bits / 2 - 1 - P::frac_bits);

}  // namespace

TEST_CASE_TEMPLATE("exp over the whole range, and far below", P, pond<ring64, 16>, securenn<ring64, 16>) {
  using fixed = typename P::fixed;
  auto const dense = evenly<fixed>(-14, top<P>, 8192), near_zero = units_from<fixed>(-100, 201);
  auto const largest = units_from<fixed>(std::floor(top<P> / fixed::unit()) - 50, 50);
  plain_tensor const far_below{-20, -1000, -0x1.fp44};
  run_parties<P>({}, [&](party& self) {
    for (auto const& x : {dense, near_zero, largest, far_below})
      check_function(exp(secret<P>(self, x)), x, exact, {1.1, 0x1p-16});
    for (shape_type const& shape : {shape_type{}, {0}, {2, 0}, {2, 1, 2}}) {
      auto const x = numbers(shape, 4, 0.5, 3);
      check_function(exp(secret<P>(self, x)), x, exact, {1.1, 0x1p-16});
    }
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("exp in other rings and fixed points", P, pond<ring128, 32>, securenn<ring128, 32>,
                   securenn<ring64, 10>,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  auto const x = evenly<typename P::fixed>(-0.8 * static_cast<double>(P::frac_bits), top<P>, 300);
  run_parties<P>({}, [&](party& self) {
    check_function(exp(secret<P>(self, x)), x, exact, {1.1, P::frac_bits > 18 ? 0x1p-32 : 0x1p-15});
  });
}
#endif

}  // namespace koi::testing
