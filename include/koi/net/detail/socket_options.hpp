// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/channel.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace koi::detail {

/// Small messages leave at once, and a machine that is gone is noticed. A system that does not know an
/// option keeps its own setting.
inline void tune(int fd, channel_options const& options) {
  auto const set = [fd](int level, int name, long long value) {
    int const v = static_cast<int>(std::clamp<long long>(value, 0, std::numeric_limits<int>::max()));
    (void)::setsockopt(fd, level, name, &v, sizeof v);
  };
  auto const seconds = [](std::chrono::milliseconds t) {
    return std::max<long long>(1, std::chrono::ceil<std::chrono::seconds>(t).count());
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, options.keep_alive_idle.count() > 0 ? 1 : 0);
  if (options.keep_alive_idle.count() > 0) {
    set(IPPROTO_TCP, TCP_KEEPIDLE, seconds(options.keep_alive_idle));
    set(IPPROTO_TCP, TCP_KEEPINTVL, seconds(options.keep_alive_interval));
    set(IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive_probes);
  }
}

}  // namespace koi::detail
