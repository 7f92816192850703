// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/detail/refusal_log.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace koi::test {

namespace {

struct kept_log {
  std::vector<std::string> lines;
  detail::refusal_log log{[this](std::string const& line) { lines.push_back(line); }};
  detail::net_clock::time_point now = detail::net_clock::now();
};

}  // namespace

TEST_CASE("callers that are refused for reasons in turn are said once each, and counted") {
  kept_log k;
  for (int i = 0; i < 1000; ++i) k.log.put(i % 2 == 0 ? "expired" : "another authority", k.now);
  CHECK(k.lines == std::vector<std::string>{"expired", "another authority"});
  k.now += detail::refusal_log::period;
  k.log.look(k.now);
  REQUIRE(k.lines.size() == 4);
  CHECK(k.lines[2] == "expired (499 times more in a minute)");
  CHECK(k.lines[3] == "another authority (499 times more in a minute)");
  k.log.look(k.now + detail::refusal_log::period);
  CHECK(k.lines.size() == 4);
}

TEST_CASE("reasons that a caller makes up do not fill the log") {
  kept_log k;
  for (int i = 0; i < 1000; ++i) k.log.put("its certificate ('" + std::to_string(i) + "') expired", k.now);
  CHECK(k.lines.size() == detail::refusal_log::most);
  k.now += detail::refusal_log::period;
  k.log.put("late", k.now);
  REQUIRE(k.lines.size() == detail::refusal_log::most + 2);
  CHECK(k.lines[detail::refusal_log::most] == "992 more callers were refused in a minute, for other reasons");
  CHECK(k.lines.back() == "late");
}

TEST_CASE("a reason is said again after a while") {
  kept_log k;
  k.log.put("expired", k.now);
  k.log.put("expired", k.now + detail::refusal_log::period);
  CHECK(k.lines == std::vector<std::string>{"expired", "expired"});
}

}  // namespace koi::test
