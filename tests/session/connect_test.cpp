// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/connect.hpp>

#include "tests/session/town.hpp"

namespace koi::test {

TEST_CASE("players meet in any order of starting") {
  std::vector<std::size_t> order{0, 1, 2};
  do {
    CAPTURE(order[0]);
    CAPTURE(order[1]);
    town t{{"server0", "server1", "helper"}};
    std::vector<std::future<connected_players>> meeting(3);
    for (auto const me : order) {
      static constexpr std::string_view starts[] = {"server0 is waiting", "server1 is waiting", "helper is waiting"};
      watched w{starts[me]};
      meeting[me] = in_thread([&t, me, o = w.options] { return meet(t, me, o); });
      if (me != order.back()) CHECK(contains(w.waiting.get(), "is waiting for"));  // it is well on its way
    }
    std::vector<connected_players> all;
    for (auto& m : meeting) all.push_back(m.get());
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b)
        CHECK(all[a].contributions[b] == (a == b ? seed_contribution{} : given(b, a)));
    talk(all);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("owners call the servers and not each other") {
  town t{{"owner", "server0", "server1", "client"}};
  auto const dials = [](std::size_t a, std::size_t b) {
    bool const a_owns = a == 0 || a == 3;
    bool const b_owns = b == 0 || b == 3;
    return a_owns ? !b_owns : !b_owns && a > b;
  };
  t.held[0].close();  // the owner is called by nobody: whatever sits on its port is no matter
  tcp::acceptor other{t.io, t.where[0]};
  std::vector<std::future<connected_players>> meeting;
  for (std::size_t me = 0; me < 4; ++me)
    meeting.push_back(in_thread([&, me] { return meet(t, me, quick(), ours, dials); }));
  std::vector<connected_players> all;
  for (auto& m : meeting) all.push_back(m.get());
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) CHECK(all[a].network.clocks()[b].has_value() == (a != b && dials(a, b)));
  CHECK_FALSE(all[0].network.linked(3));
  CHECK_FALSE(all[3].network.linked(0));
  for (std::size_t s : {1u, 2u})
    for (std::size_t p = 0; p < 4; ++p) CHECK(all[s].network.linked(p) == (p != s));
  CHECK(all[0].contributions[3] == seed_contribution{});
  talk(all);
}

TEST_CASE("who calls knows how far the called player's clock is ahead, as far as the answer tells") {
  town t{{"server0", "server1"}};
  auto const planted = std::chrono::hours(30);
  t.held[0].close();
  tcp::acceptor door{t.io, t.where[0]};
  auto first = in_thread([&] {  // server0 by hand, on a clock of its own
    tcp::socket s{t.io};
    door.accept(s);
    CHECK(answer(s).first == frame_kind::hello);
    auto mine = hello_from(t, 0, 1);
    mine.clock = clock_reading() + planted;
    send_hello(s, mine);
    asio::write(s, asio::buffer(encode_header({frame_kind::data, detail::all_are_here(), 0})));
    read_to_end(s);
  });
  {
    auto const joined = meet(t, 1);
    auto const& clocks = joined.network.clocks();
    REQUIRE(clocks.size() == 2);
    REQUIRE(clocks[0].has_value());
    CHECK_FALSE(clocks[1].has_value());
    CHECK(clocks[0]->error < planted);
    CHECK(clocks[0]->ahead <= planted + clocks[0]->error);
    CHECK(clocks[0]->ahead >= planted - clocks[0]->error);
  }
  first.get();
}

TEST_CASE("callers that are no players disturb nobody") {
  town t{{"server0", "server1"}};
  auto options = quick();
  std::size_t dropped = 1;
  std::function<void(tcp::socket&)> act;
  SUBCASE("a probe") {
    act = [](tcp::socket& s) { s.shutdown(tcp::socket::shutdown_both); };
  }
  SUBCASE("garbage") {
    act = [](tcp::socket& s) {
      boost::system::error_code hung_up;
      asio::write(s, asio::buffer(pattern(1 << 20, 1)), hung_up);
    };
  }
  SUBCASE("a hello that is none") {
    act = [](tcp::socket& s) {
      asio::write(s, asio::buffer(encode_header({frame_kind::hello, {}, 100})));
      asio::write(s, asio::buffer(pattern(100, 1)));
    };
  }
  SUBCASE("a hello in a frame of another kind") {
    act = [body = encode_hello(hello_from(t, 1, 0))](tcp::socket& s) {
      asio::write(s, asio::buffer(encode_header({frame_kind::abort, {}, body.size()})));
      asio::write(s, asio::buffer(body.data(), body.size()));
    };
  }
  SUBCASE("a caller that says nothing") {
    options.hello_wait = 20ms;
    act = [](tcp::socket&) {};
  }
  SUBCASE("a caller that says half a hello") {
    options.hello_wait = 20ms;
    act = [](tcp::socket& s) { asio::write(s, asio::buffer(encode_header({frame_kind::hello, {}, 100}))); };
  }
  SUBCASE("a caller that stays silent while others come") { dropped = 0; }

  auto first = in_thread([&] { return meet(t, 0, options); });
  auto caller = t.call(0);
  if (act) {
    act(caller);
    read_to_end(caller);
  }
  auto second = in_thread([&] { return meet(t, 1); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  CHECK(all[0].dropped == dropped);
  talk(all);
}

TEST_CASE("many silent callers do not keep a player out") {
  town t{{"server0", "server1"}};
  auto first = in_thread([&] { return meet(t, 0); });
  std::vector<tcp::socket> callers;
  for (int i = 0; i < 200; ++i) callers.push_back(t.call(0));
  read_to_end(callers.front());  // the oldest had to go
  auto second = in_thread([&] { return meet(t, 1); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  CHECK(all[0].dropped >= 100);
  talk(all);
}

TEST_CASE("a player that goes away before all are there may come back") {
  town t{{"server0", "server1", "server2"}};
  auto first = in_thread([&] { return meet(t, 0); });
  {
    auto early = t.call(0);
    send_hello(early, hello_from(t, 1, 0));
    CHECK(answer(early).first == frame_kind::hello);
  }
  auto second = in_thread([&] { return meet(t, 1); });
  auto third = in_thread([&] { return meet(t, 2); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  all.push_back(third.get());
  talk(all);
}

TEST_CASE("nobody starts before all have met") {
  town t{{"server0", "server1", "server2"}};
  auto const beside = [](std::size_t a, std::size_t b) { return a != 0 && b == 0; };  // 1 and 2 call 0 only
  auto first = in_thread([&] { return meet(t, 0, quick(), ours, beside); });
  auto second = in_thread([&] { return meet(t, 1, quick(), ours, beside); });
  CHECK(second.wait_for(300ms) == std::future_status::timeout);  // it has all its links, but player 0 has not
  auto third = in_thread([&] { return meet(t, 2, quick(), ours, beside); });
  CHECK(second.get().network.linked(0));
  CHECK(third.get().network.linked(0));
  CHECK(first.get().network.linked(2));
}

TEST_CASE("a player that gives up is heard by those who still wait") {
  town t{{"server0", "server1", "server2"}};
  watched w{"server1 is waiting for server2"};
  auto first = in_thread([&] {
    return thrown<peer_aborted>([&] {
      try {
        meet(t, 0);
      } catch (peer_aborted const& e) {
        CHECK(e.lost() == "server2");
        throw;
      }
    });
  });
  auto second = in_thread([&] { return thrown<hello_mismatch>([&] { meet(t, 1, w.options); }); });
  w.waiting.get();  // so server0 is there
  auto third = t.call(1);
  auto wrong = hello_from(t, 2, 1);
  wrong.program = "other";
  send_hello(third, wrong);
  CHECK(contains(second.get(), "server1 and server2 do not agree on the program"));
  CHECK(contains(first.get(), "server1 stopped: server1 and server2 do not agree on the program"));
}

TEST_CASE("players that are missing are all named, with their addresses") {
  town t{{"server0", "server1", "server2"}};
  auto options = quick();
  options.connect_wait = 30ms;
  auto const text = thrown<channel_timeout>([&] { meet(t, 1, options); });
  CHECK(contains(text, "server1 gave up after 30 ms"));
  CHECK(contains(text, "server0 at 127.0.0.1:" + std::to_string(t.where[0].port()) + " (Connection refused)"));
  CHECK(contains(text, "server2 at 127.0.0.1:" + std::to_string(t.where[2].port()) + " (it did not call server1)"));
}

TEST_CASE("a service that is no koi player is asked again and named") {
  town t{{"server0", "server1"}};
  t.held[0].close();
  tcp::acceptor other{t.io, t.where[0]};
  auto service = in_thread([&] {
    tcp::socket s{t.io};
    other.accept(s);
    asio::write(s, asio::buffer(std::string(100, 'H')));
    read_to_end(s);
    s.close();
    other.close();
  });
  auto meeting = in_thread([&] { return meet(t, 1); });
  service.get();
  auto server = in_thread([&] { return meet(t, 0); });  // now the player itself comes
  std::vector<connected_players> all;
  all.push_back(server.get());
  all.push_back(meeting.get());
  talk(all);
}

TEST_CASE("a port that is taken says so") {
  town t{{"server0", "server1"}};
  t.held[0].close();
  tcp::acceptor other{t.io, t.where[0]};
  auto const text = thrown<bad_option>([&] { meet(t, 0); });
  CHECK(contains(text, "server0 cannot listen on 127.0.0.1:" + std::to_string(t.where[0].port())));
  CHECK(contains(text, "already in use"));
  CHECK(contains(text, "change the port"));
}

TEST_CASE("plain links leave the machine only if the configuration says so") {
  town t{{"server0", "server1"}};
  auto const far = [](std::string const& extra) {
    return cluster::parse("{" + extra + R"("server0":"192.0.2.1:4440","server1":"127.0.0.1:4441"})", "config.json");
  };
  SUBCASE("calling") {
    t.players = far("");
    auto const text = thrown<bad_option>([&] { meet(t, 1); });
    CHECK(contains(text, "server0 is at 192.0.2.1"));
    CHECK(contains(text, "\"transport\": \"plain\""));
  }
  SUBCASE("listening") {
    t.players = far("");
    CHECK(contains(thrown<bad_option>([&] { meet(t, 0); }), "server0 is at 192.0.2.1"));
  }
  SUBCASE("allowed, with a warning") {
    t.players = far(R"("transport":"plain",)");
    watched w;
    w.options.connect_wait = 20ms;
    CHECK_THROWS_AS(meet(t, 1, w.options), channel_timeout);
    CHECK(contains(w.waiting.get(), "warning"));
  }
}

TEST_CASE("connect looks at its arguments") {
  town t{{"server0", "server1"}};
  std::vector<seed_contribution> const two(2);
  CHECK_THROWS_AS(connect(local_cluster({"a", "b"}), "a", ours, two, later_calls), bad_option);
  CHECK_THROWS_AS(connect(t.players, "nobody", ours, two, later_calls), bad_option);
  CHECK_THROWS_AS(connect(t.players, "server0", ours, {}, later_calls), bad_argument);
  auto const both = [](std::size_t, std::size_t) { return true; };
  CHECK_THROWS_AS(connect(t.players, "server0", ours, two, both), bad_argument);
}

TEST_CASE("a name is resolved") {
  town t{{"server0", "server1"}};
  auto json = t.json;
  for (std::size_t at; (at = json.find("127.0.0.1")) != std::string::npos;) json.replace(at, 9, "localhost");
  t.players = cluster::parse(json, "config.json");
  auto first = in_thread([&] { return meet(t, 0); });
  auto second = in_thread([&] { return meet(t, 1); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  talk(all);
}

TEST_CASE("a player that finishes early delivers all that it sent") {
  town t{{"server0", "dealer"}};
  constexpr std::size_t size = 16 << 20;
  auto dealer = in_thread([&] {
    auto c = meet(t, 1);
    for (unsigned i = 0; i < 3; ++i) c.network.send(0, tag_of(i, "deal", phase::offline), pattern(size, i));
    c.network.close();
  });
  auto server = meet(t, 0);
  std::vector<std::byte> got(size);
  for (unsigned i = 0; i < 3; ++i) {
    server.network.recv(1, tag_of(i, "deal", phase::offline), got, patience);
    CHECK(got == pattern(size, i));
  }
  dealer.get();
  CHECK_THROWS_AS(server.network.recv(1, tag_of(3, "deal"), got, patience), channel_closed);
}

}  // namespace koi::test
