// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/securenn/private_compare.hpp>

#include <koi/protocol/securenn.hpp>

#include "tests/conformance/edge_words.hpp"
#include "tests/support/run_parties.hpp"

#include <doctest/doctest.h>

namespace koi::testing {

namespace {

/// Runs PrivateCompare on the low bits and checks beta xor beta' = [x > r] for every element; where
/// `below` is 1, r stands for -1. Both values of beta must come up for each of `kinds` kinds of
/// elements, element i being of kind i % kinds.
template <PowerOfTwoRing R>
void check(tensor<R> const& x, securenn_policy::public_bound<R> const& bound, std::size_t bits, std::uint64_t seed, std::size_t kinds = 1) {
  setting how;
  how.seed = seed;
  auto const seen = run_parties<securenn<R, 2>>(how, [&](party& self) {
    operation op(self, "private compare", {x.shape()});
    auto const pieces = securenn_policy::deal_bits<R>(op, self.is_helper() ? x : tensor<R>(), x.shape(), bits);
    auto const known = self.is_server() ? bound : securenn_policy::public_bound<R>{};
    return securenn_policy::private_compare<R>(op, pieces, known, x.shape(), bits);
  });
  auto const &beta = seen[0], &answer = seen[2];
  CHECK(seen[1] == beta);
  CHECK(answer.shape() == x.shape());
  CHECK(seen[3].empty());
  std::size_t wrong = 0;
  std::vector<unsigned> coins(kinds);
  auto const low = R::low_mask(bits);
  for (std::size_t i = 0; i < x.size(); ++i) {
    bool const greater = (bound.below && (*bound.below)[i] != 0) || (x[i] & low) > (bound.r[i] & low);
    wrong += (beta[i] ^ answer[i]) != (greater ? 1 : 0);
    coins[i % kinds] |= 1u << static_cast<unsigned>(beta[i] & 1);
    wrong += beta[i] > 1;
  }
  CHECK(wrong == 0);
  CHECK(std::count(coins.begin(), coins.end(), 3u) == static_cast<std::ptrdiff_t>(kinds));
}

}  // namespace

TEST_CASE("every x against every r of the 8-bit ring") {
  for (std::size_t const bits : {1u, 2u, 3u, 6u, 7u, 8u}) {
    CAPTURE(bits);
    tensor<ring8> x({256, 256}), r({256, 256});
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<std::uint8_t>(i / 256);
      r[i] = static_cast<std::uint8_t>(i % 256);
    }
    for (std::uint64_t seed = 1; seed <= 6; ++seed) check<ring8>(x, {r, {}}, bits, seed, 256);
    // r = -1 beside r = 0 to 254, as ShareConvert asks
    tensor<ring8> below(x.shape());
    for (std::size_t i = 0; i < x.size(); ++i) below[i] = i % 3 == 0;
    check<ring8>(x, {r, below}, bits, 7, 256);
  }
}

TEST_CASE_TEMPLATE("edges of the larger rings", R, ring32, ring64, ring128) {
  auto const list = words_within<R>(R::bits - 1);
  constexpr std::size_t kinds = 8;
  tensor<R> x({list.size(), kinds}), r(x.shape());
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::array<typename R::value_type, kinds> const bounds{
        list[i], R::sub(list[i], 1), R::add(list[i], 1), R::neg(list[i]), 0, R::low_mask(R::bits), R::power(R::bits - 1), list[(i * 31 + 7) % list.size()]};
    for (std::size_t k = 0; k < kinds; ++k) {
      x[i * kinds + k] = list[i];
      r[i * kinds + k] = bounds[k];
    }
  }
  for (std::size_t const bits : {R::bits, R::bits - 1, R::bits - 2}) check<R>(x, {r, {}}, bits, bits, kinds);
}

TEST_CASE("no elements, one element, more than a tile") {
  for (std::size_t const n : {0u, 1u, 511u, 512u, 513u, 1500u}) {
    tensor<ring64> const x({n}, 12), r({n}, 11);
    run_parties<securenn<ring64, 16>>({}, [&](party& self) {
      operation op(self, "private compare", {x.shape()});
      auto const pieces = securenn_policy::deal_bits<ring64>(op, x, x.shape(), 64);
      auto const before = self.spent();
      auto const bit = securenn_policy::private_compare<ring64>(op, pieces, {r, {}}, x.shape(), 64);
      if (self.is_server()) CHECK((self.spent() - before).sent(self.helper(), phase::online).bytes * 2 == securenn_policy::private_compare_cost({n}, 64).assisted);
      if (self.is_helper()) CHECK(bit.shape() == shape_type{n});
    });
  }
}

}  // namespace koi::testing
