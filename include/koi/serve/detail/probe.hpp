// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/frame.hpp>
#include <koi/net/tls.hpp>
#include <koi/serve/detail/dial.hpp>
#include <koi/serve/detail/inquiry.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace koi::serve::detail {

/// What a port answers to the beginning of TLS.
enum class tongue {
  silent,   ///< nothing in time
  plain,    ///< koi, over plain TCP
  tls,      ///< TLS
  foreign,  ///< something else, or it hangs up
};

struct probed {
  boost::system::error_code error;  ///< of the connection
  std::chrono::microseconds took{};
  tongue speaks = tongue::silent;
  std::optional<identity> who;                  ///< who has proven to be there
  std::optional<koi::detail::tls_fault> fault;  ///< what one end has against the other
  inquired answer;                              ///< where it was asked
};

/// The end of a handshake: what the other end has against this one's certificate comes after it, if at all.
inline void hear_out(koi::detail::io_loop& io, koi::detail::tls_stream& with, net_clock::time_point deadline) {
  with.end_sending();
  std::array<std::byte, 256> sink;
  for (bool more = true; more;) {
    std::optional<boost::system::error_code> end;
    with.async_read_some(koi::detail::asio::buffer(sink), [&](boost::system::error_code ec, std::size_t) { end = ec; });
    more = wait_for(io, end, deadline);
    boost::system::error_code ignored;
    if (!more) with.lowest_layer().close(ignored);
    wait_out(io, end);
    if (*end) more = false;
  }
}

/// Without keys: the first bytes that a port says to what looks like TLS and is not.
[[nodiscard]] inline tongue tongue_of(koi::detail::io_loop& io, koi::detail::tcp::socket& at,
                                      net_clock::time_point deadline) {
  std::array<unsigned char, 64> const hail{0x16, 0x03, 0x01, 0x00, 0x3b};
  std::array<unsigned char, 4> heard{};
  static_assert(hail.size() >= frame_header_size);
  boost::system::error_code ignored;
  koi::detail::asio::write(at, koi::detail::asio::buffer(hail), ignored);
  std::optional<boost::system::error_code> end;
  koi::detail::asio::async_read(at, koi::detail::asio::buffer(heard),
                                [&](boost::system::error_code ec, std::size_t) { end = ec; });
  if (!wait_for(io, end, deadline)) {
    at.close(ignored);
    wait_out(io, end);
    return tongue::silent;
  }
  if (heard[0] == 'k' && heard[1] == 'o' && heard[2] == 'i') return tongue::plain;
  return (heard[0] == 0x15 || heard[0] == 0x16) && heard[1] == 0x03 ? tongue::tls : tongue::foreign;
}

/// Calls a port and leaves before anybody could be met, so that nothing happens there but a line in a log. `mine`
/// null: without keys. With a `clock` a player is asked what its hello would say; see `inquire`. A player listens at
/// times only, so a port that refuses may be called again for a while.
[[nodiscard]] inline probed probe(std::vector<koi::detail::tcp::endpoint> const& to, credentials const* mine,
                                  net_clock::time_point deadline, machine_clock const& clock = {},
                                  net_clock::time_point again_until = {}) {
  constexpr auto pause = std::chrono::milliseconds(20);
  auto const io = koi::detail::make_io();
  probed out;
  auto begin = net_clock::now();
  auto call = dial(*io, to, deadline);
  while (call.error == koi::detail::asio::error::connection_refused && net_clock::now() + 2 * pause < again_until) {
    std::this_thread::sleep_for(pause);
    begin = net_clock::now();
    call = dial(*io, to, deadline);
  }
  out.error = call.error;
  if (call.error) return out;
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(net_clock::now() - begin);
  if (mine == nullptr) {
    out.speaks = tongue_of(*io, *call.socket, deadline);
    if (!clock || out.speaks != tongue::plain) return out;
    call = dial(*io, to, deadline);
    if (call.socket)
      out.answer = inquire(*io, *call.socket, deadline, clock);
    else
      out.answer.untold = call.error.message();
    return out;
  }
  koi::detail::tls_stream tls(std::move(*call.socket), *mine, koi::detail::tls_end::calling);
  if (shake_hands(*io, tls, deadline)) {
    out.speaks = tongue::tls;
    out.who = tls.peer();
    if (clock) out.answer = inquire(*io, tls, deadline, clock);
    hear_out(*io, tls, deadline);
    out.fault = tls.fault() && tls.fault()->lasting ? tls.fault() : std::nullopt;
    return out;
  }
  out.fault = tls.fault();
  if (out.fault && out.fault->plain)
    out.speaks = tongue::plain;
  else if (out.fault && out.fault->lasting)
    out.speaks = tongue::tls;
  else
    out.speaks = tls.lowest_layer().is_open() ? tongue::foreign : tongue::silent;
  return out;
}

}  // namespace koi::serve::detail
