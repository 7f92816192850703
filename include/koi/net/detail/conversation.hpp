// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/frame.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace koi::detail {

/// A connection before it is a channel: it carries hellos and aborts, nothing else. Reads exactly
/// what a frame holds, so that the socket can be handed on afterwards.
class conversation : public std::enable_shared_from_this<conversation> {
 public:
  /// Kind of the frame that came, or null if the connection ended or sent anything else.
  using on_frame = std::function<void(frame_header const*)>;
  using on_written = std::function<void(bool)>;

  explicit conversation(asio::io_context& io) : socket(io), resolver(io), timer_(io) {}

  tcp::socket socket;
  tcp::resolver resolver;

  [[nodiscard]] secret_bytes const& payload() const noexcept { return in_; }

  /// Closes the connection when the time is over, unless the limit is lifted before.
  void limit(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec) self->close();
    });
  }
  void lift_limit() { timer_.cancel(); }

  void close() {
    boost::system::error_code ignored;
    timer_.cancel();
    resolver.cancel();
    socket.close(ignored);
  }

  void read(on_frame done) {
    asio::async_read(
        socket, asio::buffer(head_),
        [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) mutable {
          if (ec || !self->understand()) return done(nullptr);
          self->read_payload(std::move(done));
        });
  }

  void write(frame_kind kind, const_byte_span payload, on_written done) {
    auto const head = encode_header({kind, {}, payload.size()});
    out_.assign(head.begin(), head.end());
    out_.insert(out_.end(), payload.begin(), payload.end());
    asio::async_write(
        socket, asio::buffer(out_.data(), out_.size()),
        [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) { done(!ec); });
  }

  /// Sends an abort with the reason, closes, then calls `done`, whether the reason arrived or not.
  void refuse(std::string const& why, std::chrono::milliseconds wait, std::function<void()> done) {
    limit(wait);
    auto const text = abort_text(why);
    write(frame_kind::abort, bytes_of(text.data(), text.size()),
          [self = shared_from_this(), done = std::move(done)](bool) {
            boost::system::error_code ignored;
            self->socket.shutdown(tcp::socket::shutdown_send, ignored);
            self->close();
            done();
          });
  }

 private:
  bool understand() {
    try {
      header_ = decode_header(head_, "the caller");
      return header_.kind != frame_kind::data;
    } catch (bad_frame const&) {
      return false;
    }
  }

  void read_payload(on_frame done) {
    in_.resize(static_cast<std::size_t>(header_.length));  // capped by decode_header
    asio::async_read(socket, asio::buffer(in_.data(), in_.size()),
                     [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) {
                       done(ec ? nullptr : &self->header_);
                     });
  }

  asio::steady_timer timer_;
  header_bytes head_{};
  frame_header header_{};
  secret_bytes in_;
  secret_bytes out_;
};

using conversation_ptr = std::shared_ptr<conversation>;

}  // namespace koi::detail
