// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/detail/tls_stream.hpp>
#include <koi/session/endpoint.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Steps of a call, each in the calling thread and each with an end.
namespace koi::serve::detail {

using koi::detail::net_clock;

/// Whether `end` got a value before the deadline.
template <class T>
[[nodiscard]] bool wait_for(koi::detail::io_loop& io, std::optional<T> const& end, net_clock::time_point deadline) {
  while (!end && net_clock::now() < deadline) io.run_one(deadline);
  return end.has_value();
}
/// Until what was cancelled has said so.
template <class T>
void wait_out(koi::detail::io_loop& io, std::optional<T> const& end) {
  while (!end) io.run_one(koi::detail::deadline_after(std::chrono::seconds(1)));
}

struct addresses_found {
  std::vector<koi::detail::tcp::endpoint> all;
  std::string error;  ///< why there are none
};

/// The addresses of a name. The system's resolver cannot be interrupted, so one that is late goes on alone.
[[nodiscard]] inline addresses_found resolve(endpoint const& to, net_clock::time_point deadline) {
  boost::system::error_code ec;
  if (auto const numbers = koi::detail::asio::ip::make_address(to.host, ec); !ec) return {{{numbers, to.port}}, {}};
  struct job {
    std::mutex guard;
    std::condition_variable changed;
    bool done = false;
    addresses_found found;
  };
  auto const asked = std::make_shared<job>();
  std::thread([asked, to] {
    boost::system::error_code e;
    addresses_found found;
    koi::detail::asio::io_context io;
    for (auto const& each : koi::detail::tcp::resolver(io).resolve(to.host, std::to_string(to.port), e))
      found.all.push_back(each.endpoint());
    if (e) found.error = e.message();
    std::scoped_lock const lock(asked->guard);
    asked->found = std::move(found);
    asked->done = true;
    asked->changed.notify_all();
  }).detach();
  std::unique_lock lock(asked->guard);
  if (!asked->changed.wait_until(lock, deadline, [&] { return asked->done; }))
    return {{}, "no answer of the name service in time"};
  return asked->found;
}

struct dialled {
  std::optional<koi::detail::tcp::socket> socket;
  boost::system::error_code error;  ///< timed_out where nothing was heard at all
};

/// A connection to the first of some addresses that takes one.
[[nodiscard]] inline dialled dial(koi::detail::io_loop& io, std::vector<koi::detail::tcp::endpoint> const& to,
                                  net_clock::time_point deadline) {
  koi::detail::tcp::socket socket(io.context);
  std::optional<boost::system::error_code> end;
  koi::detail::asio::async_connect(socket, to, [&](boost::system::error_code ec, auto const&) { end = ec; });
  if (!wait_for(io, end, deadline)) {
    boost::system::error_code ignored;
    socket.close(ignored);
    wait_out(io, end);
    return {std::nullopt, koi::detail::asio::error::timed_out};
  }
  if (*end) return {std::nullopt, *end};
  return {std::move(socket), {}};
}

/// Whether a handshake is done before the deadline; else the connection is closed.
[[nodiscard]] inline bool shake_hands(koi::detail::io_loop& io, koi::detail::tls_stream& with,
                                      net_clock::time_point deadline) {
  std::optional<bool> end;
  with.async_handshake([&](bool good) { end = good; });
  if (wait_for(io, end, deadline)) return *end;
  boost::system::error_code ignored;
  with.lowest_layer().close(ignored);
  wait_out(io, end);
  return false;
}

}  // namespace koi::serve::detail
