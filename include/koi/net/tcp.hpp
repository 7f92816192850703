// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/detail/stream_link.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi {

/// A channel over a connected byte stream.
///
/// There is no thread behind it. `send` gives the system what it takes and queues a copy of the
/// rest; the queues of all links that share the context move on whenever this player waits in any
/// of them. So two players may send each other more than the system buffers and then both receive.
///
/// Threads  all channels that share a context belong to one thread at a time
template <class Stream>
class stream_channel {
 public:
  /// Takes a connected stream whose handshake is done, on `io`.
  stream_channel(detail::io_ptr io, Stream stream, std::string peer, channel_options options = {})
      : link_(std::make_unique<detail::stream_link<Stream>>(std::move(io), std::move(stream), std::move(peer),
                                                            options)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return link_->fate().peer(); }
  [[nodiscard]] std::optional<frame_tag> const& refused() const noexcept { return link_->fate().refused(); }

  void send(frame_tag const& tag, const_byte_span bytes) { link_->send(tag, bytes); }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) { return link_->recv(into, wait); }
  void progress() { link_->progress(); }

  /// Waits until the system has taken all that was sent.
  void flush(std::chrono::milliseconds wait) { link_->flush(wait); }

  /// Waits 200 ms at most for queued bytes and the reason to leave.
  void abort(abort_reason const& why) noexcept {
    if (link_) link_->abort(why);
  }

  /// Waits 5 s at most for queued bytes to leave; so does the destructor.
  void close() noexcept {
    if (link_) link_->close();
  }

 private:
  std::unique_ptr<detail::stream_link<Stream>> link_;
};

using tcp_channel = stream_channel<detail::tcp::socket>;

static_assert(Channel<tcp_channel> && NamesRefused<tcp_channel> && Progresses<tcp_channel> && Flushes<tcp_channel>);

}  // namespace koi
