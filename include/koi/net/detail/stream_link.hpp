// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/frame.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi::detail {

/// What a link does with its stream at once, without waiting; specialised per kind of stream.
template <class Stream>
struct stream_traits;

template <>
struct stream_traits<tcp::socket> {
  template <class Buffers>
  static std::size_t write_now(tcp::socket& s, Buffers const& b, boost::system::error_code& ec) {
    return s.write_some(b, ec);
  }
  template <class Buffers>
  static std::size_t read_now(tcp::socket& s, Buffers const& b, boost::system::error_code& ec) {
    return s.read_some(b, ec);
  }
  static void end_sending(tcp::socket& s) {
    boost::system::error_code ignored;
    s.shutdown(tcp::socket::shutdown_send, ignored);
  }
};

/// The state of a stream channel. It stays where it is, because handlers point to it; the
/// destructor waits for them.
///
/// Sends go to the system at once as far as it takes them; the rest is copied to a queue, of which
/// one write is in flight at a time. A receive reads ahead into a small buffer, so that a small
/// message costs one system call, and a large payload goes straight to where it is wanted.
template <class Stream>
class stream_link {
 public:
  stream_link(io_ptr io, Stream stream, std::string peer, channel_options options)
      : io_(std::move(io)), stream_(std::move(stream)), fate_(std::move(peer)), options_(options), ahead_(read_ahead) {
    auto& socket = stream_.lowest_layer();
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.non_blocking(true);
  }
  stream_link(stream_link const&) = delete;
  stream_link& operator=(stream_link const&) = delete;
  ~stream_link() { close(); }

  [[nodiscard]] channel_fate const& fate() const noexcept { return fate_; }

  void send(frame_tag const& tag, const_byte_span bytes) {
    fate_.check();
    progress();
    if (queued_ > options_.queue_limit && !write_error_) {
      auto const drained = [this] { return queued_ <= options_.queue_limit || write_error_; };
      if (!run_until(drained, deadline_after(options_.send_wait)))
        fate_.fail_queue(queued_, options_.queue_limit, options_.send_wait);
    }
    put({frame_kind::data, tag, bytes.size()}, bytes);
    if (write_error_) fail_write();
  }

  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    fate_.check();
    progress();
    auto const deadline = deadline_after(wait);
    switch (fill(frame_header_size, deadline)) {
      case outcome::done:
        break;
      case outcome::late:
        fate_.fail_timeout(into.size(), wait);
      case outcome::ended:
        fail_read(ahead(), frame_header_size, into.size());
    }
    auto const header = next_header();
    if (header.kind == frame_kind::abort) fate_.fail_aborted(reason(header, deadline));
    if (header.kind == frame_kind::hello)
      fate_.fail(fault_kind::frame, fmt::format("{} sent a second hello", fate_.peer()));
    if (header.length != into.size()) fate_.fail_length(header.tag, header.length, into.size());

    auto got = take_ahead(into);
    while (got < into.size()) {
      auto const rest = into.subspan(got);
      switch (
          read_some({asio::buffer(rest.data(), rest.size()), asio::buffer(ahead_.data(), ahead_.size())}, deadline)) {
        case outcome::done:
          break;
        case outcome::late:
          fate_.fail_timeout(rest.size(), wait);
        case outcome::ended:
          fail_read(got, into.size(), into.size());
      }
      auto const here = std::min(read_bytes_, rest.size());
      got += here;
      end_ = read_bytes_ - here;
    }
    if (into.size() >= large) linger();
    return header.tag;
  }

  void progress() { io_->progress(); }

  void flush(std::chrono::milliseconds wait) {
    fate_.check();
    if (!run_until([this] { return queue_.empty() || write_error_; }, deadline_after(wait)))
      fate_.fail_queue(queued_, 0, wait);
    if (write_error_) fail_write();
  }

  void abort(std::string_view why) noexcept {
    if (!open()) return;
    try {
      auto const text = abort_text(why);
      put({frame_kind::abort, {}, text.size()}, bytes_of(text.data(), text.size()));
    } catch (...) {  // out of memory: the peer learns only that this end is gone
    }
    leave(std::chrono::milliseconds{200});
  }

  void close() noexcept { leave(std::chrono::seconds{5}); }

 private:
  enum class outcome { done, late, ended };
  using traits = stream_traits<Stream>;
  static constexpr std::size_t read_ahead = 16 * 1024;
  static constexpr std::size_t large = 256 * 1024;

  bool open() const noexcept { return stream_.lowest_layer().is_open(); }

  template <class Done>
  bool run_until(Done done, net_clock::time_point deadline) {
    while (!done()) {
      if (net_clock::now() >= deadline) return false;
      io_->run_one(deadline);
    }
    return true;
  }

  // --- sending

  /// Hands a frame to the system or queues a copy; an error is left in write_error_.
  void put(frame_header const& header, const_byte_span payload) {
    if (write_error_) return;
    auto const head = encode_header(header);
    std::size_t done = 0;
    while (queue_.empty() && done < head.size() + payload.size()) {
      auto const h = std::min(done, head.size());
      auto const p = done - h;
      std::array<asio::const_buffer, 2> const rest{asio::buffer(head.data() + h, head.size() - h),
                                                   asio::buffer(payload.data() + p, payload.size() - p)};
      boost::system::error_code ec;
      done += traits::write_now(stream_, rest, ec);
      if (ec == asio::error::would_block || ec == asio::error::try_again) break;
      if (ec) {
        write_error_ = ec;
        return;
      }
    }
    if (done == head.size() + payload.size()) return;
    auto const h = std::min(done, head.size());
    secret_bytes rest(head.size() + payload.size() - done);
    std::copy(head.begin() + static_cast<std::ptrdiff_t>(h), head.end(), rest.begin());
    auto const tail = payload.subspan(done - h);
    std::copy(tail.begin(), tail.end(), rest.begin() + static_cast<std::ptrdiff_t>(head.size() - h));
    queued_ += rest.size();
    queue_.push_back(std::move(rest));
    write_next();
  }

  void write_next() {
    if (writing_ || queue_.empty() || write_error_) return;
    writing_ = true;
    ++io_->writes;
    auto const& front = queue_.front();
    stream_.async_write_some(asio::buffer(front.data() + written_, front.size() - written_),
                             [this](boost::system::error_code ec, std::size_t n) { wrote(ec, n); });
  }

  void wrote(boost::system::error_code ec, std::size_t n) {
    writing_ = false;
    --io_->writes;
    written_ += n;
    queued_ -= n;
    if (written_ == queue_.front().size()) {
      queue_.pop_front();
      written_ = 0;
    }
    if (ec == asio::error::operation_aborted) return;  // only reading was given up; see stop_reading
    if (ec) write_error_ = ec;
    write_next();
  }

  /// After an exchange of large messages the peer may still be reading while this player turns to
  /// its computation. Goes on sending as long as the peer takes bytes, and waits for no other.
  void linger() {
    for (auto left = queued_ + 1; queued_ < left && !queue_.empty() && !write_error_;) {
      left = queued_;
      io_->run_one(net_clock::now() + std::chrono::milliseconds{1});
    }
  }

  [[noreturn]] void fail_write() {
    if (auto const why = pending_abort()) fate_.fail_aborted(*why);
    fate_.fail(
        fault_kind::closed,
        fmt::format("{} went away ({}) before everything could be sent to it", fate_.peer(), write_error_.message()),
        write_error_);
  }

  // --- receiving

  std::size_t ahead() const noexcept { return end_ - begin_; }

  /// Reads until `n` bytes, no more than read_ahead, lie ahead.
  outcome fill(std::size_t n, net_clock::time_point deadline) {
    while (ahead() < n) {
      if (begin_ != 0) {
        std::memmove(ahead_.data(), ahead_.data() + begin_, ahead());
        end_ = ahead();
        begin_ = 0;
      }
      auto const result = read_some({asio::buffer(ahead_.data() + end_, ahead_.size() - end_), {}}, deadline);
      if (result != outcome::done) return result;
      end_ += read_bytes_;
    }
    return outcome::done;
  }

  std::size_t take_ahead(byte_span into) noexcept {
    auto const n = std::min(ahead(), into.size());
    std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(begin_), n, into.begin());
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
    return n;
  }

  frame_header next_header() {
    header_bytes raw;
    take_ahead(raw);
    try {
      return decode_header(raw, fate_.peer());
    } catch (bad_frame const& e) {
      fate_.fail(fault_kind::frame, e.what());
    }
  }

  std::string reason(frame_header const& header, net_clock::time_point deadline) {
    auto const n = static_cast<std::size_t>(header.length);  // capped by decode_header
    if (fill(n, deadline) != outcome::done) return "(its reason did not arrive)";
    std::string why(n, '\0');
    take_ahead(writable_bytes_of(why.data(), n));
    return why;
  }

  /// Reads some bytes, read_bytes_ says how many; waits for them if there are none yet.
  outcome read_some(std::array<asio::mutable_buffer, 2> const& into, net_clock::time_point deadline) {
    boost::system::error_code ec;
    read_bytes_ = traits::read_now(stream_, into, ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
      if (net_clock::now() >= deadline) return outcome::late;
      reading_ = true;
      stream_.async_read_some(into, [this](boost::system::error_code e, std::size_t n) {
        reading_ = false;
        read_error_ = e;
        read_bytes_ = n;
      });
      if (!run_until([this] { return !reading_; }, deadline)) {
        stop_reading();
        if (read_error_ == asio::error::operation_aborted) return outcome::late;
      }
      ec = read_error_;
    }
    read_error_ = ec;
    return ec ? outcome::ended : outcome::done;
  }

  /// Takes back the read in flight, whose buffer is about to go. Sockets cancel in both directions,
  /// so a write in flight stops too, at a byte it knows; leave starts it again.
  void stop_reading() {
    stream_.lowest_layer().cancel();
    while (reading_) io_->run_one(net_clock::now() + std::chrono::seconds{1});
    progress();
  }

  [[noreturn]] void fail_read(std::size_t got, std::size_t of, std::size_t due) {
    if (read_error_ != asio::error::eof) fate_.fail_closed(due, read_error_);
    if (got == 0 && of == frame_header_size) fate_.fail_closed(due);
    fate_.fail(fault_kind::closed,
               fmt::format("{} went away in the middle of a message of {} bytes", fate_.peer(), due));
  }

  /// The reason of an abort that has arrived, after frames that nobody will read any more.
  std::optional<std::string> pending_abort() {
    auto const now = net_clock::now();
    try {
      while (fill(frame_header_size, now) == outcome::done) {
        auto const header = next_header();
        if (header.kind == frame_kind::abort) return reason(header, now);
        for (auto left = header.length; left != 0;) {
          if (ahead() == 0 && fill(1, now) != outcome::done) return std::nullopt;
          auto const n = std::min<std::uint64_t>(left, ahead());
          begin_ += static_cast<std::size_t>(n);
          left -= n;
        }
      }
    } catch (bad_frame const&) {  // then there is no reason to be had
    }
    return std::nullopt;
  }

  // --- leaving

  /// Delivers the queue as far as the peer takes it within `patience`, then closes.
  void leave(std::chrono::milliseconds patience) noexcept {
    if (!open()) return;
    boost::system::error_code ignored;
    try {
      auto const deadline = deadline_after(patience);
      write_next();
      if (!queue_.empty()) discard();  // a peer that also leaves need not be read by us to be read
      run_until([this] { return queue_.empty() || write_error_; }, deadline);
      if (queue_.empty() && !write_error_) traits::end_sending(stream_);
      discard_ready();  // unread bytes would turn the orderly end into a reset
      fate_.end(fault_kind::closed, "it was closed here");
    } catch (...) {  // out of memory: close without delivering
    }
    leaving_ = true;
    stream_.lowest_layer().close(ignored);
    try {
      while (reading_ || writing_) io_->run_one(net_clock::now() + std::chrono::seconds{1});
    } catch (...) {  // no handler of ours throws
    }
    queue_.clear();
  }

  void discard() {
    if (reading_ || leaving_) return;
    reading_ = true;
    begin_ = end_ = 0;
    stream_.async_read_some(asio::buffer(ahead_.data(), ahead_.size()),
                            [this](boost::system::error_code ec, std::size_t) {
                              reading_ = false;
                              if (!ec) discard();
                            });
  }

  void discard_ready() {
    boost::system::error_code ec;
    for (int i = 0; i < 1024 && !ec; ++i) traits::read_now(stream_, asio::buffer(ahead_.data(), ahead_.size()), ec);
  }

  io_ptr io_;
  Stream stream_;
  channel_fate fate_;
  channel_options options_;

  std::deque<secret_bytes> queue_;
  std::size_t queued_ = 0;   // bytes in queue_ that are not written
  std::size_t written_ = 0;  // of the front
  boost::system::error_code write_error_;
  bool writing_ = false;

  secret_bytes ahead_;  // bytes read before they were asked for lie in [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t read_bytes_ = 0;
  boost::system::error_code read_error_;
  bool reading_ = false;
  bool leaving_ = false;
};

}  // namespace koi::detail
