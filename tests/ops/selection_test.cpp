// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/selection.hpp>

#include <koi/ops/comparison.hpp>

#include "grids.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("logic on ones and zeros", P, KOI_TEST_BOTH_PROTOCOLS, pond<ring64, 16, local>) {
  run_parties<P>({}, [](party& self) {
    plain_tensor const a = with_shape({0, 1}, {2, 1}), b{0, 1};
    auto const x = secret<P>(self, a), y = secret<P>(self, b);
    auto const check = [&](auto const& p, auto const& q) {
      check_near(logical_and(p, q), plain_tensor{{0, 0}, {0, 1}}, 0);
      check_near(logical_or(p, q), plain_tensor{{0, 1}, {1, 1}}, 0);
      check_near(logical_xor(p, q), plain_tensor{{0, 1}, {1, 0}}, 0);
    };
    check(x, y);
    check(x, known<P>(self, b));
    check(known<P>(self, a), y);
    check(known<P>(self, a), known<P>(self, b));
    check_near(logical_not(y), plain_tensor{1, 0}, 0);
    check_near(logical_not(known<P>(self, b)), plain_tensor{1, 0}, 0);
    // many products of ones and zeros stay what they are
    auto z = y;
    for (int i = 0; i < 20; ++i) z = logical_and(z, y);
    check_near(z, b, 0);
  });
}

TEST_CASE_TEMPLATE("select is exact, for operands of every kind and shape", P, KOI_TEST_ONE_PROTOCOL) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [c_shape, x_shape, y_shape] : std::vector<std::array<shape_type, 3>>{
             {{{6}, {6}, {6}}}, {{{2, 1}, {2, 3}, {3}}}, {{{2, 3}, {}, {3}}}, {{{}, {4}, {2, 1}}}, {{{0}, {0}, {}}}}) {
      CAPTURE(to_string(c_shape));
      auto const c = applied(numbers(c_shape, 1, 1, 1), [](double v) { return v > 0 ? 1.0 : 0.0; });
      auto const x = numbers(x_shape, 0x1p28, 0x1p-16, 2), y = numbers(y_shape, 0x1p28, 0x1p-16, 3);
      plain_tensor const expected = c * x + (1 - c) * y;
      auto const condition = secret<P>(self, c);
      auto const private_x = secret<P>(self, x), private_y = secret<P>(self, y);
      auto const public_x = known<P>(self, x), public_y = known<P>(self, y);
      check_near(select(condition, private_x, private_y), expected, 0);
      check_near(select(condition, private_x, public_y), expected, 0);
      check_near(select(condition, public_x, public_y), expected, 0);
      auto const known_condition = known<P>(self, c);
      check_near(select(known_condition, private_x, public_y), expected, 0);
      check_near(select(known_condition, private_x, private_y), expected, 0);
      check_near(select(known_condition, public_x, public_y), expected, 0);
      check_near(select(known_condition, 7u, 8u), 8 - c, 0);
      check_near(select(condition, private_x, -2.5), c * x - (1 - c) * 2.5, 0);
      check_near(select(condition, 7u, 8u), 8 - c, 0);
      check_near(select(condition, 0.1, -2.5), c * 0.1 - (1 - c) * 2.5, 1);
    }
  });
}

TEST_CASE_TEMPLATE("comparisons, logic and selection together", P, KOI_TEST_ONE_PROTOCOL) {
  run_parties<P>({}, [](party& self) {
    auto const x = numbers({50}, 4, 0x1p-16, 4);
    auto const v = secret<P>(self, x);
    auto const inside = logical_and(greater(v, -1), less_equal(v, 2.5));
    check_near(select(logical_or(inside, equal(v, x(7))), v * 3, -v),
               applied(x, [&](double u) { return (u > -1 && u <= 2.5) || u == x(7) ? 3 * u : -u; }), 0);
  });
}

}  // namespace koi::testing
