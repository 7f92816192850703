// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/detail/read_ahead.hpp>
#include <koi/net/detail/socket_options.hpp>
#include <koi/serve/message.hpp>

#include <memory>
#include <optional>

namespace koi::serve {

struct received_message {
  message kind{};
  secret_bytes body;
};

namespace detail {
namespace asio = koi::detail::asio;
using tcp = koi::detail::tcp;
}  // namespace detail

/// A client's connection to one server, of any kind.
class server_link {
 public:
  virtual ~server_link() = default;
  [[nodiscard]] virtual std::string const& server() const noexcept = 0;
  virtual void send(const_byte_span bytes, std::chrono::milliseconds wait) = 0;
  /// The next message, of at most so many bytes.
  [[nodiscard]] virtual received_message receive(std::size_t most, std::chrono::milliseconds wait) = 0;
};

/// A client's connection to one server: messages out and in, each within a time. `Stream` is connected, and its
/// handshake done.
///
/// Throws  channel_closed, channel_timeout, bad_frame; then the link is of no further use
/// Threads  one object: one thread at a time
template <class Stream>
class client_link final : public server_link {
 public:
  client_link(koi::detail::io_ptr io, Stream stream, std::string server)
      : io_(std::move(io)), at_(std::make_unique<ends>(*io_, std::move(stream))), server_(std::move(server)) {
    boost::system::error_code ignored;
    auto& socket = at_->stream.lowest_layer();
    koi::detail::tune(socket.native_handle(), {});
    socket.non_blocking(true, ignored);
  }

  [[nodiscard]] std::string const& server() const noexcept override { return server_; }
  [[nodiscard]] Stream& stream() noexcept { return at_->stream; }

  void send(const_byte_span bytes, std::chrono::milliseconds wait) override {
    auto const deadline = koi::detail::deadline_after(wait);
    while (!bytes.empty()) {
      boost::system::error_code ec;
      auto n = at_->stream.write_some(detail::asio::buffer(bytes.data(), bytes.size()), ec);
      if (ec == detail::asio::error::would_block || ec == detail::asio::error::try_again)
        n = write_later(bytes, deadline, wait, ec);
      if (ec) gone(ec);
      bytes = bytes.subspan(n);
    }
  }
  [[nodiscard]] received_message receive(std::size_t most, std::chrono::milliseconds wait) override {
    std::array<std::byte, message_header_size> head{};
    read(head, wait);
    auto const header = decode_message_header(head, server_);
    if (header.length > most)
      throw bad_frame(server_,
                      fmt::format("{} sent a message of {} bytes; at most {} were due", server_, header.length, most));
    received_message m{header.kind, secret_bytes(static_cast<std::size_t>(header.length))};
    read(m.body, wait);
    return m;
  }

 private:
  struct ends {
    ends(koi::detail::io_loop& io, Stream s) : stream(std::move(s)), in(io, stream) {}
    Stream stream;
    koi::detail::read_ahead<Stream> in;
  };

  void read(byte_span into, std::chrono::milliseconds wait) {
    std::size_t got = 0;
    switch (at_->in.fill(into, got, koi::detail::deadline_after(wait))) {
      case koi::detail::read_outcome::done:
        return;
      case koi::detail::read_outcome::late:
        late("sent nothing complete", wait);
      case koi::detail::read_outcome::ended:
        gone(at_->in.error());
    }
  }
  std::size_t write_later(const_byte_span bytes, koi::detail::net_clock::time_point deadline,
                          std::chrono::milliseconds wait, boost::system::error_code& ec) {
    std::optional<boost::system::error_code> end;
    std::size_t written = 0;
    at_->stream.async_write_some(detail::asio::buffer(bytes.data(), bytes.size()),
                                 [&](boost::system::error_code e, std::size_t n) {
                                   end = e;
                                   written = n;
                                 });
    while (!end && koi::detail::net_clock::now() < deadline) io_->run_one(deadline);
    if (!end) {
      boost::system::error_code ignored;
      at_->stream.lowest_layer().close(ignored);
      while (!end) io_->run_one(koi::detail::deadline_after(std::chrono::seconds(1)));
      late("took no message", wait);
    }
    ec = *end;
    return written;
  }

  [[noreturn]] void late(std::string_view what, std::chrono::milliseconds wait) {
    boost::system::error_code ignored;
    at_->stream.lowest_layer().close(ignored);
    throw channel_timeout(server_, fmt::format("{} {} within {} ms", server_, what, wait.count()),
                          std::make_error_code(std::errc::timed_out));
  }
  [[noreturn]] void gone(boost::system::error_code ec) const {
    throw channel_closed(server_, fmt::format("{} went away ({})", server_, ec.message()), ec);
  }

  koi::detail::io_ptr io_;  // outlives the stream
  std::unique_ptr<ends> at_;
  std::string server_;
};

using plain_client_link = client_link<detail::tcp::socket>;

namespace detail {

/// A socket that is connected to a server. Throws channel_closed or channel_timeout, with the address.
[[nodiscard]] inline tcp::socket connected_socket(koi::detail::io_loop& io, std::string const& host, std::uint16_t port,
                                                  std::string const& server, std::chrono::milliseconds wait) {
  auto const where = fmt::format("{} at {}:{}", server, host, port);
  auto const deadline = koi::detail::deadline_after(wait);
  tcp::resolver resolver(io.context);
  tcp::socket socket(io.context);
  std::optional<boost::system::error_code> end;
  resolver.async_resolve(host, std::to_string(port), [&](boost::system::error_code ec, auto const& found) {
    if (ec) {
      end = ec;
      return;
    }
    asio::async_connect(socket, found, [&](boost::system::error_code e, auto const&) { end = e; });
  });
  while (!end && std::chrono::steady_clock::now() < deadline) io.run_one(deadline);
  if (!end) {
    boost::system::error_code ignored;
    resolver.cancel();
    socket.close(ignored);
    while (!end) io.run_one(koi::detail::deadline_after(std::chrono::seconds(1)));
    throw channel_timeout(server, fmt::format("{} did not answer within {} ms", where, wait.count()),
                          std::make_error_code(std::errc::timed_out));
  }
  if (*end) throw channel_closed(server, fmt::format("{}: {}", where, end->message()), *end);
  return socket;
}

}  // namespace detail

/// Calls a server over plain TCP.
///
/// Throws  channel_closed or channel_timeout, with the address
[[nodiscard]] inline plain_client_link call_server(std::string const& host, std::uint16_t port, std::string server,
                                                   std::chrono::milliseconds wait) {
  auto io = koi::detail::make_io();
  auto socket = detail::connected_socket(*io, host, port, server, wait);
  return {std::move(io), std::move(socket), std::move(server)};
}

}  // namespace koi::serve
