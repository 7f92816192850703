// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/tls_engine.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace koi::detail {

/// A TLS connection over a socket that does not block, with the functions of an Asio stream. Asio only
/// waits for the socket; OpenSSL works on it directly, so no byte is lost when a wait is cancelled.
///
/// A write that would block has taken bytes all the same, up to a limit: the next write must begin with
/// the same bytes, which then count as written once all records are with the system.
class tls_stream {
 public:
  using lowest_layer_type = tcp::socket;
  using executor_type = tcp::socket::executor_type;

  tls_stream(tcp::socket socket, credentials mine, tls_end end)
      : socket_(std::move(socket)),
        engine_(std::make_unique<tls_engine>(socket_.native_handle(), std::move(mine), end)),
        stage_(record) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);  // the hello follows the handshake without an answer between
    socket_.non_blocking(true);
  }

  [[nodiscard]] tcp::socket& lowest_layer() noexcept { return socket_; }
  [[nodiscard]] tcp::socket const& lowest_layer() const noexcept { return socket_; }
  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] identity peer() const { return engine_->peer(); }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl()); }
  [[nodiscard]] std::string cipher() const { return SSL_get_cipher_name(ssl()); }
  [[nodiscard]] std::optional<tls_fault> const& fault() const noexcept { return engine_->fault(); }

  /// Calls `done(bool)`; after a failure fault() says why.
  template <class Done>
  void async_handshake(Done done) {
    begin(0);
    int const result = SSL_do_handshake(ssl());
    auto const ec = engine_->outcome(result);
    boost::system::error_code sent;
    engine_->pipe.flush(sent);
    bool const failed = ec && ec != asio::error::would_block;
    if (failed || (sent && sent != asio::error::would_block) || (!ec && !sent)) return done(!failed && !sent);
    socket_.async_wait(sent ? tcp::socket::wait_write : tcp::socket::wait_read,
                       [this, done = std::move(done)](boost::system::error_code waited) mutable {
                         if (waited || !socket_.is_open()) return done(false);
                         async_handshake(std::move(done));
                       });
  }

  template <class Buffers>
  std::size_t read_some(Buffers const& into, boost::system::error_code& ec) {
    std::size_t total = 0;
    ec = {};
    begin(asio::buffer_size(into));
    for (auto at = asio::buffer_sequence_begin(into); at != asio::buffer_sequence_end(into); ++at) {
      asio::mutable_buffer room{*at};
      while (room.size() != 0) {
        if (total != 0 && SSL_has_pending(ssl()) == 0) return total;
        auto const n = take(room, SSL_read_ex, ec);
        if (n == 0) {
          if (total != 0) ec = {};  // the next read finds it again
          return total;
        }
        engine_->count(n);
        total += n;
        room += n;
      }
    }
    return total;
  }

  /// Copies what the next reads begin with; would_block if nothing is there.
  std::size_t peek(asio::mutable_buffer into, boost::system::error_code& ec) {
    begin(into.size());
    return take(into, SSL_peek_ex, ec);
  }

  template <class Buffers>
  std::size_t write_some(Buffers const& from, boost::system::error_code& ec) {
    begin(0);
    engine_->pipe.flush(ec);
    if (ec) return 0;
    if (promised_ != 0) return std::exchange(promised_, 0);
    std::size_t taken = 0;
    std::size_t staged = 0;
    for (auto at = asio::buffer_sequence_begin(from); at != asio::buffer_sequence_end(from); ++at) {
      asio::const_buffer rest{*at};
      while (rest.size() != 0 && taken < batch) {
        auto n = std::min(rest.size(), batch - taken);
        if (staged == 0 && n >= record) {
          n -= n % record;
          if (!encrypt(rest.data(), n, ec)) return 0;
        } else {
          n = std::min(n, record - staged);
          std::memcpy(stage_.data() + staged, rest.data(), n);
          staged += n;
          if (staged == record && !encrypt(stage_.data(), std::exchange(staged, 0), ec)) return 0;
        }
        taken += n;
        rest += n;
      }
    }
    if (staged != 0 && !encrypt(stage_.data(), staged, ec)) return 0;
    engine_->pipe.flush(ec);
    if (!ec) return taken;
    if (ec == asio::error::would_block) promised_ = taken;
    return 0;
  }

  /// `done(error, bytes)`, as Asio's streams. One read and one write may be under way at a time.
  template <class Buffers, class Done>
  void async_read_some(Buffers const& into, Done&& done) {
    boost::system::error_code ec = asio::error::would_block;
    auto const n = dry_ ? 0 : read_some(into, ec);
    finish(ec, n, tcp::socket::wait_read, into, std::forward<Done>(done),
           [this](auto const& b, boost::system::error_code& e) { return this->read_some(b, e); });
  }
  template <class Buffers, class Done>
  void async_write_some(Buffers const& from, Done&& done) {
    boost::system::error_code ec = asio::error::would_block;
    auto const n = promised_ != 0 ? 0 : write_some(from, ec);
    finish(ec, n, tcp::socket::wait_write, from, std::forward<Done>(done),
           [this](auto const& b, boost::system::error_code& e) { return this->write_some(b, e); });
  }

  /// What waits for the socket ends with operation_aborted, unless it can be done at once.
  void cancel() {
    boost::system::error_code ignored;
    ++cancelled_;
    socket_.cancel(ignored);
  }

  /// Says that nothing more comes, as far as the system takes it at once.
  void end_sending() {
    boost::system::error_code ignored;
    if (!socket_.is_open()) return;
    begin(0);
    SSL_shutdown(ssl());
    ERR_clear_error();
    engine_->pipe.flush(ignored);
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// The socket, for a peer that turned out not to speak TLS.
  [[nodiscard]] tcp::socket release() && { return std::move(socket_); }

 private:
  static constexpr std::size_t record = SSL3_RT_MAX_PLAIN_LENGTH;
  static constexpr std::size_t batch = 8 * record;
  static_assert(2 * batch <= tls_pipe::most_out);

  [[nodiscard]] SSL* ssl() const noexcept { return engine_->ssl(); }

  /// Before OpenSSL works on the socket, for so many bytes of data.
  void begin(std::size_t bytes) {
    ERR_clear_error();
    engine_->pipe.begin(socket_.native_handle(), bytes);
  }

  template <class Function>
  std::size_t take(asio::mutable_buffer into, Function function, boost::system::error_code& ec) {
    std::size_t n = 0;
    ERR_clear_error();
    int const result = function(ssl(), into.data(), into.size(), &n);
    ec = engine_->outcome(result);
    dry_ = ec == asio::error::would_block && !engine_->pipe.spent;
    if (engine_->pipe.pending()) {  // an answer to the peer's new keys
      boost::system::error_code later;
      engine_->pipe.flush(later);
    }
    return ec ? 0 : n;
  }

  bool encrypt(void const* bytes, std::size_t n, boost::system::error_code& ec) {
    std::size_t written = 0;
    ERR_clear_error();
    int const result = SSL_write_ex(ssl(), bytes, n, &written);
    ec = engine_->outcome(result);
    return !ec;
  }

  /// Reports a call that ended, or repeats it when the socket is ready.
  template <class Buffers, class Done, class Again>
  void finish(boost::system::error_code ec, std::size_t n, tcp::socket::wait_type what, Buffers const& buffers,
              Done&& done, Again again) {
    if (ec != asio::error::would_block)
      return asio::post(get_executor(), [done = std::forward<Done>(done), ec, n]() mutable { done(ec, n); });
    wait(what, buffers, std::decay_t<Done>(std::forward<Done>(done)), std::move(again));
  }
  template <class Buffers, class Done, class Again>
  void wait(tcp::socket::wait_type what, Buffers const& buffers, Done done, Again again) {
    socket_.async_wait(what, [this, what, buffers, round = cancelled_, done = std::move(done),
                              again = std::move(again)](boost::system::error_code ec) mutable {
      if (!ec && !socket_.is_open()) ec = asio::error::operation_aborted;  // closed after this was ready
      if (ec) return done(ec, std::size_t{0});
      auto const n = again(buffers, ec);
      if (ec != asio::error::would_block) return done(ec, n);
      if (round != cancelled_) return done(asio::error::operation_aborted, std::size_t{0});
      wait(what, buffers, std::move(done), std::move(again));
    });
  }

  tcp::socket socket_;
  std::unique_ptr<tls_engine> engine_;
  secret_bytes stage_;
  std::size_t promised_ = 0;  // bytes in records that are still here
  unsigned cancelled_ = 0;    // how often
  bool dry_ = false;          // the last read or peek found nothing, here or in the socket
};

}  // namespace koi::detail
