// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/fate.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace koi::detail {

/// Looks whether the machine at the other end of a connection still acknowledges what was sent to it. A program that
/// computes, or whose buffers are full, is no reason to worry: its system answers for it.
class silence_watch {
 public:
  /// Looks at nothing.
  silence_watch() noexcept : silence_watch(-1, {}) {}
  /// `wait` 0 looks at nothing.
  silence_watch(int fd, std::chrono::milliseconds wait) noexcept : fd_(fd), wait_(wait) {}

  /// How long a wait until `deadline` may last before the next look.
  [[nodiscard]] net_clock::time_point next_look(net_clock::time_point deadline) const noexcept {
    return wait_.count() == 0 ? deadline : std::min(deadline, net_clock::now() + wait_ / 8);
  }

  /// Whether bytes have been under way for the wait, sent more than once, and nothing at all came back meanwhile.
  [[nodiscard]] bool gone() const noexcept {
#ifdef __linux__
    if (wait_.count() == 0) return false;
    ::tcp_info t{};
    socklen_t size = sizeof t;
    if (::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &t, &size) != 0 || t.tcpi_unacked == 0 || t.tcpi_retransmits == 0)
      return false;
    // Each time-out doubles the next: the first attempt was (1 + 2 + 4 + ...) first time-outs before the last one.
    auto const times = std::min<unsigned>(t.tcpi_retransmits, 16);
    auto const until_last = (t.tcpi_rto >> times) * ((std::uint64_t{1} << times) - 1) / 1000;
    auto const wait = static_cast<std::uint64_t>(wait_.count());
    return until_last + t.tcpi_last_data_sent >= wait && t.tcpi_last_ack_recv >= wait;
#else
    return false;
#endif
  }

 private:
  int fd_;
  std::chrono::milliseconds wait_;
};

}  // namespace koi::detail
