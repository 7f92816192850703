// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/channel.hpp>

namespace koi::testing {

/// Messages of one player, sent and received, until its wire dies. Shared by its channels.
struct fuse {
  std::size_t left;
  bool burnt = false;  ///< whether a message met the end
};

/// A channel whose wire goes dead under the player that uses it: when the fuse has no message left,
/// this link is cut, both ends alike, and the call meets a closed channel. So do later calls on the
/// player's other links.
class failing_channel {
 public:
  failing_channel(any_channel channel, std::shared_ptr<fuse> until) : channel_(std::move(channel)), fuse_(std::move(until)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return channel_.peer(); }
  void send(frame_tag const& tag, const_byte_span bytes) {
    spend();
    channel_.send(tag, bytes);
  }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    spend();
    return channel_.recv(into, wait);
  }
  void abort(koi::abort_reason const& why) noexcept { channel_.abort(why); }
  void close() noexcept { channel_.close(); }

 private:
  void spend() {
    if (fuse_->left > 0) {
      --fuse_->left;
      return;
    }
    fuse_->burnt = true;
    channel_.close();
  }

  any_channel channel_;
  std::shared_ptr<fuse> fuse_;
};

static_assert(Channel<failing_channel>);

}  // namespace koi::testing
