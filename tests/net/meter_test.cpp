// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/meter.hpp>

#include <doctest/doctest.h>

namespace koi::test {

TEST_CASE("a meter counts per peer and phase") {
  meter m{3};
  m.count_sent(1, phase::online, 10);
  m.count_sent(1, phase::online, 5);
  m.count_sent(2, phase::offline, 7);
  m.count_received(2, phase::online, 100, 1);

  CHECK(m.sent(1, phase::online) == traffic{2, 15});
  CHECK(m.sent(2, phase::online) == traffic{});
  CHECK(m.sent(2, phase::offline) == traffic{1, 7});
  CHECK(m.received(2, phase::online) == traffic{1, 100});
  CHECK(m.received(1, phase::online) == traffic{});
  CHECK(m.sent(phase::online) == traffic{2, 15});
  CHECK(m.sent(phase::offline) == traffic{1, 7});
  CHECK(m.received(phase::online) == traffic{1, 100});
  CHECK(m.received(phase::set_up) == traffic{});
}

TEST_CASE("rounds are the depth of the deepest message received, per phase") {
  meter m{2};
  CHECK(m.rounds(phase::online) == 0);
  m.count_received(1, phase::online, 1, 3);
  m.count_received(1, phase::online, 1, 2);
  m.count_received(1, phase::offline, 1, 1);
  CHECK(m.rounds(phase::online) == 3);
  CHECK(m.rounds(phase::offline) == 1);
  CHECK(m.rounds(phase::set_up) == 0);
  m.count_sent(1, phase::set_up, 1);
  CHECK(m.rounds(phase::set_up) == 0);
}

TEST_CASE("the difference of two copies is what was spent between them") {
  meter m{2};
  m.count_sent(1, phase::online, 10);
  m.count_received(1, phase::online, 1, 2);
  auto const before = m;
  m.count_sent(1, phase::online, 20);
  m.count_sent(1, phase::offline, 3);
  m.count_received(1, phase::online, 4, 5);

  auto const spent = m - before;
  CHECK(spent.sent(1, phase::online) == traffic{1, 20});
  CHECK(spent.sent(1, phase::offline) == traffic{1, 3});
  CHECK(spent.received(1, phase::online) == traffic{1, 4});
  CHECK(spent.rounds(phase::online) == 3);
  CHECK(m - m == meter{2});
  CHECK_FALSE(spent == meter{2});
}

TEST_CASE("traffic adds and subtracts") {
  traffic const a{3, 40};
  traffic const b{1, 15};
  CHECK(a + b == traffic{4, 55});
  CHECK(a - b == traffic{2, 25});
  CHECK_FALSE(a == b);
}

}  // namespace koi::test
