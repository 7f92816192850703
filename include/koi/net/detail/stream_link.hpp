// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/detail/read_ahead.hpp>
#include <koi/net/detail/send_queue.hpp>
#include <koi/net/detail/socket_options.hpp>
#include <koi/net/frame.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi::detail {

/// Says to the peer that nothing more comes.
inline void end_sending(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}
template <class Stream>
void end_sending(Stream& stream) {
  stream.end_sending();
}

/// The state of a stream channel. It stays where it is, because handlers point to it; the
/// destructor waits for them.
///
/// A stream has, beside Asio's functions, write_some and read_some that do not wait. A write that
/// would block may ask to be repeated: it always is, with the same bytes first.
template <class Stream>
class stream_link {
 public:
  stream_link(io_ptr io, Stream stream, std::string peer, channel_options options)
      : io_(std::move(io)), stream_(std::move(stream)), fate_(std::move(peer)), options_(options) {
    tune(stream_.lowest_layer().native_handle(), options_);
    stream_.lowest_layer().non_blocking(true);
  }
  stream_link(stream_link const&) = delete;
  stream_link& operator=(stream_link const&) = delete;
  ~stream_link() { close(); }

  [[nodiscard]] channel_fate const& fate() const noexcept { return fate_; }

  void send(frame_tag const& tag, const_byte_span bytes) {
    fate_.check();
    progress();
    if (out_.bytes() > options_.queue_limit && !out_.error()) {
      auto const drained = [this] { return out_.bytes() <= options_.queue_limit || out_.error(); };
      if (!run_until(drained, deadline_after(options_.send_wait)))
        fate_.fail_queue(out_.bytes(), options_.queue_limit, options_.send_wait);
    }
    out_.put({frame_kind::data, tag, bytes.size()}, bytes);
    if (out_.error()) fail_write();
  }

  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    fate_.check();
    progress();
    auto const deadline = deadline_after(wait);
    switch (in_.fill(frame_header_size, deadline)) {
      case read_outcome::done:
        break;
      case read_outcome::late:
        fate_.fail_timeout(into.size(), wait);
      case read_outcome::ended:
        fail_read(in_.size(), frame_header_size, into.size());
    }
    auto const header = next_header();
    if (header.kind == frame_kind::abort) fate_.fail_aborted(reason(header, deadline));
    if (header.kind != frame_kind::data)
      fate_.fail(fault_kind::frame, fmt::format("{} sent a second hello or an inquiry", fate_.peer()));
    if (header.length != into.size()) fate_.fail_length(header.tag, header.length, into.size());

    std::size_t got = 0;
    switch (in_.fill(into, got, deadline)) {
      case read_outcome::done:
        break;
      case read_outcome::late:
        fate_.fail_timeout(into.size() - got, wait);
      case read_outcome::ended:
        fail_read(got, into.size(), into.size());
    }
    if (into.size() >= large) linger();
    return header.tag;
  }

  void progress() { io_->progress(); }

  void flush(std::chrono::milliseconds wait) {
    fate_.check();
    if (!run_until([this] { return out_.empty() || out_.error(); }, deadline_after(wait)))
      fate_.fail_queue(out_.bytes(), 0, wait);
    if (out_.error()) fail_write();
  }

  void abort(abort_reason const& why) noexcept {
    if (!open()) return;
    try {
      auto const text = heard_reason(why).payload();
      out_.put({frame_kind::abort, {}, text.size()}, bytes_of(text.data(), text.size()));
    } catch (...) {  // out of memory: the peer learns only that this end is gone
    }
    leave(std::chrono::milliseconds{200});
  }

  void close() noexcept { leave(std::chrono::seconds{5}); }

 private:
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

  /// After an exchange of large messages the peer may still be reading while this player turns to
  /// its computation. Goes on sending as long as the peer takes bytes, and waits for no other.
  void linger() {
    for (auto left = out_.bytes() + 1; out_.bytes() < left && !out_.empty() && !out_.error();) {
      left = out_.bytes();
      io_->run_one(net_clock::now() + std::chrono::milliseconds{1});
    }
  }

  [[noreturn]] void fail_write() {
    auto const ec = out_.error();
    if (auto const why = pending_abort()) fate_.fail_aborted(*why);
    fate_.fail(fault_kind::closed,
               fmt::format("{} went away ({}) before everything could be sent to it", fate_.peer(), ec.message()), ec);
  }

  frame_header next_header() {
    header_bytes raw;
    in_.take(raw);
    try {
      return decode_header(raw, fate_.peer());
    } catch (bad_frame const& e) {
      fate_.fail(fault_kind::frame, e.what());
    }
  }

  heard_reason reason(frame_header const& header, net_clock::time_point deadline) {
    auto const n = static_cast<std::size_t>(header.length);  // capped by decode_header
    if (in_.fill(n, deadline) != read_outcome::done) return heard_reason("(its reason did not arrive)");
    std::string payload(n, '\0');
    in_.take(writable_bytes_of(payload.data(), n));
    return heard_reason::of(payload);
  }

  [[noreturn]] void fail_read(std::size_t got, std::size_t of, std::size_t due) {
    if (in_.error() != asio::error::eof) fate_.fail_closed(due, in_.error());
    if (got == 0 && of == frame_header_size) fate_.fail_closed(due);
    fate_.fail(fault_kind::closed,
               fmt::format("{} went away in the middle of a message of {} bytes", fate_.peer(), due));
  }

  /// The reason of an abort that has arrived, after frames that nobody will read any more.
  std::optional<heard_reason> pending_abort() {
    auto const now = net_clock::now();
    try {
      while (in_.fill(frame_header_size, now) == read_outcome::done) {
        auto const header = next_header();
        if (header.kind == frame_kind::abort) return reason(header, now);
        if (!in_.skip(header.length, now)) return std::nullopt;
      }
    } catch (bad_frame const&) {  // then there is no reason to be had
    }
    return std::nullopt;
  }

  /// Delivers the queue as far as the peer takes it within `patience`, then closes.
  void leave(std::chrono::milliseconds patience) noexcept {
    if (!open()) return;
    boost::system::error_code ignored;
    try {
      auto const deadline = deadline_after(patience);
      out_.write_next();
      if (!out_.empty()) in_.discard_all();
      run_until([this] { return out_.empty() || out_.error(); }, deadline);
      if (out_.empty() && !out_.error()) end_sending(stream_);
      in_.discard_ready();
      fate_.end(fault_kind::closed, "it was closed here");
    } catch (...) {  // out of memory: close without delivering
    }
    in_.closed();
    stream_.lowest_layer().close(ignored);
    try {
      while (in_.reading() || out_.writing()) io_->run_one(net_clock::now() + std::chrono::seconds{1});
    } catch (...) {  // no handler of ours throws
    }
    out_.clear();
  }

  io_ptr io_;
  Stream stream_;
  channel_fate fate_;
  channel_options options_;
  send_queue<Stream> out_{*io_, stream_};
  read_ahead<Stream> in_{*io_, stream_, {stream_.lowest_layer().native_handle(), options_.unanswered_wait}};
};

}  // namespace koi::detail
