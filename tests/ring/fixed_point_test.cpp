// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring/fixed_point.hpp>

#include <doctest/doctest.h>

#include <random>

namespace koi::test {

using eighth = fixed_point<ring8, 2>;
using half_word = fixed_point<ring32, 8>;
using usual = fixed_point<ring64, 16>;
using wide = fixed_point<ring128, 40>;

TEST_CASE("8 bits: every number that the ring holds is encoded and decoded exactly") {
  for (int n = -31; n <= 31; ++n) {
    double const v = n / 4.0;
    CAPTURE(v);
    CHECK(eighth::check(v) == encoding_fault::none);
    CHECK(eighth::encode(v) == static_cast<std::uint8_t>(n));
    CHECK(eighth::decode(eighth::encode(v)) == v);
  }
  for (int word = 0; word < 256; ++word)
    CHECK(eighth::decode(static_cast<std::uint8_t>(word)) == (word < 128 ? word : word - 256) / 4.0);
}

TEST_CASE("8 bits: every real number goes to the nearest one") {
  for (int n = -31 * 64; n <= 31 * 64; ++n) {  // steps of a 64th of a unit
    double const v = n / 256.0;
    CAPTURE(v);
    CHECK(std::abs(eighth::decode(eighth::encode(v)) - v) <= eighth::unit() / 2);
  }
  // in the middle between two, to the even one
  CHECK(eighth::decode(eighth::encode(0.125)) == 0);
  CHECK(eighth::decode(eighth::encode(0.375)) == 0.5);
  CHECK(eighth::decode(eighth::encode(-0.375)) == -0.5);
}

TEST_CASE_TEMPLATE("rounding is to nearest, whatever the ring", F, half_word, usual, wide) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> numbers(-1000, 1000);
  std::size_t wrong = 0;
  for (int i = 0; i < 10000; ++i) {
    double const v = numbers(random);
    wrong += std::abs(F::decode(F::encode(v)) - v) > F::unit() / 2;
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("neither NaN nor infinity has an encoding", F, eighth, half_word, usual, wide) {
  CHECK(F::check(std::numeric_limits<double>::quiet_NaN()) == encoding_fault::not_a_number);
  CHECK(F::check(-std::numeric_limits<double>::quiet_NaN()) == encoding_fault::not_a_number);
  CHECK(F::check(std::numeric_limits<double>::infinity()) == encoding_fault::infinite);
  CHECK(F::check(-std::numeric_limits<double>::infinity()) == encoding_fault::infinite);
  CHECK(F::check(std::numeric_limits<double>::max()) == encoding_fault::too_large);
  CHECK(F::check(std::numeric_limits<double>::denorm_min()) == encoding_fault::none);
  CHECK(F::check(-0.0) == encoding_fault::none);
  CHECK((F::encode(-0.0) == 0));
}

TEST_CASE_TEMPLATE("the bound is 2^(bits-3) units, and is not reached", F, eighth, half_word, usual, wide) {
  using R = typename F::ring;
  double const limit = std::ldexp(1.0, static_cast<int>(R::bits) - 3);  // in units
  CHECK(F::bound() == limit * F::unit());
  CHECK(F::unit() == std::ldexp(1.0, -static_cast<int>(F::frac_bits)));
  for (double const sign : {1.0, -1.0}) {
    CAPTURE(sign);
    CHECK(F::check(sign * F::bound()) == encoding_fault::too_large);
    CHECK(F::check(sign * F::bound() * 2) == encoding_fault::too_large);
    // the largest number: one unit below, or as near as a double comes
    double const last = std::min(limit - 1, std::nextafter(limit, 0.0)) * F::unit();
    CHECK(F::check(sign * last) == encoding_fault::none);
    CHECK(F::decode(F::encode(sign * last)) == sign * last);
  }
}

TEST_CASE_TEMPLATE("a number that rounds up to the bound is refused", F, eighth, half_word) {
  for (double const sign : {1.0, -1.0}) {
    CHECK(F::check(sign * (F::bound() - F::unit() * 0.25)) == encoding_fault::too_large);
    CHECK(F::check(sign * (F::bound() - F::unit() * 0.75)) == encoding_fault::none);
  }
}

TEST_CASE("the difference of any two numbers keeps its sign") {
  std::size_t wrong = 0;
  for (int a = -31; a <= 31; ++a)
    for (int b = -31; b <= 31; ++b) {
      auto const difference = ring8::sub(eighth::encode(a / 4.0), eighth::encode(b / 4.0));
      wrong += (ring8::to_signed(difference) >= 0) != (a >= b);
    }
  CHECK(wrong == 0);
}

TEST_CASE("numbers without a fraction are whole numbers") {
  using whole = fixed_point<ring32, 0>;
  CHECK(whole::unit() == 1);
  CHECK(whole::encode(-3.4) == 0xffff'fffd);
  CHECK(whole::decode(7) == 7);
}

}  // namespace koi::test
