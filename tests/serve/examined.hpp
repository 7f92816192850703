// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a doctor finds, and ports at which somebody else than a player answers.
#include <koi/serve/doctor.hpp>

#include "tests/session/tls_town.hpp"

namespace koi::test {

namespace serve = koi::serve;

/// Everything that a doctor found, a line each.
struct report {
  std::string text;
  std::size_t broken = 0;
};
inline report examined(cluster const& players, std::string const& me, serve::doctor_options options = {},
                       std::chrono::milliseconds wait = patience) {
  options.wait = wait;
  report out;
  std::size_t lines = 0;
  options.each = [&lines](auto const&) { ++lines; };
  auto const all = serve::doctor(players, me, std::move(options)).examine();
  CHECK(lines == all.size());
  for (auto const& f : all) {
    out.text += to_string(f) + "\n";
    out.broken += f.is == serve::verdict::broken ? 1 : 0;
  }
  return out;
}

/// A port at which something else than a player answers: each caller once, in a thread.
struct somebody {
  asio::io_context io;
  tcp::acceptor door{io};
  std::jthread running;

  template <class F>
  somebody(tcp::endpoint const& at, F talk) {
    door.open(at.protocol());
    door.set_option(asio::socket_base::reuse_address(true));
    door.bind(at);
    door.listen();
    running = std::jthread([this, talk](std::stop_token const& stop) {
      for (;;) {
        tcp::socket s(io);
        boost::system::error_code ec;
        door.accept(s, ec);
        if (ec || stop.stop_requested()) return;
        try {
          talk(s);
        } catch (std::exception const&) {  // the caller has left
        }
      }
    });
  }
  ~somebody() {
    running.request_stop();
    asio::io_context other;
    tcp::socket last(other);
    boost::system::error_code ignored;
    last.connect(door.local_endpoint(), ignored);
    running.join();
  }
};

/// What a server says to a client that asks for its models.
inline void describe(tcp::socket& to, serve::server_description const& d) {
  std::array<std::byte, serve::message_header_size> head;
  asio::read(to, asio::buffer(head));
  if (std::to_integer<char>(head[0]) == 'k')
    asio::write(to, asio::buffer(serve::encode(d)));
  else
    asio::write(to, asio::buffer(serve::encode_refusal({}, serve::refusal::bad_request, "no message of koi")));
  read_to_end(to);
}

/// What a waiting player says to a doctor over plain TCP: `answer` goes out as it is where an inquiry came.
inline void reply(tcp::socket& to, std::vector<std::byte> const& answer) {
  header_bytes head;
  asio::read(to, asio::buffer(head));
  if (std::to_integer<char>(head[0]) == 'k')
    asio::write(to, asio::buffer(answer));
  else
    asio::write(to, asio::buffer(encode_header({frame_kind::abort, {}, 0})));
  read_to_end(to);
}
inline std::vector<std::byte> framed(frame_kind kind, const_byte_span body) {
  auto const head = encode_header({kind, {}, body.size()});
  std::vector<std::byte> out(head.begin(), head.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

inline endpoint at(tcp::endpoint const& e) { return {e.address().to_string(), e.port()}; }

}  // namespace koi::test
