// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/detail/plan_clock.hpp>

#include <doctest/doctest.h>

namespace koi::test {

namespace {

/// A machine that takes no time.
machine_speed at_once() { return {1e30, 1e30, 1e30, 1e30, 0, 0}; }
/// A byte a microsecond, and half a second of travel.
constexpr link_speed slow{.round_trip_ms = 1000, .mbit = 8, .window = 0};
constexpr std::uint64_t megabyte = 1'000'000 - frame_header_size;

}  // namespace

TEST_CASE("a message takes its time on the line and half a round trip") {
  detail::plan_clock clock(2, slow, at_once());
  clock.send(0, 1, megabyte);
  clock.receive(1, 0, megabyte);
  CHECK(clock.run() == doctest::Approx(1.5));
}

TEST_CASE("messages both ways do not disturb each other, and an answer waits for its question") {
  detail::plan_clock clock(2, slow, at_once());
  for (std::size_t p : {0U, 1U}) {
    clock.send(p, 1 - p, megabyte);
    clock.receive(p, 1 - p, megabyte);
  }
  clock.send(0, 1, megabyte);
  clock.receive(1, 0, megabyte);
  CHECK(clock.run() == doctest::Approx(3));
}

TEST_CASE("what goes out of a player to several shares its line, in turns") {
  detail::plan_clock clock(3, slow, at_once());
  clock.send(0, 1, megabyte);
  clock.send(0, 2, megabyte / 2);
  clock.receive(2, 0, megabyte / 2);
  clock.receive(1, 0, megabyte);
  CHECK(clock.run() == doctest::Approx(2).epsilon(0.02));

  detail::plan_clock first(3, slow, at_once());
  first.send(0, 1, megabyte);
  first.send(0, 2, megabyte / 2);
  first.receive(2, 0, megabyte / 2);
  CHECK(first.run() == doctest::Approx(1.5).epsilon(0.02));  // half of the line each until then
}

TEST_CASE("a window holds back what nobody reads") {
  auto link = slow;
  link.window = 250'000;
  detail::plan_clock clock(2, link, at_once());
  clock.send(0, 1, megabyte);
  clock.compute(1, 10);
  clock.receive(1, 0, megabyte);
  // a quarter is there; the rest goes once a reader is heard of, a window for each round trip
  CHECK(clock.run() == doctest::Approx(13).epsilon(0.02));
}

TEST_CASE("computing takes turns where players share processors") {
  for (auto const& [processors, seconds] :
       {std::pair(std::size_t{0}, 1.0), std::pair(std::size_t{1}, 3.0), std::pair(std::size_t{2}, 2.0)}) {
    auto machine = at_once();
    machine.processors = processors;
    detail::plan_clock clock(3, slow, machine);
    for (std::size_t p = 0; p < 3; ++p) clock.compute(p, 1);
    CHECK(clock.run() == doctest::Approx(seconds));
  }
}

TEST_CASE("bytes that are moved take time at both ends") {
  auto machine = at_once();
  machine.moved = 1e6;
  detail::plan_clock clock(2, {.round_trip_ms = 0, .mbit = 0, .window = 0}, machine);
  clock.send(0, 1, 1'000'000);
  clock.receive(1, 0, 1'000'000);
  CHECK(clock.run() == doctest::Approx(2));
}

TEST_CASE("a message that nobody sends is no plan") {
  detail::plan_clock clock(2, slow, at_once());
  clock.send(0, 1, megabyte);
  clock.receive(1, 0, megabyte + 1);
  CHECK_THROWS_AS((void)clock.run(), bad_argument);
}

}  // namespace koi::test
