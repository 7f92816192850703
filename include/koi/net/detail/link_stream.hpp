// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/tls_stream.hpp>
#include <koi/net/tls.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

namespace koi::detail {

/// A connection whose hellos are exchanged, plain or over TLS, until it becomes a channel.
class link_stream {
 public:
  explicit link_stream(tcp::socket socket) : stream_(std::move(socket)) {}
  explicit link_stream(tls_stream stream) : stream_(std::move(stream)) {}

  [[nodiscard]] tcp::socket& lowest() noexcept {
    if (auto* const plain = std::get_if<tcp::socket>(&stream_)) return *plain;
    return std::get_if<tls_stream>(&stream_)->lowest_layer();
  }

  /// Copies what the next reads begin with; would_block if nothing is there.
  std::size_t peek(byte_span into, boost::system::error_code& ec) {
    auto const buffer = asio::buffer(into.data(), into.size());
    if (auto* const plain = std::get_if<tcp::socket>(&stream_))
      return plain->receive(buffer, tcp::socket::message_peek, ec);
    return std::get<tls_stream>(stream_).peek(buffer, ec);
  }

  [[nodiscard]] any_channel into_channel(io_ptr io, std::string peer, channel_options const& options) && {
    if (auto* const plain = std::get_if<tcp::socket>(&stream_))
      return tcp_channel{std::move(io), std::move(*plain), std::move(peer), options};
    return tls_channel{std::move(io), std::get<tls_stream>(std::move(stream_)), std::move(peer), options};
  }

 private:
  std::variant<tcp::socket, tls_stream> stream_;
};

}  // namespace koi::detail
