// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/frame.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <utility>

namespace koi::detail {

/// The sending half of a link. Frames go to the system at once as far as it takes them; the rest is
/// copied, and one write is in flight at a time. Handlers point here.
template <class Stream>
class send_queue {
 public:
  send_queue(io_loop& io, Stream& stream) : io_(io), stream_(stream) {}
  send_queue(send_queue const&) = delete;
  send_queue& operator=(send_queue const&) = delete;

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return queued_; }
  [[nodiscard]] boost::system::error_code const& error() const noexcept { return error_; }
  [[nodiscard]] bool writing() const noexcept { return writing_; }

  /// Hands a frame to the system or queues a copy; an error is left in error().
  void put(frame_header const& header, const_byte_span payload) {
    if (error_) return;
    auto const head = encode_header(header);
    auto const total = head.size() + payload.size();
    std::size_t done = 0;
    while (queue_.empty() && done < total) {
      auto const h = std::min(done, head.size());
      auto const p = done - h;
      std::array<asio::const_buffer, 2> const rest{asio::buffer(head.data() + h, head.size() - h),
                                                   asio::buffer(payload.data() + p, payload.size() - p)};
      boost::system::error_code ec;
      done += stream_.write_some(rest, ec);
      if (ec == asio::error::would_block || ec == asio::error::try_again) break;
      if (ec) {
        error_ = ec;
        return;
      }
    }
    if (done != total) keep(head, payload, done);
  }

  /// Goes on after a write was cancelled, with the byte at which it stopped.
  void write_next() {
    if (writing_ || queue_.empty() || error_) return;
    writing_ = true;
    ++io_.writes;
    auto const& front = queue_.front();
    stream_.async_write_some(asio::buffer(front.data() + written_, front.size() - written_),
                             [this](boost::system::error_code ec, std::size_t n) { wrote(ec, n); });
  }

  void clear() { queue_.clear(); }

 private:
  void keep(header_bytes const& head, const_byte_span payload, std::size_t done) {
    auto const h = std::min(done, head.size());
    secret_bytes rest(head.size() + payload.size() - done);
    std::copy(head.begin() + static_cast<std::ptrdiff_t>(h), head.end(), rest.begin());
    auto const tail = payload.subspan(done - h);
    std::copy(tail.begin(), tail.end(), rest.begin() + static_cast<std::ptrdiff_t>(head.size() - h));
    queued_ += rest.size();
    queue_.push_back(std::move(rest));
    write_next();
  }

  void wrote(boost::system::error_code ec, std::size_t n) {
    writing_ = false;
    --io_.writes;
    written_ += n;
    queued_ -= n;
    if (written_ == queue_.front().size()) {
      queue_.pop_front();
      written_ = 0;
    }
    if (ec == asio::error::operation_aborted) return;  // only reading was given up; see read_ahead::take_back
    if (ec) error_ = ec;
    write_next();
  }

  io_loop& io_;
  Stream& stream_;
  std::deque<secret_bytes> queue_;
  std::size_t queued_ = 0;   // bytes in queue_ that are not written
  std::size_t written_ = 0;  // of the front
  boost::system::error_code error_;
  bool writing_ = false;
};

}  // namespace koi::detail
