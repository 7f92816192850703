// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/roots.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

double root_of(double v) { return std::sqrt(std::max(v, 0.0)); }
double inverse_root_of(double v) { return 1 / std::sqrt(v); }

/// The largest number, for an even number of fraction bits.
template <class P>
double top = std::ldexp(P::frac_bits % 2 == 0 ? 2.6 : 1.3, static_cast<int>(P::ring::bits / 2 - 2 - P::frac_bits));

template <class P>
void check_roots(party& self, plain_tensor const& x, double relative_root, double relative_inverse) {
  auto const v = secret<P>(self, x);
  check_function(sqrt(v), x, root_of, {1.1, relative_root});
  check_function(inverse_sqrt(v), x, inverse_root_of, {1.1, relative_inverse});
}

}  // namespace

TEST_CASE_TEMPLATE("roots over the whole range", P, pond<ring64, 16>, securenn<ring64, 16>) {
  using fixed = typename P::fixed;
  auto const dense = by_ratio<fixed>(fixed::unit(), top<P>, 4096);
  auto const smallest = units_from<fixed>(1, 300),
             largest = units_from<fixed>(std::floor(top<P> / fixed::unit()) - 50, 50);
  auto const below = units_from<fixed>(-100, 101);
  plain_tensor const far_below{-1, -1e4, -1e12};
  run_parties<P>({}, [&](party& self) {
    for (auto const& x : {dense, smallest, largest}) check_roots<P>(self, x, 0x1.6p-19, 0x1.6p-16);
    check_near(sqrt(secret<P>(self, below)), applied(below, [](double) { return 0.0; }), 0);
    check_near(sqrt(secret<P>(self, far_below)), plain_tensor{0, 0, 0}, 0);
    for (shape_type const& shape : {shape_type{}, {0}, {2, 0}, {2, 1, 2}})
      check_roots<P>(self, applied(numbers(shape, 4, 0.5, 3), [](double u) { return u + 5; }), 0x1.6p-19, 0x1.6p-16);
  });
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("roots in other rings and fixed points", P, pond<ring128, 32>, securenn<ring128, 32>,
                   securenn<ring64, 13>,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  using fixed = typename P::fixed;
  auto const x = by_ratio<fixed>(fixed::unit(), top<P>, 200);
  run_parties<P>({}, [&](party& self) {
    if constexpr (P::frac_bits > 18)
      check_roots<P>(self, x, 0x1p-33, 0x1p-28);
    else
      check_roots<P>(self, x, 0x1.6p-19, 0x1.6p-16);
  });
}
#endif

}  // namespace koi::testing
