// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/asio.hpp>
#include <koi/serve/limits.hpp>
#include <koi/serve/message.hpp>

#include <deque>
#include <functional>
#include <memory>

namespace koi::serve {

namespace detail {
namespace asio = koi::detail::asio;
using tcp = koi::detail::tcp;
}  // namespace detail

/// How connections come in: what is made of an accepted socket, and the handshake that says who called. This one is
/// plain TCP, where callers prove no identity.
struct plain_door {
  using stream = detail::tcp::socket;
  [[nodiscard]] stream open(detail::tcp::socket socket) const { return socket; }
  /// Calls done(error, identity) when the handshake is over.
  template <class Done>
  void greet(stream&, Done done) const {
    done(boost::system::error_code{}, std::string{});
  }
};

/// One client's connection. It reads a message at a time, each in a limited time and into memory that was reserved, and
/// writes answers while the client takes them. Whatever goes wrong ends this connection alone.
///
/// `Host` has
///   `limits() -> front_limits const&`,
///   `cap(message, identity) -> std::size_t`: bytes that such a message may have, 0 where it may not come,
///   `objection_to(connection&, message) -> std::string`: why it may not,
///   `reserve(bytes, origin) -> std::shared_ptr<void>`: or null,
///   `take(connection&, message, secret_bytes, std::shared_ptr<void>)`: a message that came; throws bad_frame,
///   `gone(connection&)`: it is closed; once.
template <class Door, class Host>
class connection : public std::enable_shared_from_this<connection<Door, Host>> {
 public:
  using stream_type = typename Door::stream;

  connection(detail::asio::io_context& io, stream_type stream, Host& host, std::uint64_t number, std::string origin)
      : stream_(std::move(stream)),
        reading_(io),
        writing_(io),
        host_(host),
        number_(number),
        origin_(std::move(origin)) {}

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Who called, as far as the handshake proved it.
  [[nodiscard]] std::string const& identity() const noexcept { return identity_; }
  /// Whom limits are for: the identity, or else the address.
  [[nodiscard]] std::string const& origin() const noexcept { return identity_.empty() ? origin_ : identity_; }
  /// Whether a whole message has come.
  [[nodiscard]] bool proven() const noexcept { return proven_; }

  void start(Door const& door) {
    limit(reading_, host_.limits().greet_wait);
    door.greet(stream_, [self = this->shared_from_this()](boost::system::error_code ec, std::string who) {
      if (ec) return self->close();
      self->identity_ = std::move(who);
      self->read_header();
    });
  }

  void send(secret_bytes bytes) {
    if (closed_) return;
    queued_ += bytes.size();
    if (queued_ > host_.limits().answer_bytes && !queue_.empty()) return close();
    queue_.push_back(std::move(bytes));
    if (queue_.size() == 1) write();
  }

  /// Closes as soon as what is queued has left.
  void finish() {
    if (queue_.empty()) return close();
    leaving_ = true;
    if (!finishing_) limit(reading_, std::chrono::seconds(5));
    finishing_ = true;
  }
  void close() {
    if (std::exchange(closed_, true)) return;
    auto const keep = this->shared_from_this();  // gone() may let go of the last other one
    boost::system::error_code ignored;
    reading_.cancel();
    writing_.cancel();
    stream_.lowest_layer().close(ignored);
    host_.gone(*this);
  }

 private:
  static constexpr std::size_t most_untaken = std::size_t{1} << 20;  ///< bytes of answers, before more is read

  void limit(detail::asio::steady_timer& timer, std::chrono::milliseconds wait) {
    timer.expires_after(wait);
    timer.async_wait([weak = this->weak_from_this()](boost::system::error_code ec) {
      if (ec) return;
      if (auto const self = weak.lock()) self->close();
    });
  }
  [[nodiscard]] std::chrono::milliseconds time_for(std::size_t bytes) const {
    auto const& l = host_.limits();
    return l.message_wait + std::chrono::milliseconds(bytes * 1000 / l.least_rate);
  }

  void read_header() {
    limit(reading_, host_.limits().idle_wait);
    detail::asio::async_read(stream_, detail::asio::buffer(head_),
                             [self = this->shared_from_this()](boost::system::error_code ec, std::size_t) {
                               if (ec) return self->close();
                               self->read_body();
                             });
  }

  void read_body() {
    message_header header;
    try {
      header = decode_message_header(head_, "the caller");
    } catch (bad_frame const& e) {
      return farewell(refusal::bad_request, e.what());
    }
    auto const cap = host_.cap(header.kind, identity_);
    if (cap == 0) return farewell(refusal::not_allowed, host_.objection_to(*this, header.kind));
    if (header.length > cap)
      return farewell(refusal::bad_request,
                      fmt::format("a message of {} bytes; at most {} are taken", header.length, cap));
    auto const length = static_cast<std::size_t>(header.length);
    auto memory = host_.reserve(length, origin());
    if (!memory) {
      send(encode_refusal({}, refusal::busy, "too many bytes wait here already"));
      return pass_over(length);
    }
    body_.resize(length);
    read_rest(header.kind, 0, std::move(memory));
  }
  /// A piece at a time, so that a caller who stops in the middle of a large message is noticed soon.
  void read_rest(message kind, std::size_t at, std::shared_ptr<void> memory) {
    auto const piece = std::min<std::size_t>(body_.size() - at, 1 << 20);
    limit(reading_, time_for(piece));
    detail::asio::async_read(stream_, detail::asio::buffer(body_.data() + at, piece),
                             [self = this->shared_from_this(), kind, at, memory = std::move(memory)](
                                 boost::system::error_code ec, std::size_t n) mutable {
                               if (ec) return self->close();
                               if (at + n < self->body_.size()) return self->read_rest(kind, at + n, std::move(memory));
                               self->take(kind, std::move(memory));
                             });
  }
  void take(message kind, std::shared_ptr<void> memory) {
    proven_ = true;
    try {
      host_.take(*this, kind, std::move(body_), std::move(memory));
    } catch (bad_frame const& e) {
      return farewell(refusal::bad_request, e.what());
    }
    body_ = {};
    if (closed_ || leaving_) return;
    if (queued_ <= most_untaken) return read_header();
    paused_ = true;  // who does not take answers asks no more
    reading_.cancel();
  }

  /// Reads so many bytes without keeping them.
  void pass_over(std::size_t left) {
    if (left == 0) return read_header();
    limit(reading_, time_for(64 * 1024));
    body_.resize(std::min<std::size_t>(left, 64 * 1024));
    detail::asio::async_read(stream_, detail::asio::buffer(body_.data(), body_.size()),
                             [self = this->shared_from_this(), left](boost::system::error_code ec, std::size_t n) {
                               if (ec) return self->close();
                               self->pass_over(left - n);
                             });
  }

  /// Says why, and closes as soon as the caller has heard it or a moment has passed.
  void farewell(refusal why, std::string_view text) {
    leaving_ = true;
    limit(reading_, std::chrono::seconds(2));
    send(encode_refusal({}, why, text));
    listen_out();
  }
  /// Unread bytes would turn the orderly end into a reset that overtakes the reason.
  void listen_out() {
    body_.resize(16 * 1024);
    stream_.async_read_some(detail::asio::buffer(body_.data(), body_.size()),
                            [self = this->shared_from_this()](boost::system::error_code ec, std::size_t) {
                              if (ec) return self->close();
                              self->listen_out();
                            });
  }

  void write() {
    limit(writing_, time_for(queue_.front().size()));
    detail::asio::async_write(
        stream_, detail::asio::buffer(queue_.front().data(), queue_.front().size()),
        [self = this->shared_from_this()](boost::system::error_code ec, std::size_t n) {
          self->writing_.cancel();
          if (ec) return self->close();
          self->queued_ -= n;
          self->queue_.pop_front();
          if (self->queued_ <= most_untaken && std::exchange(self->paused_, false) && !self->leaving_)
            self->read_header();
          if (!self->queue_.empty()) return self->write();
          if (!self->leaving_) return;
          self->end_sending();
        });
  }

  void end_sending() {
    boost::system::error_code ignored;
    if constexpr (requires { stream_.end_sending(); })
      stream_.end_sending();
    else
      stream_.lowest_layer().shutdown(detail::tcp::socket::shutdown_send, ignored);
  }

  stream_type stream_;
  detail::asio::steady_timer reading_, writing_;
  Host& host_;
  std::uint64_t number_;
  std::string origin_, identity_;
  std::array<std::byte, message_header_size> head_{};
  secret_bytes body_;
  std::deque<secret_bytes> queue_;
  std::size_t queued_ = 0;
  bool proven_ = false, leaving_ = false, finishing_ = false, paused_ = false, closed_ = false;
};

}  // namespace koi::serve
