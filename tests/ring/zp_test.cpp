// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring/zp.hpp>

#include "tests/support/ring_laws.hpp"

#include <doctest/doctest.h>

namespace koi::test {

TEST_CASE("Z_p keeps every law on all elements") {
  testing::check_ring_exhaustively<zp<3>, 3>();
  testing::check_ring_exhaustively<zp<11>, 11>();
  testing::check_ring_exhaustively<zp<37>, 37>();
  testing::check_ring_exhaustively<zp<67>, 67>();
  testing::check_ring_exhaustively<zp<131>, 131>();
  testing::check_ring_exhaustively<zp<251>, 251>();
}

TEST_CASE_TEMPLATE("every element but 0 has an inverse", F, zp<11>, zp<37>, zp<67>, zp<131>) {
  for (unsigned x = 1; x < F::modulus; ++x) {
    unsigned inverses = 0;
    for (unsigned y = 1; y < F::modulus; ++y)
      inverses += F::mul(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y)) == 1;
    CAPTURE(x);
    CHECK(inverses == 1);
  }
}

TEST_CASE("the field of a comparison holds every sum that a comparison can reach") {
  CHECK(comparison_field<ring8>::modulus == 11);
  CHECK(comparison_field<ring32>::modulus == 37);
  CHECK(comparison_field<ring64>::modulus == 67);
  CHECK(comparison_field<ring128>::modulus == 131);
  for (std::size_t const bits : {8, 32, 64, 128}) CHECK(detail::comparison_prime(bits) > bits + 2);
}

TEST_CASE("primes are told from other numbers") {
  std::size_t const primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};
  std::size_t at = 0;
  for (std::size_t n = 0; n < 100; ++n) {
    bool const listed = at < std::size(primes) && primes[at] == n;
    CAPTURE(n);
    CHECK(detail::is_prime(n) == listed);
    at += listed;
  }
}

}  // namespace koi::test
