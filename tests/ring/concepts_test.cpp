// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring/concepts.hpp>

#include <koi/ring/z2k_minus_1.hpp>
#include <koi/ring/zp.hpp>

#include <doctest/doctest.h>

namespace koi::test {

namespace {

/// All of a ring but a product.
struct without_mul {
  using value_type = std::uint8_t;
  static constexpr std::size_t bits = 8;
  static value_type add(value_type x, value_type) noexcept { return x; }
  static value_type sub(value_type x, value_type) noexcept { return x; }
  static value_type neg(value_type x) noexcept { return x; }
};
struct of_signed_words : without_mul {
  using value_type = std::int8_t;
  static value_type mul(value_type x, value_type) noexcept { return x; }
};
struct that_may_throw : without_mul {
  static value_type mul(value_type x, value_type) { return x; }
};

}  // namespace

TEST_CASE("a ring is what has all the operations on one unsigned word, and none of them throws") {
  CHECK(Ring<ring64>);
  CHECK(Ring<zp<67>>);
  CHECK(Ring<z2k_minus_1<128>>);
  CHECK_FALSE(Ring<without_mul>);
  CHECK_FALSE(Ring<of_signed_words>);
  CHECK_FALSE(Ring<that_may_throw>);
}

TEST_CASE("shares live in rings of a power of two alone") {
  CHECK(PowerOfTwoRing<ring8>);
  CHECK(PowerOfTwoRing<ring128>);
  CHECK_FALSE(PowerOfTwoRing<zp<67>>);
  CHECK_FALSE(PowerOfTwoRing<z2k_minus_1<64>>);
  CHECK(PrimeField<zp<67>>);
  CHECK_FALSE(PrimeField<ring8>);
  CHECK(OddRing<z2k_minus_1<64>>);
  CHECK_FALSE(OddRing<ring64>);
}

TEST_CASE("a 128-bit word is a ring word, a signed or a short one is not") {
  CHECK(RingWord<detail::uint128>);
  CHECK_FALSE(RingWord<detail::int128>);
  CHECK_FALSE(RingWord<std::uint16_t>);
  CHECK_FALSE(RingWord<std::int64_t>);
}

}  // namespace koi::test
