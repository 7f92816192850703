// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/detail/tls_stream.hpp>
#include <koi/net/frame.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace koi::detail {

/// A connection before it is a channel: it carries hellos and aborts, nothing else, plain or over TLS.
/// Reads exactly what a frame holds, so that the stream can be handed on afterwards.
class conversation : public std::enable_shared_from_this<conversation> {
 public:
  /// Kind of the frame that came, or null if the connection ended or sent anything else.
  using on_frame = std::function<void(frame_header const*)>;
  using on_done = std::function<void(bool)>;

  explicit conversation(asio::io_context& io) : socket(io), resolver(io), timer_(io) {}

  tcp::socket socket;                ///< until TLS begins
  std::optional<tls_stream> secure;  ///< afterwards
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
    lowest().close(ignored);
  }

  /// Begins TLS. After a failure fault() says why; if the peer speaks plain frames, this connection
  /// does so too from then on.
  void start_tls(credentials const& mine, tls_end end, on_done done) {
    secure.emplace(std::move(socket), mine, end);
    secure->async_handshake([self = shared_from_this(), done = std::move(done)](bool good) {
      if (!good) self->fault_ = self->secure->fault();
      if (self->fault_ && self->fault_->plain) {
        self->socket = std::move(*self->secure).release();
        self->secure.reset();
      }
      done(good);
    });
  }

  /// What is wrong with TLS here, if anything is.
  [[nodiscard]] std::optional<tls_fault> const& fault() const noexcept { return secure ? secure->fault() : fault_; }

  /// Whether the bytes that were no frame are the beginning of TLS.
  [[nodiscard]] bool heard_tls() const noexcept {
    return !secure && head_[0] == std::byte{0x16} && head_[1] == std::byte{0x03};
  }

  void read(on_frame done) {
    over([&](auto& stream) {
      asio::async_read(
          stream, asio::buffer(head_),
          [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) mutable {
            if (ec || !self->understand()) return done(nullptr);
            self->read_payload(std::move(done));
          });
    });
  }

  void write(frame_kind kind, const_byte_span payload, on_done done) {
    auto const head = encode_header({kind, {}, payload.size()});
    out_.assign(head.begin(), head.end());
    out_.insert(out_.end(), payload.begin(), payload.end());
    over([&](auto& stream) {
      asio::async_write(stream, asio::buffer(out_.data(), out_.size()),
                        [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) {
                          done(!ec);
                        });
    });
  }

  /// Sends an abort with the reason, closes, then calls `done`, whether the reason arrived or not.
  void refuse(std::string const& why, std::chrono::milliseconds wait, std::function<void()> done) {
    limit(wait);
    auto const text = abort_text(why);
    write(frame_kind::abort, bytes_of(text.data(), text.size()),
          [self = shared_from_this(), done = std::move(done)](bool) mutable { self->part(std::move(done)); });
  }

  /// Ends sending, lets what the peer still sends go by until it leaves, 200 ms at most, and
  /// closes: a reset would overtake what was sent last.
  void part(std::function<void()> done) {
    boost::system::error_code ignored;
    limit(std::chrono::milliseconds{200});
    if (secure) secure->end_sending();
    lowest().shutdown(tcp::socket::shutdown_send, ignored);
    lowest().non_blocking(true, ignored);
    drain(std::move(done));
  }

 private:
  tcp::socket& lowest() noexcept { return secure ? secure->lowest_layer() : socket; }

  template <class Use>
  void over(Use use) {
    if (secure)
      use(*secure);
    else
      use(socket);
  }

  void drain(std::function<void()> done) {
    std::array<std::byte, 4096> sink;
    boost::system::error_code ec;
    while (!ec && drained_ < max_drained) drained_ += lowest().read_some(asio::buffer(sink), ec);
    if (ec != asio::error::would_block) {
      close();
      return done();
    }
    lowest().async_wait(tcp::socket::wait_read,
                        [self = shared_from_this(), done = std::move(done)](boost::system::error_code e) mutable {
                          if (!e) return self->drain(std::move(done));
                          self->close();
                          done();
                        });
  }

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
    over([&](auto& stream) {
      asio::async_read(stream, asio::buffer(in_.data(), in_.size()),
                       [self = shared_from_this(), done = std::move(done)](boost::system::error_code ec, std::size_t) {
                         done(ec ? nullptr : &self->header_);
                       });
    });
  }

  static constexpr std::size_t max_drained = 1 << 20;

  asio::steady_timer timer_;
  header_bytes head_{};
  frame_header header_{};
  secret_bytes in_;
  secret_bytes out_;
  std::optional<tls_fault> fault_;
  std::size_t drained_ = 0;
};

using conversation_ptr = std::shared_ptr<conversation>;

}  // namespace koi::detail
