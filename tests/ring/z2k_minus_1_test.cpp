// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring/z2k_minus_1.hpp>

#include "tests/support/ring_laws.hpp"

#include <doctest/doctest.h>

namespace koi::test {

using detail::uint128;

namespace {

/// Elements of Z_{2^k - 1}: the word of ones is none.
template <class R>
std::vector<typename R::value_type> some_elements(std::size_t random) {
  auto all = testing::edge_and_random_words<typename R::value_type>(random);
  std::erase_if(all, [](auto x) { return x == R::modulus; });
  return all;
}

/// x * y modulo 2^128 - 1, from the whole 256-bit product in limbs of 32 bits.
uint128 product_128(uint128 x, uint128 y) {
  std::uint64_t limb[8] = {};
  for (unsigned i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (unsigned j = 0; j < 4; ++j) {
      auto const t = (static_cast<std::uint64_t>(x >> (32 * i)) & 0xffff'ffff) *
                         (static_cast<std::uint64_t>(y >> (32 * j)) & 0xffff'ffff) +
                     limb[i + j] + carry;
      limb[i + j] = t & 0xffff'ffff;
      carry = t >> 32;
    }
    limb[i + 4] = carry;
  }
  auto const half = [&](unsigned from) {
    uint128 v = 0;
    for (unsigned i = 4; i-- > 0;) v = (v << 32) | limb[from + i];
    return v;
  };
  auto const low = half(0), high = half(4);
  auto sum = static_cast<uint128>(low + high);
  if (sum < low) ++sum;
  return sum == ~uint128{0} ? 0 : sum;
}

}  // namespace

TEST_CASE("Z_(2^8-1) keeps every law on all elements") { testing::check_ring_exhaustively<z2k_minus_1<8>, 255>(); }

TEST_CASE_TEMPLATE("Z_(2^k-1) keeps the laws", R, z2k_minus_1<32>, z2k_minus_1<64>, z2k_minus_1<128>) {
  using word = typename R::value_type;
  testing::check_no_faults(testing::ring_laws<R>(some_elements<R>(20), [](word x) { return x != R::modulus; }));
}

TEST_CASE_TEMPLATE("sums and products of Z_(2^k-1) are those of whole numbers, reduced", R, z2k_minus_1<32>,
                   z2k_minus_1<64>) {
  using word = typename R::value_type;
  auto const all = some_elements<R>(100);
  uint128 const n = R::modulus;
  std::size_t wrong = 0;
  for (auto const x : all)
    for (auto const y : all) {
      wrong += R::add(x, y) != static_cast<word>((static_cast<uint128>(x) + y) % n);
      wrong += R::sub(x, y) != static_cast<word>((static_cast<uint128>(x) + n - y) % n);
      wrong += R::mul(x, y) != static_cast<word>(static_cast<uint128>(x) * y % n);
    }
  CHECK(wrong == 0);
}

TEST_CASE("products modulo 2^128-1 are right in every limb") {
  auto const all = some_elements<z2k_minus_1<128>>(60);
  std::size_t wrong = 0;
  for (auto const x : all)
    for (auto const y : all) wrong += z2k_minus_1<128>::mul(x, y) != product_128(x, y);
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("the word of ones reduces to 0, every other word to itself", R, z2k_minus_1<8>, z2k_minus_1<32>,
                   z2k_minus_1<64>, z2k_minus_1<128>) {
  CHECK((R::reduce(R::modulus) == 0));
  for (auto const x : some_elements<R>(50)) CHECK((R::reduce(x) == x));
}

TEST_CASE("the sign of a number is the lowest bit of its double") {  // what SecureNN uses the ring for
  using R = z2k_minus_1<8>;
  for (unsigned x = 0; x < 255; ++x) {
    CAPTURE(x);
    CHECK((R::add(static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(x)) & 1) == (x >= 128));
  }
}

}  // namespace koi::test
