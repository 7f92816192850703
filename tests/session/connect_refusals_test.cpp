// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/connect.hpp>

#include "tests/session/town.hpp"

namespace koi::test {

TEST_CASE("players that do not agree both say so") {
  town t{{"server0", "server1"}};
  town other{{"server0", "server1", "server2"}};
  auto theirs = ours;
  auto const* at = &t;
  std::string field;
  SUBCASE("protocol") { theirs.protocol = "securenn<ring64,16>", field = "the protocol"; }
  SUBCASE("ring") { theirs.ring_bits = 32, field = "the bits of the ring"; }
  SUBCASE("fraction") { theirs.frac_bits = 3, field = "the fraction bits"; }
  SUBCASE("program") { theirs.program = "quickstart", field = "the program"; }
  SUBCASE("settings") { theirs.config = 5, field = "the settings"; }
  SUBCASE("players") {
    other.players = cluster::parse(t.json.substr(0, t.json.size() - 1) + R"(,"server2":"127.0.0.1:1"})", "other.json");
    at = &other;
    field = "the players";
  }
  auto first = in_thread([&] { return thrown<hello_mismatch>([&] { meet(t, 0); }); });
  auto const rule = [](std::size_t a, std::size_t b) { return a == 1 && b == 0; };
  auto const second = thrown<hello_mismatch>([&] { meet(*at, 1, quick(), theirs, rule); });
  for (auto const& text : {first.get(), second}) {
    CHECK(contains(text, "server0 and server1 do not agree on " + field));
    CHECK(contains(text, "server0 has '"));
    CHECK(contains(text, "server1 has '"));
  }
}

TEST_CASE("a hello for another player is a mismatch") {
  town t{{"server0", "server1", "server2"}};
  auto first = in_thread([&] { return thrown<hello_mismatch>([&] { meet(t, 0); }); });
  auto caller = t.call(0);
  send_hello(caller, hello_from(t, 1, 2));
  auto const [kind, text] = answer(caller);
  CHECK(kind == frame_kind::abort);
  CHECK(contains(text, "for 'server2'"));
  CHECK(contains(first.get(), "for 'server2'"));
}

TEST_CASE("a second player of the same name is turned away") {
  town t{{"server0", "server1", "server2"}};
  auto first = in_thread([&] { return meet(t, 0); });
  auto genuine = t.call(0);
  send_hello(genuine, hello_from(t, 1, 0));
  CHECK(answer(genuine).first == frame_kind::hello);
  auto copy = t.call(0);
  send_hello(copy, hello_from(t, 1, 0));
  auto const [kind, text] = answer(copy);
  CHECK(kind == frame_kind::abort);
  CHECK(contains(text, "server0 is connected to server1 already"));
  auto last = t.call(0);
  send_hello(last, hello_from(t, 2, 0));
  CHECK(answer(last).first == frame_kind::hello);
  auto const ready = encode_header({frame_kind::data, detail::all_are_here(), 0});
  asio::write(genuine, asio::buffer(ready));
  asio::write(last, asio::buffer(ready));
  CHECK(first.get().dropped == 1);
}

}  // namespace koi::test
