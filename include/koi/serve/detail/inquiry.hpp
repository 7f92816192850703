// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>
#include <koi/serve/detail/dial.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace koi::serve::detail {

/// What a player that waits for others says to one that only asks.
struct inquired {
  std::optional<hello> said;
  std::string untold;                ///< why there is none
  std::chrono::nanoseconds asked{};  ///< by this machine's clock
  std::chrono::nanoseconds heard{};  ///< the same
};

/// This machine's clock, as machines tell it each other.
using machine_clock = std::function<std::chrono::nanoseconds()>;

/// Whether all bytes came before the deadline; if it passes, the connection is closed.
template <class Stream>
[[nodiscard]] bool read_whole(koi::detail::io_loop& io, Stream& from, byte_span into, net_clock::time_point deadline) {
  std::optional<boost::system::error_code> end;
  koi::detail::asio::async_read(from, koi::detail::asio::buffer(into.data(), into.size()),
                                [&](boost::system::error_code ec, std::size_t) { end = ec; });
  if (!wait_for(io, end, deadline)) {
    boost::system::error_code ignored;
    from.lowest_layer().close(ignored);
    wait_out(io, end);
  }
  return !*end;
}

/// Asks whoever is at the other end of a connection what its hello would say. It need not be a player, nor answer: what
/// comes is bounded, and none of it is trusted.
template <class Stream>
[[nodiscard]] inquired inquire(koi::detail::io_loop& io, Stream& at, net_clock::time_point deadline,
                               machine_clock const& clock) {
  auto const no = [](std::string why) {
    return inquired{.said = {}, .untold = std::move(why), .asked = {}, .heard = {}};
  };
  auto const asked = clock();
  auto const question = encode_header({frame_kind::inquiry, {}, 0});
  std::optional<boost::system::error_code> end;
  koi::detail::asio::async_write(at, koi::detail::asio::buffer(question),
                                 [&](boost::system::error_code ec, std::size_t) { end = ec; });
  if (!wait_for(io, end, deadline)) {
    boost::system::error_code ignored;
    at.lowest_layer().close(ignored);
    wait_out(io, end);
  }
  header_bytes head;
  if (*end || !read_whole(io, at, head, deadline)) return no("it gave no answer");
  std::string const peer = "it";
  try {
    auto const header = decode_header(head, peer);
    if (header.kind == frame_kind::data) return no("it sent data where an answer was due");
    secret_bytes body(static_cast<std::size_t>(header.length));  // capped by decode_header
    if (!read_whole(io, at, body, deadline)) return no("its answer is cut");
    if (header.kind == frame_kind::inquiry) return {decode_hello(body, peer), {}, asked, clock()};
    if (header.kind == frame_kind::abort)
      return no(printable({reinterpret_cast<char const*>(body.data()), body.size()}));
    return no("it sent a hello where an answer was due");
  } catch (bad_frame const& e) {
    return no(e.what());
  }
}

}  // namespace koi::serve::detail
