// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Players that meet over TCP: ports of their own, and callers that speak by hand.
#include <koi/session/connect.hpp>

#include "tests/net/channel_suite.hpp"

#include <koi/net/detail/asio.hpp>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace koi::test {

namespace asio = detail::asio;
using detail::tcp;

/// Players with ports of their own. A port is held by a socket that is bound and does not listen,
/// so that nobody else gets it before its player listens there.
struct town {
  asio::io_context io;
  std::vector<tcp::socket> held;
  std::vector<tcp::endpoint> where;
  std::string json = "{";
  cluster players = local_cluster({"-"});

  explicit town(std::vector<std::string> const& names) {
    for (auto const& name : names) {
      auto& s = held.emplace_back(io);
      s.open(tcp::v4());
      s.set_option(asio::socket_base::reuse_address(true));
      s.bind({asio::ip::address_v4::loopback(), 0});
      where.push_back(s.local_endpoint());
      json += (json.size() == 1 ? "\"" : ",\"") + name + "\":\"127.0.0.1:" + std::to_string(where.back().port()) + "\"";
    }
    json += "}";
    players = cluster::parse(json, "config.json");
  }

  /// A connection to player p, as soon as that one listens.
  tcp::socket call(std::size_t p) {
    auto const end_of_test = std::chrono::steady_clock::now() + patience;
    for (;;) {
      tcp::socket s{io};
      boost::system::error_code ec;
      if (!s.connect(where[p], ec)) return s;
      REQUIRE(std::chrono::steady_clock::now() < end_of_test);
      std::this_thread::yield();
    }
  }
};

inline hello const ours = [] {
  hello h;
  h.protocol = "pond<ring64,16,assisted>";
  h.ring_bits = 64;
  h.frac_bits = 16;
  h.program = "mnist";
  return h;
}();

inline bool later_calls(std::size_t a, std::size_t b) { return a > b; }

/// What player a gives to player b.
inline seed_contribution given(std::size_t a, std::size_t b) {
  seed_contribution c;
  c.fill(static_cast<std::byte>(16 * a + b + 1));
  return c;
}

inline connect_options quick() {
  connect_options o;
  o.connect_wait = patience;
  o.hello_wait = patience;
  return o;
}

inline connected_players meet(town const& t, std::size_t me, connect_options const& options = quick(), hello const& h = ours,
                       dial_rule const& dials = later_calls) {
  std::vector<seed_contribution> mine;
  for (std::size_t p = 0; p < t.players.players().size(); ++p) mine.push_back(given(me, p));
  return connect(t.players, t.players.players()[me], h, mine, dials, options);
}

/// Options whose `waiting` becomes ready with the first line of progress that starts as asked.
struct watched {
  connect_options options = quick();
  std::shared_ptr<std::promise<std::string>> line = std::make_shared<std::promise<std::string>>();
  std::future<std::string> waiting = line->get_future();

  explicit watched(std::string_view start = "") {
    options.progress_every = 1ms;
    options.progress = [line = line, start, said = std::make_shared<bool>(false)](std::string_view text) {
      if (text.starts_with(start) && !std::exchange(*said, true)) line->set_value(std::string{text});
    };
  }
};

/// Passes a message over every link.
inline void talk(std::vector<connected_players>& all) {
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = 0; b < all.size(); ++b) {
      if (!all[a].network.linked(b)) continue;
      all[a].network.send(b, tag_of(1, "talk"), pattern(100, static_cast<unsigned>(a)));
      std::vector<std::byte> got(100);
      all[b].network.recv(a, tag_of(1, "talk"), got, patience);
      CHECK(got == pattern(100, static_cast<unsigned>(a)));
    }
  }
}

inline void send_hello(tcp::socket& s, hello const& h) {
  auto const body = encode_hello(h);
  auto const head = encode_header({frame_kind::hello, {}, body.size()});
  asio::write(s, asio::buffer(head));
  asio::write(s, asio::buffer(body.data(), body.size()));
}

inline hello hello_from(town const& t, std::size_t from, std::size_t to) {
  auto h = ours;
  h.players = t.players.players();
  h.from = h.players[from];
  h.to = h.players[to];
  return h;
}

/// Reads a frame: its kind, and its payload as text.
inline std::pair<frame_kind, std::string> answer(tcp::socket& s) {
  header_bytes head;
  asio::read(s, asio::buffer(head));
  auto const header = decode_header(head, "the player");
  std::string body(static_cast<std::size_t>(header.length), '\0');
  asio::read(s, asio::buffer(body));
  return {header.kind, body};
}

/// Until the other side hangs up, orderly or not.
inline void read_to_end(tcp::socket& s) {
  boost::system::error_code ec;
  std::vector<char> sink(4096);
  while (!ec) s.read_some(asio::buffer(sink), ec);
}

}  // namespace koi::test
