// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/detail/inquirer.hpp>

#include "tests/session/tls_town.hpp"

namespace koi::test {

namespace {

void send_inquiry(tcp::socket& s, std::size_t bytes = 0) {
  asio::write(s, asio::buffer(encode_header({frame_kind::inquiry, {}, bytes})));
  asio::write(s, asio::buffer(std::vector<char>(bytes)));
}

hello hello_in(std::pair<frame_kind, std::string> const& came) {
  REQUIRE(came.first == frame_kind::inquiry);
  return decode_hello(bytes_of(came.second.data(), came.second.size()), "server0");
}

/// A player by hand that asks over TLS: the answer, if one comes.
std::optional<std::pair<frame_kind, std::string>> asked_by(tls_town const& t, credentials const& mine) {
  by_hand caller{t.where[0]};
  REQUIRE(caller.shake(mine, detail::tls_end::calling));
  bool written = false;
  caller.talk->write(frame_kind::inquiry, {}, [&](bool) { written = true; });
  auto const came = caller.hear();
  caller.leave();
  return came;
}

/// What player 0 dropped, once it and player 1 have met.
std::size_t met(cluster const& players, std::future<connected_players>& first) {
  std::vector<connected_players> all;
  all.push_back(meet_in(players, 1));
  all.insert(all.begin(), first.get());
  CHECK(all[0].contributions[1] == given(1, 0));
  CHECK(all[1].contributions[0] == given(0, 1));
  talk(all);
  return all[0].dropped;
}

}  // namespace

TEST_CASE("who only asks hears what the hello would say, without a contribution, and nobody is met by it") {
  town t{{"server0", "server1"}};
  auto config = ours;
  config.config = 0x1234;
  auto o = quick();
  o.clock = [] { return clock_reading() + std::chrono::hours(30); };
  auto first = in_thread([&] { return meet(t, 0, o, config); });
  for (int times = 0; times < 3; ++times) {
    auto s = t.call(0);
    send_inquiry(s);
    auto const told = hello_in(answer(s));
    CHECK(told.version == wire_version);
    CHECK(told.from == "server0");
    CHECK(told.to.empty());
    CHECK(told.protocol == ours.protocol);
    CHECK(told.ring_bits == 64);
    CHECK(told.frac_bits == 16);
    CHECK(told.program == ours.program);
    CHECK(told.config == 0x1234);
    CHECK(told.players == t.players.players());
    CHECK(told.clock > clock_reading() + std::chrono::hours(29));
    CHECK(told.contribution == seed_contribution{});
    read_to_end(s);
  }
  auto second = in_thread([&] { return meet(t, 1, quick(), config); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  CHECK(all[0].dropped == 0);
  CHECK(all[0].contributions[1] == given(1, 0));
  talk(all);
}

TEST_CASE("an inquiry with anything in it is dropped like any other garbage") {
  town t{{"server0", "server1"}};
  auto first = in_thread([&] { return meet(t, 0); });
  auto s = t.call(0);
  send_inquiry(s, 5);
  read_to_end(s);
  CHECK(met(t.players, first) == 1);
}

TEST_CASE("over TLS players of the group alone are answered") {
  tls_town t{{"server0", "server1"}};
  auto first = in_thread([&] { return meet_in(t.players, 0); });
  std::size_t dropped = 0;
  SUBCASE("a player") {
    auto const came = asked_by(t, credentials::load(t.players.keys_of("server1")));
    REQUIRE(came);
    CHECK(hello_in(*came).to == "server1");
    CHECK(hello_in(*came).contribution == seed_contribution{});
  }
  SUBCASE("a client of the same authority") {
    auto const came = asked_by(t, credentials::load(t.authority.write(t.folder.path / "clients", "clinic")));
    REQUIRE(came);
    CHECK(came->first == frame_kind::abort);
    CHECK(came->second == "server0 tells players alone what it is like");
    dropped = 1;
  }
  CHECK(met(t.players, first) == dropped);
}

TEST_CASE("an answer to an inquiry is no answer to a hello") {
  town t{{"server0", "server1"}};
  t.held[0].close();
  tcp::acceptor door{t.io, t.where[0]};
  watched w;
  w.options.connect_wait = 300ms;
  auto second = in_thread([&] { return thrown<channel_timeout>([&] { (void)meet(t, 1, w.options); }); });
  auto s = door.accept();
  CHECK(answer(s).first == frame_kind::hello);
  auto const body = encode_hello(hello_from(t, 0, 1));
  asio::write(s, asio::buffer(encode_header({frame_kind::inquiry, {}, body.size()})));
  asio::write(s, asio::buffer(body.data(), body.size()));
  CHECK(contains(second.get(), "says no hello"));
}

TEST_CASE("players whose clocks are far apart say so as they meet, and meet") {
  tls_town t{{"server0", "server1"}};
  listening server0, server1;
  auto const by = [&](std::chrono::seconds offset) {
    server0.options.clock = [offset] { return clock_reading() + offset; };
    auto first = in_thread([&] { return meet_in(t.players, 0, server0.options); });
    std::vector<connected_players> all;
    all.push_back(meet_in(t.players, 1, server1.options));
    all.insert(all.begin(), first.get());
    talk(all);
  };
  SUBCASE("ahead") {
    by(100s);
    CHECK(contains(server1.text(), "warning: the clock of server0 is "));
    CHECK(contains(server1.text(), " s ahead of this player's; certificates seem"));
    CHECK(server0.text().find("clock") == std::string::npos);  // server1's hello may just have come late
  }
  SUBCASE("behind") {
    by(-100s);
    CHECK(contains(server1.text(), "warning: the clock of server0 is "));
    CHECK(contains(server1.text(), " s behind this player's; certificates seem"));
    CHECK(contains(server0.text(), "warning: the clock of server1 is "));
    CHECK(contains(server0.text(), " s ahead of this player's; certificates seem"));
  }
  SUBCASE("no farther than is common") {
    by(-4s);
    CHECK(server1.text().find("clock") == std::string::npos);
    CHECK(server0.text().find("clock") == std::string::npos);
  }
}

}  // namespace koi::test
