// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/securenn/private_compare.hpp>

#include <koi/protocol/securenn.hpp>

#include "tests/conformance/edge_words.hpp"
#include "tests/support/recording_channel.hpp"

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

TEST_CASE("no elements, one element, more than a tile, more than a message") {
  using securenn_policy::row_pieces;
  using securenn_policy::taken;
  auto const message = row_pieces{64, 0}.per_message();
  for (auto const n : {std::size_t{0}, std::size_t{1}, row_pieces::tile - 1, row_pieces::tile, row_pieces::tile + 1,
                       std::size_t{1500}, message - 1, message, message + 1, 2 * message + 300})
    for (auto const when : {taken::at_once, taken::when_used}) {
      CAPTURE(n);
      tensor<ring64> x({n}), r({n});
      for (std::size_t i = 0; i < n; ++i) {
        x[i] = 0x9e3779b97f4a7c15u * i;
        r[i] = i % 3 == 0 ? x[i] : i % 3 == 1 ? x[i] - 1 : 0x9e3779b97f4a7c15u * (i + 7);
      }
      transcript seen;
      auto const bits = run_parties<securenn<ring64, 16>>(recorded(seen), [&](party& self) {
        operation op(self, "private compare", {x.shape()});
        auto const pieces = securenn_policy::deal_bits<ring64>(op, x, x.shape(), 64, phase::offline, when);
        auto const before = self.spent();
        auto bit = securenn_policy::private_compare<ring64>(op, pieces, {r, {}}, x.shape(), 64);
        auto const sent = (self.spent() - before).sent(self.helper(), phase::online).bytes;
        if (self.is_server()) CHECK(sent * 2 == securenn_policy::private_compare_cost({n}, 64).assisted);
        if (self.is_helper()) CHECK(self.spent().rounds(phase::online) == 1);
        return bit;
      });
      CHECK(bits[2].shape() == shape_type{n});
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < n; ++i) wrong += (bits[0][i] ^ bits[2][i]) != (x[i] > r[i] ? 1 : 0);
      CHECK(wrong == 0);
      // one message, or as many as are needed
      for (auto const& link : {seen.on(2, 1), seen.on(0, 2), seen.on(1, 2)}) {
        CHECK(link.size() == std::max<std::size_t>((n + message - 1) / message, 1));
        CHECK(byte_count(link) == 64 * n);
        for (auto const& m : link) CHECK(m.bytes.size() <= row_pieces::message);
      }
    }
}

TEST_CASE("server 0 keeps a stream for dealt bits, server 1 the bytes where it takes them at once") {
  using securenn_policy::taken;
  for (auto const when : {taken::at_once, taken::when_used}) {
    auto const kept = run_parties<securenn<ring64, 16>>({}, [&](party& self) {
      tensor<ring64> const x({1000}, 12);
      operation op(self, "private compare", {x.shape()});
      auto const pieces = securenn_policy::deal_bits<ring64>(op, x, x.shape(), 63, phase::offline, when);
      (void)securenn_policy::private_compare<ring64>(op, pieces, {x, {}}, x.shape(), 63);
      return pieces.bytes().size();
    });
    CHECK(kept[0] == 0);
    CHECK(kept[1] == (when == taken::at_once ? 63'000 : 0));
    CHECK(kept[2] == 0);
  }
}

}  // namespace koi::testing
