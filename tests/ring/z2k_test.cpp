// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring/z2k.hpp>

#include "tests/support/ring_laws.hpp"

#include <doctest/doctest.h>

namespace koi::test {

using detail::uint128;
using testing::edge_and_random_words;

namespace {

/// The low 128 bits of a product, from products of 32-bit limbs.
uint128 product_by_limbs(uint128 x, uint128 y) {
  uint128 sum = 0;
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned j = 0; i + j < 4; ++j) {
      auto const a = static_cast<std::uint32_t>(x >> (32 * i)), b = static_cast<std::uint32_t>(y >> (32 * j));
      sum += static_cast<uint128>(std::uint64_t{a} * b) << (32 * (i + j));
    }
  return sum;
}

}  // namespace

TEST_CASE("Z_2^8 keeps every law on all elements") { testing::check_ring_exhaustively<ring8, 256>(); }

TEST_CASE_TEMPLATE("Z_2^k keeps the laws", R, ring8, ring32, ring64, ring128) {
  using word = typename R::value_type;
  testing::check_no_faults(testing::ring_laws<R>(edge_and_random_words<word>(60), [](word) { return true; }));
}

TEST_CASE_TEMPLATE("sums and products of Z_2^k are those of whole numbers, cut", R, ring8, ring32, ring64) {
  using word = typename R::value_type;
  auto const all = edge_and_random_words<word>(200);
  std::size_t wrong = 0;
  for (auto const x : all)
    for (auto const y : all) {
      wrong += R::add(x, y) != static_cast<word>(static_cast<uint128>(x) + y);
      wrong += R::sub(x, y) != static_cast<word>((static_cast<uint128>(x) + (uint128{1} << 64)) - y);
      wrong += R::mul(x, y) != static_cast<word>(static_cast<uint128>(x) * y);
    }
  CHECK(wrong == 0);
}

TEST_CASE("products of 128 bits are right in every limb") {
  auto const all = edge_and_random_words<uint128>(200);
  std::size_t wrong = 0;
  for (auto const x : all)
    for (auto const y : all) wrong += ring128::mul(x, y) != product_by_limbs(x, y);
  CHECK(wrong == 0);
}

TEST_CASE("a word reads as a two's-complement number") {
  for (int v = -128; v < 128; ++v) {
    CAPTURE(v);
    CHECK(ring8::from_signed(static_cast<std::int8_t>(v)) == static_cast<std::uint8_t>(v + 256));
    CHECK(ring8::to_signed(ring8::from_signed(static_cast<std::int8_t>(v))) == v);
  }
  CHECK(ring32::to_signed(0xffff'ffff) == -1);
  CHECK(ring64::to_signed(std::uint64_t{1} << 63) == std::numeric_limits<std::int64_t>::min());
  CHECK((ring128::to_signed(~uint128{0}) == -1));
  CHECK((ring128::from_signed(-2) == ~uint128{1}));
}

TEST_CASE_TEMPLATE("powers and masks end at the ring's width", R, ring8, ring32, ring64, ring128) {
  using word = typename R::value_type;
  word expected = 1;
  for (std::size_t i = 0; i < R::bits; ++i, expected = static_cast<word>(expected + expected)) {
    CAPTURE(i);
    CHECK((R::power(i) == expected));
    CHECK((R::low_mask(i) == static_cast<word>(expected - 1)));
  }
  std::size_t const volatile width = R::bits;  // not known to the compiler: it would give any answer to a wrong shift
  CHECK((R::power(width) == 0));
  CHECK((R::power(1000) == 0));
  CHECK((R::low_mask(width) == static_cast<word>(~word{0})));
  CHECK((R::low_mask(1000) == static_cast<word>(~word{0})));
}

}  // namespace koi::test
