// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/detail/silence_watch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace koi::detail {

enum class read_outcome { done, late, ended };

/// Gives up what waits in a stream.
inline void cancel(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.cancel(ignored);
}
template <class Stream>
void cancel(Stream& stream) {
  stream.cancel();
}

/// The receiving half of a link: bytes that were read before they were asked for lie here, so that a
/// small message costs one system call; a large payload goes straight to where it is wanted.
template <class Stream>
class read_ahead {
 public:
  read_ahead(io_loop& io, Stream& stream, silence_watch watch = {})
      : io_(io), stream_(stream), watch_(watch), buffer_(16 * 1024) {}
  read_ahead(read_ahead const&) = delete;
  read_ahead& operator=(read_ahead const&) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] boost::system::error_code const& error() const noexcept { return error_; }
  [[nodiscard]] bool reading() const noexcept { return reading_; }

  /// Reads until `n` bytes, no more than the buffer holds, lie here.
  read_outcome fill(std::size_t n, net_clock::time_point deadline) {
    while (size() < n) {
      if (begin_ != 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, size());
        end_ = size();
        begin_ = 0;
      }
      auto const result = read_some({asio::buffer(buffer_.data() + end_, buffer_.size() - end_), {}}, deadline);
      if (result != read_outcome::done) return result;
      end_ += came_;
    }
    return read_outcome::done;
  }

  std::size_t take(byte_span into) noexcept {
    auto const n = std::min(size(), into.size());
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), n, into.begin());
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
    return n;
  }

  /// Fills `into` with what lies here and what comes; `got` says how far it is.
  read_outcome fill(byte_span into, std::size_t& got, net_clock::time_point deadline) {
    got = take(into);
    while (got < into.size()) {
      auto const rest = into.subspan(got);
      auto const result =
          read_some({asio::buffer(rest.data(), rest.size()), asio::buffer(buffer_.data(), buffer_.size())}, deadline);
      if (result != read_outcome::done) return result;
      auto const here = std::min(came_, rest.size());
      got += here;
      end_ = came_ - here;
    }
    return read_outcome::done;
  }

  /// Lets `n` bytes that have arrived, or arrive until the deadline, go by.
  bool skip(std::uint64_t n, net_clock::time_point deadline) {
    while (n != 0) {
      if (size() == 0 && fill(1, deadline) != read_outcome::done) return false;
      auto const some = std::min<std::uint64_t>(n, size());
      begin_ += static_cast<std::size_t>(some);
      n -= some;
    }
    return true;
  }

  // --- when the link is left: nobody reads any more, but a peer that also leaves waits to be read

  void discard_all() {
    if (reading_ || closed_) return;
    reading_ = true;
    begin_ = end_ = 0;
    stream_.async_read_some(asio::buffer(buffer_.data(), buffer_.size()),
                            [this](boost::system::error_code ec, std::size_t) {
                              reading_ = false;
                              if (!ec) discard_all();
                            });
  }

  /// Unread bytes would turn the orderly end into a reset.
  void discard_ready() {
    boost::system::error_code ec;
    for (int i = 0; i < 1024 && !ec; ++i) stream_.read_some(asio::buffer(buffer_.data(), buffer_.size()), ec);
  }

  void closed() noexcept { closed_ = true; }

 private:
  /// Reads some bytes, came_ says how many; waits for them if there are none yet.
  read_outcome read_some(std::array<asio::mutable_buffer, 2> const& into, net_clock::time_point deadline) {
    boost::system::error_code ec;
    came_ = stream_.read_some(into, ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) {
      if (net_clock::now() >= deadline) return read_outcome::late;
      reading_ = true;
      stream_.async_read_some(into, [this](boost::system::error_code e, std::size_t n) {
        reading_ = false;
        error_ = e;
        came_ = n;
      });
      bool gone = false;
      while (reading_ && !gone && net_clock::now() < deadline) {
        io_.run_one(watch_.next_look(deadline));
        gone = reading_ && watch_.gone();
      }
      if (reading_) {
        take_back();
        if (error_ == asio::error::operation_aborted) {
          if (!gone) return read_outcome::late;
          error_ = asio::error::timed_out;
        }
      }
      ec = error_;
    }
    error_ = ec;
    return ec ? read_outcome::ended : read_outcome::done;
  }

  /// Takes back the read in flight, whose buffer is about to go. Sockets cancel in both directions,
  /// so a write in flight stops too, at a byte it knows; whoever leaves the link starts it again.
  void take_back() {
    cancel(stream_);
    while (reading_) io_.run_one(net_clock::now() + std::chrono::seconds{1});
    io_.progress();
  }

  io_loop& io_;
  Stream& stream_;
  silence_watch watch_;
  secret_bytes buffer_;  // [begin_, end_) is ahead
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t came_ = 0;
  boost::system::error_code error_;
  bool reading_ = false;
  bool closed_ = false;
};

}  // namespace koi::detail
