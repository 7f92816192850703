// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/network.hpp>

#include "channel_suite.hpp"

#include <koi/net/local.hpp>

#include <array>
#include <vector>

namespace koi::test {

namespace {

std::vector<std::string> const names{"server0", "server1", "helper"};

struct three {
  std::vector<network> of;

  three() {
    for (auto const& n : names) of.emplace_back(n, names);
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = a + 1; b < 3; ++b) {
        auto [x, y] = make_local_pair(names[a], names[b]);
        of[a].attach(b, std::move(x));
        of[b].attach(a, std::move(y));
      }
    }
  }

  void pass(std::size_t from, std::size_t to, std::size_t n, frame_tag const& tag) {
    of[from].send(to, tag, pattern(n, 1));
    std::vector<std::byte> got(n);
    of[to].recv(from, tag, got, patience);
    CHECK(got == pattern(n, 1));
  }
};

}  // namespace

TEST_CASE("a network knows its players") {
  network const n{"server1", names};
  CHECK(n.me() == 1);
  CHECK(n.name() == "server1");
  CHECK(n.players() == names);
  CHECK_FALSE(n.linked(0));
  CHECK_THROWS_AS((network{"nobody", names}), bad_argument);
  CHECK_THROWS_AS((network{"a", {"a", "b", "a"}}), bad_argument);
}

TEST_CASE("a player without a link is an argument error that names both") {
  network n{"server0", names};
  std::byte one[1];
  CHECK(contains(thrown<bad_argument>([&] { n.send(2, tag_of(1, "op"), one); }), "server0 has no link to helper"));
  CHECK(
      contains(thrown<bad_argument>([&] { n.recv(1, tag_of(1, "op"), one, 1ms); }), "server0 has no link to server1"));
  CHECK(contains(thrown<bad_argument>([&] { n.send(0, tag_of(1, "op"), one); }), "server0 has no link to server0"));
  CHECK_THROWS_AS(n.send(3, tag_of(1, "op"), one), bad_argument);
  CHECK_THROWS_AS(n.recv(99, tag_of(1, "op"), one, 1ms), bad_argument);
  auto [x, y] = make_local_pair("server0", "server1");
  CHECK_THROWS_AS(n.attach(0, std::move(x)), bad_argument);
  CHECK_THROWS_AS(n.attach(3, std::move(y)), bad_argument);
}

TEST_CASE("both ends count the same") {
  three t;
  t.pass(0, 1, 100, tag_of(1, "op"));
  t.pass(0, 1, 50, tag_of(2, "op"));
  t.pass(1, 0, 7, tag_of(3, "op"));
  t.pass(2, 0, 9, tag_of(4, "op", phase::offline));
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      for (auto const ph : {phase::set_up, phase::offline, phase::online})
        CHECK(t.of[a].spent().sent(b, ph) == t.of[b].spent().received(a, ph));
  CHECK(t.of[0].spent().sent(1, phase::online) == traffic{2, 150});
  CHECK(t.of[0].spent().received(phase::online) == traffic{1, 7});
  CHECK(t.of[0].spent().received(2, phase::offline) == traffic{1, 9});
}

TEST_CASE("rounds are the depth of dependence") {
  three t;
  SUBCASE("an exchange is one round, whoever is first") {
    auto const tag = tag_of(1, "open");
    t.of[0].send(1, tag, pattern(4, 0));
    t.of[1].send(0, tag, pattern(4, 1));
    std::vector<std::byte> got(4);
    t.of[0].recv(1, tag, got, patience);
    t.of[1].recv(0, tag, got, patience);
    CHECK(t.of[0].spent().rounds(phase::online) == 1);
    CHECK(t.of[1].spent().rounds(phase::online) == 1);
  }
  SUBCASE("an answer is one deeper") {
    t.pass(0, 1, 4, tag_of(1, "ask"));
    t.pass(1, 0, 4, tag_of(2, "answer"));
    CHECK(t.of[1].spent().rounds(phase::online) == 1);
    CHECK(t.of[0].spent().rounds(phase::online) == 2);
  }
  SUBCASE("two messages in a row are one round, a chain counts through") {
    t.pass(0, 1, 4, tag_of(1, "a"));
    t.pass(0, 1, 4, tag_of(2, "b"));
    t.pass(1, 2, 4, tag_of(3, "c"));
    t.pass(2, 0, 4, tag_of(4, "d"));
    CHECK(t.of[1].spent().rounds(phase::online) == 1);
    CHECK(t.of[2].spent().rounds(phase::online) == 2);
    CHECK(t.of[0].spent().rounds(phase::online) == 3);
  }
  SUBCASE("what is dealt adds nothing to the rounds online") {
    for (unsigned i = 0; i < 5; ++i) {
      t.pass(2, 0, 4, tag_of(i, "deal", phase::offline));
      t.pass(2, 1, 4, tag_of(i, "deal", phase::offline));
    }
    CHECK(t.of[0].spent().rounds(phase::offline) == 1);
    CHECK(t.of[0].spent().rounds(phase::online) == 0);
    t.pass(0, 1, 4, tag_of(9, "open"));
    CHECK(t.of[1].spent().rounds(phase::online) == 1);
    CHECK(t.of[1].spent().rounds(phase::offline) == 1);
  }
}

TEST_CASE("programs that part stop with both operations named") {
  three t;
  auto const here = tag_of(12, "matmul");
  auto const refused = [&](frame_tag const& there, std::size_t n = 8) {
    t.of[1].send(0, there, pattern(n, 1));
    std::vector<std::byte> got(8);
    try {
      t.of[0].recv(1, here, got, patience);
    } catch (program_mismatch const& e) {
      CHECK(e.peer() == "server1");
      return std::string{e.what()};
    }
    return std::string{};
  };
  SUBCASE("another operation") {
    auto const text = refused(tag_of(12, "add"));
    CHECK(contains(text, "server0 and server1 run different programs"));
    CHECK(contains(text, "here operation 12 'matmul', server1 sent a message of operation 12 'add'"));
  }
  SUBCASE("another operation, of another length") {
    CHECK(contains(refused(tag_of(12, "add"), 1000), "here operation 12 'matmul', server1 sent"));
  }
  SUBCASE("another number") { CHECK(contains(refused(tag_of(13, "matmul")), "operation 13 'matmul'")); }
  SUBCASE("another history") {
    auto there = here;
    there.digest ^= 1;
    CHECK(contains(refused(there), "shapes or earlier operations differ"));
    CHECK(t.of[0].spent().received(phase::online) == traffic{});
  }
  SUBCASE("another phase") { CHECK(contains(refused(tag_of(12, "matmul", phase::offline)), "phases differ")); }
  SUBCASE("the round is not compared") {
    auto there = here;
    there.round = 77;
    CHECK(refused(there).empty());
    CHECK(t.of[0].spent().rounds(phase::online) == 1);  // filled in by the sender's network
  }
}

TEST_CASE("errors of channels keep their type and gain the operation") {
  three t;
  auto const tag = tag_of(3, "relu");
  std::vector<std::byte> got(8);
  SUBCASE("timeout") {
    auto const text = thrown<channel_timeout>([&] { t.of[0].recv(1, tag, got, 1ms); });
    CHECK(contains(text, "operation 3 'relu': server1 sent nothing"));
  }
  SUBCASE("closed") {
    t.of[1].close();
    CHECK(
        contains(thrown<channel_closed>([&] { t.of[0].recv(1, tag, got, patience); }), "operation 3 'relu': server1"));
    CHECK(contains(thrown<channel_closed>([&] { t.of[0].send(1, tag, got); }), "operation 3 'relu': "));
  }
  SUBCASE("length") {
    t.of[1].send(0, tag, pattern(9, 1));
    CHECK(contains(thrown<bad_frame>([&] { t.of[0].recv(1, tag, got, patience); }),
                   "operation 3 'relu': server1 sent 9"));
  }
  SUBCASE("abort reaches every peer") {
    t.of[1].abort("the input is missing");
    for (std::size_t const other : {0u, 2u})
      CHECK(contains(thrown<peer_aborted>([&] { t.of[other].recv(1, tag, got, patience); }),
                     "operation 3 'relu': server1 stopped: the input is missing"));
  }
  SUBCASE("who is lost is one of the others") {
    auto const lost_by = [&](std::size_t player) {
      try {
        t.of[player].recv(1, tag, got, patience);
      } catch (channel_error const& e) {
        CHECK(e.peer() == "server1");
        return e.lost();
      }
      return std::string{};
    };
    SUBCASE("") {
      t.of[1].abort({"no answer", names[2]});
      CHECK(lost_by(0) == names[2]);
      CHECK(lost_by(2) == "server1");  // which knows better
    }
    SUBCASE("a long name") {
      std::vector<std::string> const long_names{"computing-server-0", "computing-server-1", "computing-server-2"};
      network here{long_names[0], long_names}, there{long_names[1], long_names};
      auto [x, y] = make_local_pair(long_names[0], long_names[1]);
      here.attach(1, std::move(x));
      there.attach(0, std::move(y));
      there.abort({"no answer", long_names[2]});
      try {
        here.recv(1, tag, got, patience);
        FAIL("nothing was thrown");
      } catch (peer_aborted const& e) {
        CHECK(e.lost() == long_names[2]);
      }
    }
    SUBCASE("a stranger") {
      t.of[1].abort({"no answer", "server7"});
      CHECK(lost_by(0) == "server1");
    }
  }
}

TEST_CASE("who is lost is one of the others, when a player waits to leave too") {
  struct stuck {
    std::string peer_name;
    std::string const& peer() const noexcept { return peer_name; }
    void send(frame_tag const&, const_byte_span) {}
    frame_tag recv(byte_span, std::chrono::milliseconds) { return {}; }
    void abort(abort_reason const&) noexcept {}
    void close() noexcept {}
    void flush(std::chrono::milliseconds) { throw peer_aborted(peer_name, "server1 stopped: no answer", {}, "stranger"); }
  };
  network here{names[0], names};
  here.attach(1, stuck{names[1]});
  try {
    here.flush(patience);
    FAIL("nothing was thrown");
  } catch (peer_aborted const& e) {
    CHECK(e.lost() == names[1]);
    CHECK(std::string(e.what()) == "server1 stopped: no answer");
  }
}

TEST_CASE("a network can be moved") {
  three t;
  t.pass(0, 1, 4, tag_of(1, "op"));
  network moved{std::move(t.of[0])};
  CHECK(moved.name() == "server0");
  CHECK(moved.spent().sent(1, phase::online) == traffic{1, 4});
  CHECK(moved.linked(2));
  moved.progress();
  t.of[0] = std::move(moved);
  t.pass(1, 0, 4, tag_of(2, "op"));
}

}  // namespace koi::test
