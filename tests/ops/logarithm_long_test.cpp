// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/logarithm.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double exact(double v) { return std::log(v); }

/// The largest argument.
template <class P>
double top = std::ldexp(2.6, static_cast<int>(P::ring::bits / 2 - 2 - P::frac_bits));

}  // namespace

TEST_CASE_TEMPLATE("log over the whole range", P, pond<ring64, 16>, securenn<ring64, 16>) {
  using fixed = typename P::fixed;
  auto const dense = by_ratio<fixed>(fixed::unit(), top<P>, 8192), around_one = units_from<fixed>(65436, 201);
  auto const smallest = units_from<fixed>(1, 300),
             largest = units_from<fixed>(std::floor(top<P> / fixed::unit()) - 50, 50);
  run_parties<P>({}, [&](party& self) {
    for (auto const& x : {dense, around_one, smallest, largest}) check_function(log(secret<P>(self, x)), x, exact, {2});
    for (shape_type const& shape : {shape_type{}, {0}, {2, 0}, {2, 1, 2}}) {
      auto const x = applied(numbers(shape, 4, 0.5, 3), [](double u) { return u + 5; });
      check_function(log(secret<P>(self, x)), x, exact, {2});
    }
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("log in other rings and fixed points", P, pond<ring128, 32>, securenn<ring128, 32>,
                   securenn<ring64, 13>,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  auto const x = by_ratio<typename P::fixed>(P::fixed::unit(), top<P>, 300);
  run_parties<P>(
      {}, [&](party& self) { check_function(log(secret<P>(self, x)), x, exact, {P::frac_bits > 18 ? 8.0 : 2.0}); });
}
#endif

}  // namespace koi::testing
