// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/detail/fate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi {

namespace detail {

/// One direction of a local pair.
struct local_pipe {
  struct message {
    frame_tag tag;
    secret_bytes bytes;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<message> queue;
  std::size_t queued = 0;              // bytes in queue
  std::optional<heard_reason> reason;  // why the writer aborted
  bool writer_gone = false;
  bool reader_gone = false;
};

}  // namespace detail

/// One end of a channel inside this process; made in pairs by make_local_pair.
class local_channel {
 public:
  local_channel(local_channel&&) noexcept = default;
  local_channel& operator=(local_channel&& other) noexcept {
    if (this != &other) {
      close();
      fate_ = std::move(other.fate_);
      out_ = std::move(other.out_);
      in_ = std::move(other.in_);
      options_ = other.options_;
    }
    return *this;
  }
  ~local_channel() { close(); }

  [[nodiscard]] std::string const& peer() const noexcept { return fate_.peer(); }
  [[nodiscard]] std::optional<frame_tag> const& refused() const noexcept { return fate_.refused(); }

  void send(frame_tag const& tag, const_byte_span bytes) {
    fate_.check();
    secret_bytes copy(bytes.begin(), bytes.end());
    std::unique_lock lock(out_->mutex);
    auto const may_send = [this] { return out_->reader_gone || out_->queued <= options_.queue_limit; };
    if (!may_send() && !out_->changed.wait_until(lock, detail::deadline_after(options_.send_wait), may_send))
      fate_.fail_queue(out_->queued, options_.queue_limit, options_.send_wait);
    if (out_->reader_gone) {
      lock.unlock();
      fail_send(bytes.size());
    }
    out_->queued += copy.size();
    out_->queue.push_back({tag, std::move(copy)});
    out_->changed.notify_all();
  }

  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    fate_.check();
    detail::local_pipe::message next;
    {
      std::unique_lock lock(in_->mutex);
      auto const ready = [this] { return !in_->queue.empty() || in_->writer_gone; };
      if (!ready() && !in_->changed.wait_until(lock, detail::deadline_after(wait), ready))
        fate_.fail_timeout(into.size(), wait);
      if (in_->queue.empty()) {
        if (in_->reason) fate_.fail_aborted(*in_->reason);
        fate_.fail_closed(into.size());
      }
      next = std::move(in_->queue.front());
      in_->queue.pop_front();
      in_->queued -= next.bytes.size();
      in_->changed.notify_all();
    }
    if (next.bytes.size() != into.size()) fate_.fail_length(next.tag, next.bytes.size(), into.size());
    std::copy(next.bytes.begin(), next.bytes.end(), into.begin());
    return next.tag;
  }

  void abort(abort_reason const& why) noexcept {
    if (!out_) return;
    try {
      std::scoped_lock const lock(out_->mutex);
      if (!out_->writer_gone) out_->reason.emplace(why);
    } catch (...) {  // out of memory: the peer learns only that this end is gone
    }
    close();
  }

  void close() noexcept {
    if (!out_) return;
    {
      std::scoped_lock const lock(out_->mutex);
      out_->writer_gone = true;
      out_->changed.notify_all();
    }
    {
      std::scoped_lock const lock(in_->mutex);
      in_->reader_gone = true;
      in_->queue.clear();
      in_->queued = 0;
      in_->changed.notify_all();
    }
    try {
      fate_.end(detail::fault_kind::closed, "it was closed here");
    } catch (...) {  // out of memory for the sentence; the flags above already close the channel
    }
  }

 private:
  friend std::pair<local_channel, local_channel> make_local_pair(std::string, std::string, channel_options);

  local_channel(std::string peer, std::shared_ptr<detail::local_pipe> out, std::shared_ptr<detail::local_pipe> in,
                channel_options options)
      : fate_(std::move(peer)), out_(std::move(out)), in_(std::move(in)), options_(options) {}

  [[noreturn]] void fail_send(std::size_t bytes) {
    std::optional<detail::heard_reason> reason;
    {
      std::scoped_lock const lock(in_->mutex);
      reason = in_->reason;
    }
    if (reason) fate_.fail_aborted(*reason);
    fate_.fail(detail::fault_kind::closed,
               fmt::format("{} went away before {} bytes could be sent to it", peer(), bytes));
  }

  detail::channel_fate fate_;
  std::shared_ptr<detail::local_pipe> out_;
  std::shared_ptr<detail::local_pipe> in_;
  channel_options options_;
};

static_assert(Channel<local_channel> && NamesRefused<local_channel>);

/// Two connected ends. The first belongs to player `name_a` (its peer is `name_b`), the second to
/// `name_b`. Closing or destroying one end wakes the other; what lies in the queue can still be
/// received.
[[nodiscard]] inline std::pair<local_channel, local_channel> make_local_pair(std::string name_a, std::string name_b,
                                                                             channel_options options = {}) {
  auto a_to_b = std::make_shared<detail::local_pipe>();
  auto b_to_a = std::make_shared<detail::local_pipe>();
  local_channel a{std::move(name_b), a_to_b, b_to_a, options};
  local_channel b{std::move(name_a), std::move(b_to_a), std::move(a_to_b), options};
  return {std::move(a), std::move(b)};
}

}  // namespace koi
