// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/long_division.hpp>

#include "fixed_numbers.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("long division cuts the quotient", P, securenn<ring64, 8>, securenn<ring128, 16>,
                   securenn<ring64, 8, assisted, securenn_policy::as_published>) {
  // quotients in steps of the last place, 0 and exact ones included; y * 2^f stays below 2^(l - 1 - l/2)
  run_parties<P>({}, [](party& self) {
    plain_tensor const x{0, 1, 7, 100, 1000.25, 0.00390625, 5, 3, 1e6, 12345.5};
    plain_tensor const y{3, 1, 2, 3, 0.5, 1000, 5.00390625, 1000, 7, 0.00390625};
    constexpr double unit = P::fixed::unit();
    plain_tensor const expected = xt::floor(x / y / unit) * unit;
    check_near(long_division(secret<P>(self, x), secret<P>(self, y)), expected, 0);
    // broadcast on either side
    plain_tensor const row{1, 2, 4};
    plain_tensor column{3, 5};
    column.reshape(shape_type{2, 1});
    check_near(long_division(secret<P>(self, row), secret<P>(self, column)), xt::floor(row / column / unit) * unit, 0);
    check_near(long_division(secret<P>(self, column), secret<P>(self, row)), xt::floor(column / row / unit) * unit, 0);
    CHECK_THROWS_AS((void)long_division(secret<P>(self, row), secret<P>(self, plain_tensor{1, 2})), shape_mismatch);
  });
}

TEST_CASE("long division of random numbers") {
  using P = securenn<ring64, 8>;
  run_parties<P>({}, [](party& self) {
    auto x = numbers({200}, 10000, 0x1p-8, 1), y = numbers({200}, 100, 0x1p-8, 2);
    for (auto& v : x) v = std::abs(v);
    for (auto& v : y) v = std::abs(v) + 0x1p-8;
    check_near(long_division(secret<P>(self, x), secret<P>(self, y)), xt::floor(x / y * 256) / 256, 0);
  });
}

}  // namespace koi::testing
