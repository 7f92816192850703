// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/operators.hpp>

#include "fixed_numbers.hpp"

namespace koi::testing {

namespace {

constexpr double unit = 0x1p-16;
/// Pairs that broadcast: equal, a row, outer, with a scalar on either side, ranks 0 to 4, empty.
std::vector<std::pair<shape_type, shape_type>> const shapes{
    {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3, 1}, {1, 4}}, {{}, {2, 2}}, {{2, 1, 2, 2}, {}}, {{2, 1, 3}, {2, 2, 1, 1}}, {{}, {}}, {{0, 2}, {2}}};

/// op on every pair of a private or public tensor with another, in both orders.
template <Protocol P, class Op>
void tensors(party& self, Op op, double units) {
  for (auto const& [left, right] : shapes) {
    auto const a = numbers(left, 8, unit, 1), b = numbers(right, 8, unit, 2);
    plain_tensor const expected = op(a, b);
    check_near(op(secret<P>(self, a), secret<P>(self, b)), expected, units);
    check_near(op(secret<P>(self, a), known<P>(self, b)), expected, units);
    check_near(op(known<P>(self, a), secret<P>(self, b)), expected, units);
    check_near(op(known<P>(self, a), known<P>(self, b)), expected, units);
  }
}

/// op with a number on either side. The numbers have exact encodings.
template <Protocol P, class Op, class S>
void with_number(party& self, Op op, S s, double units) {
  for (shape_type const& shape : {shape_type{}, {2, 3}, {2, 1, 2, 2}, {0}}) {
    auto const a = numbers(shape, 8, unit, 3);
    auto const d = static_cast<double>(s);
    plain_tensor const right = op(a, d), left = op(d, a);
    check_near(op(secret<P>(self, a), s), right, units);
    check_near(op(s, secret<P>(self, a)), left, units);
    check_near(op(known<P>(self, a), s), right, units);
    check_near(op(s, known<P>(self, a)), left, units);
  }
}
template <Protocol P, class Op>
void with_numbers(party& self, Op op, double units) {
  with_number<P>(self, op, 0.375, units);
  with_number<P>(self, op, -2.0f - 0x1p-16f, units);
  with_number<P>(self, op, 3, units);
  with_number<P>(self, op, -7L, units);
  with_number<P>(self, op, 0, units);
  with_number<P>(self, op, std::size_t{5}, units);
  with_number<P>(self, op, std::int8_t{-1}, units);
}

auto const plus = [](auto const& x, auto const& y) { return x + y; };
auto const minus = [](auto const& x, auto const& y) { return x - y; };
auto const times = [](auto const& x, auto const& y) { return x * y; };
auto const over = [](auto const& x, auto const& y) { return x / y; };

/// Away from zero.
plain_tensor divisors(shape_type const& shape) {
  auto out = numbers(shape, 8, unit, 4);
  for (auto& v : out) v += v < 0 ? -0.25 : 0.25;
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("sums and differences are exact", P, KOI_TEST_BOTH_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    tensors<P>(self, plus, 0);
    tensors<P>(self, minus, 0);
    with_numbers<P>(self, plus, 0);
    with_numbers<P>(self, minus, 0);
    auto const a = numbers({2, 3}, 8, unit, 5);
    check_near(-secret<P>(self, a), -a, 0);
    check_near(-known<P>(self, a), -a, 0);
    check_near(secret<P>(self, a) + 0.1, a + 0.1, 0.5);
    check_near(0.1 - known<P>(self, a), 0.1 - a, 0.5);
  });
}

TEST_CASE_TEMPLATE("products are off by less than a unit", P, KOI_TEST_ONE_PROTOCOL) {
  run_parties<P>({}, [](party& self) {
    tensors<P>(self, times, 0.99999);
    with_numbers<P>(self, times, 0.99999);
    auto const a = numbers({2, 3}, 8, unit, 6);
    check_near(secret<P>(self, a) * 0.1, a * 0.1, 1 + 8 * 0.5);  // half a unit of 0.1, times 8
    check_near(0.1 * known<P>(self, a), a * 0.1, 1 + 8 * 0.5);
    auto const x = secret<P>(self, a);
    check_near(square(x), a * a, 0.99999);
    // a whole factor is free
    auto const here = self.spent();
    auto const scaled = -3 * x;
    CHECK(self.spent() == here);
    check_near(scaled, -3.0 * a, 0);
  });
}

TEST_CASE_TEMPLATE("matrix products of every kind", P, KOI_TEST_BOTH_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [left, right] : std::vector<std::pair<shape_type, shape_type>>{{{2, 3}, {3, 4}}, {{3}, {3, 2}}, {{2, 2, 3}, {3, 1}}, {{2, 0}, {0, 2}}}) {
      auto const a = numbers(left, 8, unit, 7), b = numbers(right, 8, unit, 8);
      auto const n = right[0], columns = right[1];
      auto shape = left;
      shape.back() = columns;
      plain_tensor expected = plain_tensor::from_shape(shape);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        double sum = 0;
        for (std::size_t k = 0; k < n; ++k) sum += a.data()[i / columns * n + k] * b.data()[k * columns + i % columns];
        expected.data()[i] = sum;
      }
      check_near(matmul(secret<P>(self, a), secret<P>(self, b)), expected, 0.99999);
      check_near(matmul(secret<P>(self, a), known<P>(self, b)), expected, 0.99999);
      check_near(matmul(known<P>(self, a), secret<P>(self, b)), expected, 0.99999);
      check_near(matmul(known<P>(self, a), known<P>(self, b)), expected, 0.5);
    }
  });
}

TEST_CASE_TEMPLATE("division by what is public", P, KOI_TEST_ONE_PROTOCOL) {
  run_parties<P>({}, [](party& self) {
    auto const a = numbers({2, 3}, 8, unit, 9);
    for (double const d : {1e-3, 0.01, 0.3, 3.0, 7.5, 1000.0, 1e6, 1.0, 2.0, 0.5, 1024.0, 0x1p-10, 0x1p20, 0x1p60, 3e30, 1.9999, 0.50001})
      for (double const divisor : {d, -d}) {
        CAPTURE(divisor);
        plain_tensor const expected = a / divisor;
        double largest = 0;
        for (auto const v : expected) largest = std::max(largest, std::abs(v));
        auto const units = 1 + largest * 0x1p-17 / unit;
        check_near(secret<P>(self, a) / divisor, expected, units);
        check_near(known<P>(self, a) / divisor, expected, units);
      }
    check_near(secret<P>(self, a) / 4, a / 4.0, 0.99999);
    check_near(secret<P>(self, a) / -1, -a, 0);
    check_near(known<P>(self, a) / -3L, a / -3.0, 1);
    for (auto const& [left, right] : shapes) {
      auto const x = numbers(left, 8, unit, 10), y = divisors(right);
      plain_tensor const expected = over(x, y);
      check_near(secret<P>(self, x) / known<P>(self, y), expected, 1 + 8 * 0.5);
      check_near(known<P>(self, x) / known<P>(self, y), expected, 1 + 8 * 0.5);
    }
    auto const y = divisors({2, 3});
    check_near(5 / known<P>(self, y), 5.0 / y, 1 + 5 * 0.5);
    check_near(-0.75 / known<P>(self, y), -0.75 / y, 1 + 0.5);

    auto const x = secret<P>(self, a);
    auto const p = known<P>(self, a);
    auto const before = self.spent();
    for (double const bad : {0.0, -0.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
      CHECK_THROWS_AS((void)(x / bad), bad_argument);
      CHECK_THROWS_AS((void)(p / bad), bad_argument);
    }
    CHECK_THROWS_AS((void)(x / 0), bad_argument);
    auto const zeros = known<P>(self, plain_tensor::from_shape({3}) * 0);
    if (zeros.known()) CHECK_THROWS_AS((void)(x / zeros), bad_argument);
    CHECK(self.spent() == before);
  });
}

TEST_CASE_TEMPLATE("quotients of larger numbers are as close", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const a = numbers({40}, 1024, unit, 12);
    auto const x = secret<P>(self, a);
    for (double const d : {3.0, 7.0, 49.0, 1000.0, 0.3, -12.5}) {
      CAPTURE(d);
      check_near(x / d, a / d, 2);
      check_near(known<P>(self, a) / d, a / d, 0.51);
    }
    for (double const d : {2.0, -64.0, 0x1p14}) check_near(x / d, a / d, 0.99999);
    for (double const d : {1.0, -0.5, 0x1p-8}) check_near(x / d, a / d, 0);
    // the largest quotients, and the largest dividends
    auto const large = numbers({9}, 0x1p17, unit, 13), largest = numbers({9}, 0x1p28, 1, 14);
    check_near(secret<P>(self, large) / 0.3, large / 0.3, 2 + 0x1p19 / 1024);
    check_near(secret<P>(self, largest) / 999.0, largest / 999.0, 2 + 0x1p28 / 1024);
  });
}

TEST_CASE("a number without an encoding is refused") {
  using P = pond<ring64, 16>;
  run_parties<P>({}, [](party& self) {
    auto const x = secret<P>(self, numbers({2}, 8, unit, 11));
    for (double const bad : {0x1p45, -0x1p45, std::nan(""), std::numeric_limits<double>::infinity()}) {
      CHECK_THROWS_AS((void)(x + bad), out_of_range);
      CHECK_THROWS_AS((void)(bad * x), out_of_range);
    }
    CHECK_THROWS_AS((void)(x + secret<P>(self, numbers({3}, 8, unit, 11))), shape_mismatch);
  });
}

}  // namespace koi::testing
