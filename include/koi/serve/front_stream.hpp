// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/read_ahead.hpp>
#include <koi/net/detail/tls_stream.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

namespace koi::serve {

/// A client's connection at either end, plain or over TLS as the group's configuration says. It stays where it is while
/// something is under way in it.
class front_stream {
 public:
  using lowest_layer_type = koi::detail::tcp::socket;
  using executor_type = lowest_layer_type::executor_type;

  explicit front_stream(koi::detail::tcp::socket socket) : stream_(std::move(socket)) {}
  explicit front_stream(koi::detail::tls_stream stream) : stream_(std::move(stream)) {}

  [[nodiscard]] lowest_layer_type& lowest_layer() noexcept {
    auto* const tls = secure();
    return tls != nullptr ? tls->lowest_layer() : *std::get_if<koi::detail::tcp::socket>(&stream_);
  }
  [[nodiscard]] executor_type get_executor() { return lowest_layer().get_executor(); }

  /// Null for a plain connection.
  [[nodiscard]] koi::detail::tls_stream* secure() noexcept { return std::get_if<koi::detail::tls_stream>(&stream_); }

  /// What the other end had against this one, if TLS ended for that; for a connection that failed.
  [[nodiscard]] std::optional<koi::detail::tls_fault> why_it_ended() {
    auto* const tls = secure();
    if (tls == nullptr) return std::nullopt;
    std::byte unread;
    boost::system::error_code ec;
    if (!tls->fault()) (void)tls->read_some(koi::detail::asio::buffer(&unread, 1), ec);
    return tls->fault();
  }

  /// Without waiting; for a socket that does not block.
  template <class Buffers>
  std::size_t read_some(Buffers const& into, boost::system::error_code& ec) {
    return std::visit([&](auto& s) { return s.read_some(into, ec); }, stream_);
  }
  template <class Buffers>
  std::size_t write_some(Buffers const& from, boost::system::error_code& ec) {
    return std::visit([&](auto& s) { return s.write_some(from, ec); }, stream_);
  }
  void cancel() {
    std::visit([](auto& s) { koi::detail::cancel(s); }, stream_);
  }

  template <class Buffers, class Done>
  void async_read_some(Buffers const& into, Done&& done) {
    std::visit([&](auto& s) { s.async_read_some(into, std::forward<Done>(done)); }, stream_);
  }
  template <class Buffers, class Done>
  void async_write_some(Buffers const& from, Done&& done) {
    std::visit([&](auto& s) { s.async_write_some(from, std::forward<Done>(done)); }, stream_);
  }

 private:
  std::variant<koi::detail::tcp::socket, koi::detail::tls_stream> stream_;
};

}  // namespace koi::serve
