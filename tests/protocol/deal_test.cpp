// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/beaver/deal.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/conformance/plain_reference.hpp"
#include "tests/support/recording_channel.hpp"
#include "tests/support/statistics.hpp"

#include <doctest/doctest.h>

namespace koi::testing {

namespace {

/// The smallest of 1, 2, 4, 8 and 16 bytes that hold so many bits.
std::size_t bytes_that_hold(std::size_t bits) {
  std::size_t bytes = 1;
  while (8 * bytes < bits) bytes *= 2;
  return bytes;
}

/// What the players have of a whole value and of the low bits of another one, both known to the helper.
template <PowerOfTwoRing R>
std::vector<std::array<tensor<R>, 2>> deal_two(transcript& log, tensor<R> const& whole, tensor<R> const& low,
                                               std::size_t used, phase in = phase::offline) {
  return run_parties<pond<R, 2>>(recorded(log), [&](party& self) {
    operation op(self, "deal", {whole.shape()});
    return beaver::deal<R>(op, whole.shape(), in, beaver::to_deal{"whole", [&](std::size_t i) { return whole[i]; }},
                           beaver::low_bits_to_deal{"low", [&](std::size_t i) { return low[i]; }, used});
  });
}

/// Payloads that the helper sent to server 1, and to anybody else.
std::pair<std::vector<message>, std::size_t> sent_by_helper(transcript const& log) {
  std::vector<message> to_server1 = log.on(2, 1);
  std::size_t elsewhere = 0;
  for (auto const& m : log.all()) elsewhere += m.from == 2 && m.to != 1 ? m.bytes.size() : 0;
  return {to_server1, elsewhere};
}

}  // namespace

TEST_CASE_TEMPLATE("pieces add up: a whole value, and the low bits of another in as few bytes as hold them", R, ring8,
                   ring32, ring64, ring128) {
  using word = typename R::value_type;
  for (std::size_t const n : {0, 1, 3, 1023, 1024, 2051}) {
    auto const whole = plain::sample<R>({n}, 1), low = plain::sample<R>({n}, 2);
    for (std::size_t const used : {1, 7, 8, 9, 16, 17, 32, 33, 64, 65, 128}) {
      if (used > R::bits) continue;
      CAPTURE(n);
      CAPTURE(used);
      transcript log;
      auto const seen = deal_two<R>(log, whole, low, used);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < n; ++i) {
        wrong += R::add(seen[0][0][i], seen[1][0][i]) != whole[i];
        auto const error = R::sub(R::add(seen[0][1][i], seen[1][1][i]), low[i]);
        wrong += static_cast<word>(error & R::low_mask(used)) != 0;
      }
      CHECK(wrong == 0);
      for (std::size_t other : {2, 3, 4}) CHECK((seen[other][0].empty() && seen[other][1].empty()));
      auto const [messages, elsewhere] = sent_by_helper(log);
      CHECK(elsewhere == 0);
      REQUIRE(messages.size() == 1);
      CHECK(messages[0].bytes.size() == n * (sizeof(word) + bytes_that_hold(used)));
      CHECK(messages[0].bytes.size() == beaver::deal_cost<R>({n}, {R::bits, used}).dealt);
      CHECK(messages[0].bytes.size() == beaver::answer_cost<R>({n}, {R::bits, used}).assisted);
    }
  }
}

TEST_CASE("server 0 draws words of the size in which they travel, and server 1 gets the differences to them") {
  using R = ring64;
  constexpr std::size_t n = 2051;
  auto const whole = plain::sample<R>({n}, 1), low = plain::sample<R>({n}, 2);
  transcript log;
  auto const seen = deal_two<R>(log, whole, low, 16);
  std::vector<std::uint16_t> drawn(n);
  common_stream(1, 0, 2, "low", 1).fill(writable_bytes_of(drawn.data(), n));
  auto const& bytes = log.on(2, 1)[0].bytes;
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(seen[0][1][i] == drawn[i]);
    CHECK(seen[1][1][i] == koi::load<std::uint16_t>(bytes, 8 * n + 2 * i));
    CHECK(seen[1][1][i] == static_cast<std::uint16_t>(low[i] - drawn[i]));
  }
}

TEST_CASE_TEMPLATE("what server 1 gets is uniform, whatever the value is", R, ring32, ring64, ring128) {
  constexpr std::size_t n = 1 << 15;
  for (auto const v : {typename R::value_type{0}, typename R::value_type{1}, R::neg(1)})
    for (std::size_t const used : {8, 16, 32}) {
      transcript log;
      tensor<R> const value({n}, v);
      (void)deal_two<R>(log, value, value, used);
      auto const& bytes = log.on(2, 1)[0].bytes;
      REQUIRE(bytes.size() == n * (sizeof(v) + used / 8));
      for (std::size_t place = 0; place < used / 8; ++place) {
        std::vector<std::uint32_t> count(256);
        for (std::size_t i = 0; i < n; ++i) ++count[static_cast<std::size_t>(bytes[n * sizeof(v) + i * used / 8 + place])];
        CHECK(std::abs(from_uniform(count)) < 6);
      }
    }
}

TEST_CASE("what dealing tells of itself") {
  using R = ring64;
  shape_type const shape{10};
  auto const one = beaver::bytes_of_dealt<R>(shape, {64});
  CHECK((one.sent == 80 && one.pieces == 80));
  CHECK(one.widened == std::array<std::uint64_t, 2>{0, 0});  // received where it stays
  auto const two = beaver::bytes_of_dealt<R>(shape, {64, 33});
  CHECK((two.sent == 160 && two.pieces == 160));
  CHECK(two.widened == std::array<std::uint64_t, 2>{0, 160});
  auto const three = beaver::bytes_of_dealt<R>(shape, {64, 64, 3});
  CHECK((three.sent == 170 && three.pieces == 240));
  CHECK(three.widened == std::array<std::uint64_t, 2>{80, 240});
}

}  // namespace koi::testing
