// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every channel promises, run by local_test.cpp and tcp_test.cpp over their kind of wire.
// A wire is a type with `static std::pair<C, C> make(name_a, name_b, channel_options)` and a
// constant `big`, the size of a message that its buffers do not hold.

#include <koi/net/channel.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace koi::test {

using namespace std::chrono_literals;

inline constexpr auto patience = 20s;

inline std::vector<std::byte> pattern(std::size_t n, unsigned seed) {
  std::vector<std::byte> out(n);
  auto x = seed * 2654435761u + 1;
  for (auto& b : out) {
    x = x * 1664525u + 1013904223u;
    b = static_cast<std::byte>(x >> 24);
  }
  return out;
}

inline frame_tag tag_of(std::uint32_t operation, std::string_view name, phase ph = phase::online) {
  frame_tag tag;
  tag.digest = 0x1234'5678'9abc'def0u + operation;
  tag.operation = operation;
  tag.ph = ph;
  tag.name = make_frame_name(name);
  return tag;
}

/// Message of the E that `f` throws; empty if it throws nothing or something else.
template <class E, class F>
std::string thrown(F&& f) {
  try {
    f();
  } catch (E const& e) {
    return e.what();
  } catch (std::exception const& e) {
    MESSAGE("another type was thrown: " << e.what());
    return {};
  }
  MESSAGE("nothing was thrown");
  return {};
}

inline bool contains(std::string const& text, std::string_view part) {
  bool const found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("'" << std::string{part} << "' is not in: " << text);
  return found;
}

template <class F>
auto in_thread(F f) {
  return std::async(std::launch::async, std::move(f));
}

TEST_CASE_TEMPLATE_DEFINE("channel", Wire, channel_suite) {
  auto [a, b] = Wire::make("server0", "server1", channel_options{});

  SUBCASE("names its peer") {
    CHECK(a.peer() == "server1");
    CHECK(b.peer() == "server0");
  }

  SUBCASE("carries tags and bytes of every size in order, both ways") {
    std::vector<std::size_t> const sizes{0, 1, 48, 0, 47, 16 * 1024 - 48, 16 * 1024, 64 * 1024, 3, 1 << 20, 2};
    auto const sender = [&sizes](auto& c) {
      for (unsigned i = 0; i < sizes.size(); ++i) c.send(tag_of(i, "op"), pattern(sizes[i], i));
    };
    auto const receiver = [&sizes](auto& c) {
      for (unsigned i = 0; i < sizes.size(); ++i) {
        std::vector<std::byte> got(sizes[i]);
        CHECK(c.recv(got, patience) == tag_of(i, "op"));
        CHECK(got == pattern(sizes[i], i));
      }
    };
    auto other = in_thread([&, &end = b] {
      sender(end);
      receiver(end);
      end.close();  // what the peer has not taken yet is delivered here
    });
    sender(a);
    receiver(a);
    a.close();
    other.get();
  }

  SUBCASE("many small messages wait until they are read") {
    for (unsigned i = 0; i < 2000; ++i) a.send(tag_of(i, "op"), pattern(i % 70, i));
    auto closing = in_thread([&end = a] { end.close(); });
    for (unsigned i = 0; i < 2000; ++i) {
      std::vector<std::byte> got(i % 70);
      CHECK(b.recv(got, patience).operation == i);
      REQUIRE(got == pattern(i % 70, i));
    }
    closing.get();
  }

  SUBCASE("both send more than the buffers hold, then both receive") {
    auto const run = [](auto& c, unsigned mine, unsigned theirs) {
      c.send(tag_of(1, "big"), pattern(Wire::big, mine));
      c.send(tag_of(2, "small"), pattern(5, mine));
      std::vector<std::byte> got(Wire::big);
      c.recv(got, patience);
      CHECK(got == pattern(Wire::big, theirs));
      got.resize(5);
      c.recv(got, patience);
      CHECK(got == pattern(5, theirs));
      c.close();  // what the peer has not taken yet is delivered here
    };
    auto other = in_thread([&, &end = b] { run(end, 1, 0); });
    run(a, 0, 1);
    other.get();
  }

  SUBCASE("close delivers what was sent, then says that the peer went away") {
    auto closing = in_thread([&, &end = a] {
      end.send(tag_of(1, "op"), pattern(Wire::big, 1));
      end.send(tag_of(2, "op"), pattern(3, 2));
      end.close();
    });
    std::vector<std::byte> got(Wire::big);
    b.recv(got, patience);
    CHECK(got == pattern(Wire::big, 1));
    got.resize(3);
    CHECK(b.recv(got, patience).operation == 2);
    CHECK(contains(thrown<channel_closed>([&, &end = b] { end.recv(got, patience); }), "server0 went away"));
    closing.get();
  }

  SUBCASE("destruction wakes a peer that waits") {
    auto waiting = in_thread([&, &end = b] {
      std::byte one[1];
      return thrown<channel_closed>([&] { end.recv(one, patience); });
    });
    { auto const gone = std::move(a); }
    CHECK(contains(waiting.get(), "server0 went away"));
  }

  SUBCASE("an abort tells the reason, after what was sent before") {
    a.send(tag_of(1, "op"), pattern(10, 1));
    a.abort("the disk is full\x1b[31m\n");
    std::vector<std::byte> got(10);
    b.recv(got, patience);
    CHECK(got == pattern(10, 1));
    auto const first = thrown<peer_aborted>([&, &end = b] { end.recv(got, patience); });
    CHECK(contains(first, "server0 stopped: the disk is full?[31m?"));
    auto const later = thrown<peer_aborted>([&, &end = b] { end.send(tag_of(2, "op"), got); });
    CHECK(contains(later, "closed since"));
    CHECK(contains(later, "the disk is full"));
  }

  SUBCASE("an abort says whom the player lost, and so does every later error") {
    std::byte one[1];
    auto const lost = [&, &end = b] {
      try {
        end.recv(one, patience);
      } catch (peer_aborted const& e) {
        CHECK(e.peer() == "server0");
        return e.lost();
      }
      return std::string{};
    };
    SUBCASE("") {
      a.abort({"no answer", "server2"});
      CHECK(lost() == "server2");
      CHECK(lost() == "server2");
    }
    SUBCASE("nobody: then it is the player itself") {
      a.abort("no answer");
      CHECK(lost() == "server0");
    }
    SUBCASE("a long name, and a long text that is cut behind it") {
      a.abort({std::string(5000, 'x'), std::string(63, 'n')});
      CHECK(lost() == std::string(63, 'n'));
    }
    SUBCASE("only what can be printed") {
      a.abort({"no answer", "\x1b[31m"});
      CHECK(lost() == "?[31m");
    }
  }

  SUBCASE("an abort wakes a peer that waits, and its text is cut") {
    auto waiting = in_thread([&, &end = b] {
      std::byte one[1];
      return thrown<peer_aborted>([&] { end.recv(one, patience); });
    });
    a.abort(std::string(5000, 'x'));
    auto const text = waiting.get();
    CHECK(contains(text, std::string(max_abort_bytes, 'x')));
    CHECK(text.size() < max_abort_bytes + 100);
  }

  SUBCASE("a sender learns the reason of an abort too") {
    b.send(tag_of(1, "op"), pattern(40'000, 1));  // never read
    b.abort("out of memory");
    auto const text = thrown<peer_aborted>([&, &end = a] {
      auto const bytes = pattern(1000, 1);
      auto const end_of_test = std::chrono::steady_clock::now() + patience;
      while (std::chrono::steady_clock::now() < end_of_test) end.send(tag_of(1, "op"), bytes);
    });
    CHECK(contains(text, "server1 stopped: out of memory"));
  }

  SUBCASE("a wait that ends names the peer and what was awaited, and the channel stays dead") {
    std::vector<std::byte> got(64);
    auto const text = thrown<channel_timeout>([&, &end = a] { end.recv(got, 5ms); });
    CHECK(contains(text, "server1"));
    CHECK(contains(text, "5 ms"));
    CHECK(contains(text, "64 bytes"));
    b.send(tag_of(1, "op"), got);
    CHECK(contains(thrown<channel_timeout>([&, &end = a] { end.recv(got, patience); }), "closed since"));
  }

  SUBCASE("the reason still reaches the peer after a timeout") {
    std::byte one[1];
    CHECK_THROWS_AS(a.recv(one, 1ms), channel_timeout);
    a.abort("no answer");
    CHECK(contains(thrown<peer_aborted>([&, &end = b] { end.recv(one, patience); }), "no answer"));
  }

  SUBCASE("a wait of zero takes what is there") {
    a.send(tag_of(1, "op"), pattern(8, 1));
    std::vector<std::byte> got(8);
    b.recv(got, patience);
    CHECK_THROWS_AS(b.recv(got, 0ms), channel_timeout);
  }

  SUBCASE("a message of another length is refused, whatever the difference") {
    std::size_t due = 0;
    std::size_t sent = 0;
    SUBCASE("longer") { sent = 65, due = 64; }
    SUBCASE("shorter") { sent = 63, due = 64; }
    SUBCASE("empty") { sent = 0, due = 1; }
    SUBCASE("not empty") { sent = 1, due = 0; }
    SUBCASE("much longer") { sent = 1 << 20, due = 16; }
    a.send(tag_of(7, "matmul"), pattern(sent, 1));
    std::vector<std::byte> got(due, std::byte{0x55});
    auto const text = thrown<bad_frame>([&, &end = b] { end.recv(got, patience); });
    CHECK(contains(text, "server0 sent " + std::to_string(sent) + " bytes of operation 7 'matmul'"));
    CHECK(contains(text, std::to_string(due) + " bytes were due"));
    CHECK(got == std::vector<std::byte>(due, std::byte{0x55}));
    REQUIRE(b.refused().has_value());
    CHECK(*b.refused() == tag_of(7, "matmul"));
  }

  SUBCASE("use after close says so") {
    a.close();
    a.close();
    a.abort("twice");
    std::byte one[1];
    CHECK(contains(thrown<channel_closed>([&, &end = a] { end.recv(one, patience); }), "it was closed here"));
    CHECK(contains(thrown<channel_closed>([&, &end = a] { end.send({}, one); }), "it was closed here"));
  }

  SUBCASE("a send to a peer that left ends as closed") {
    b.close();
    auto const text = thrown<channel_closed>([&, &end = a] {
      auto const bytes = pattern(1000, 1);
      auto const end_of_test = std::chrono::steady_clock::now() + patience;
      while (std::chrono::steady_clock::now() < end_of_test) end.send(tag_of(1, "op"), bytes);
    });
    CHECK(contains(text, "server1 went away"));
  }

  SUBCASE("works behind any_channel, which can be moved") {
    any_channel x{std::move(a)};
    any_channel y{std::move(b)};
    auto const z = std::move(x);
    x = std::move(y);
    CHECK(z.peer() == "server1");
    x.send(tag_of(1, "op"), pattern(9, 3));
    x.progress();
    std::vector<std::byte> got(9);
    y = std::move(const_cast<any_channel&>(z));
    y.recv(got, patience);
    CHECK(got == pattern(9, 3));
    x.send(tag_of(2, "op"), got);
    CHECK_THROWS_AS(y.recv(writable_bytes_of(got.data(), 8), patience), bad_frame);
    CHECK(y.refused()->operation == 2);
  }
}

TEST_CASE_TEMPLATE_DEFINE("channel with a queue limit", Wire, queue_limit_suite) {
  SUBCASE("send waits until the peer reads") {
    auto [a, b] = Wire::make("dealer", "server0", channel_options{Wire::big / 4, patience});
    constexpr unsigned count = 6;
    auto dealing = in_thread([&, &end = a] {
      for (unsigned i = 0; i < count; ++i) end.send(tag_of(i, "deal"), pattern(Wire::big, i));
      end.close();
    });
    for (unsigned i = 0; i < count; ++i) {
      std::vector<std::byte> got(Wire::big);
      CHECK(b.recv(got, patience).operation == i);
      CHECK(got == pattern(Wire::big, i));
    }
    dealing.get();
  }

  SUBCASE("send gives up after its wait and says why") {
    auto [a, b] = Wire::make("dealer", "server0", channel_options{100, 5ms});
    a.send(tag_of(0, "deal"), pattern(Wire::big, 0));  // one message is always let in
    auto const text = thrown<channel_timeout>([&, &end = a] { end.send(tag_of(1, "deal"), pattern(1, 1)); });
    CHECK(contains(text, "server0 took nothing for 5 ms"));
    CHECK(contains(text, "the limit is 100"));
    b.close();
  }

  SUBCASE("a peer that leaves releases the sender") {
    auto [a, b] = Wire::make("dealer", "server0", channel_options{100, patience});
    auto dealing = in_thread([&, &end = a] {
      return thrown<channel_closed>([&] {
        for (unsigned i = 0; i < 3; ++i) end.send(tag_of(i, "deal"), pattern(Wire::big, i));
      });
    });
    std::vector<std::byte> got(Wire::big);
    b.recv(got, patience);
    b.close();
    CHECK(contains(dealing.get(), "server0 went away"));
  }

  SUBCASE("without a limit send never waits") {
    auto [a, b] = Wire::make("dealer", "server0", channel_options{channel_options::unlimited, 0ms});
    for (unsigned i = 0; i < 4; ++i) a.send(tag_of(i, "deal"), pattern(Wire::big, i));
    auto closing = in_thread([&end = a] { end.close(); });
    for (unsigned i = 0; i < 4; ++i) {
      std::vector<std::byte> got(Wire::big);
      CHECK(b.recv(got, patience).operation == i);
    }
    closing.get();
  }
}

}  // namespace koi::test
