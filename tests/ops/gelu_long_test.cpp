// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/gelu.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double exact_erf(double v) { return std::erf(v); }
double exact_gelu(double v) { return v * std::erfc(-v / std::sqrt(2.0)) / 2; }

}  // namespace

TEST_CASE_TEMPLATE("erf and gelu of every number", P, pond<ring64, 16>, securenn<ring64, 16>) {
  using fixed = typename P::fixed;
  auto const top = std::nextafter(fixed::bound(), 0.0) - 1;
  plain_tensor const far{0, 100, -100, 1e6, -1e6, top / 2, -top / 2, top, -top};
  run_parties<P>({}, [&](party& self) {
    for (auto const& x : {evenly<fixed>(-8, 8, 8193), far}) {
      check_function(erf(secret<P>(self, x)), x, exact_erf, {1.2});
      check_function(gelu(secret<P>(self, x)), x, exact_gelu, {1.2});
    }
    auto const v = secret<P>(self, far);
    check_near(gelu(v), applied(far, [](double u) { return std::max(u, 0.0); }), 0);
    for (shape_type const& shape : {shape_type{}, {0}, {2, 0}, {2, 1, 2}}) {
      auto const x = numbers(shape, 4, 0.5, 3);
      check_function(erf(secret<P>(self, x)), x, exact_erf, {1.2});
      check_function(gelu(secret<P>(self, x)), x, exact_gelu, {1.2});
    }
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("erf and gelu in other rings, fixed points and truncations", P, pond<ring128, 32>,
                   securenn<ring128, 32>, securenn<ring64, 24>, pond<ring64, 16, local>) {
  using fixed = typename P::fixed;
  // `local` keeps few bits inside
  auto const units = std::is_same_v<typename P::truncation, local> ? 6.0 : 1.1;
  auto const x = evenly<fixed>(-8, 8, 1001);
  run_parties<P>({}, [&](party& self) {
    check_function(erf(secret<P>(self, x)), x, exact_erf, {units + 1e-6 / fixed::unit()});
    check_function(gelu(secret<P>(self, x)), x, exact_gelu, {units + 2e-6 / fixed::unit()});
  });
}
#endif

}  // namespace koi::testing
