// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/net/hello.hpp>
#include <koi/net/network.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace koi {

/// Whether the first player calls the second; at most one of two players calls the other.
using dial_rule = std::function<bool(std::size_t, std::size_t)>;

struct connect_options {
  std::chrono::milliseconds connect_wait{120'000};  ///< for all players to be there
  std::chrono::milliseconds hello_wait{5'000};      ///< for a caller's TLS handshake and hello
  std::chrono::milliseconds progress_every{5'000};
  std::function<std::chrono::nanoseconds()> clock = clock_reading;  ///< that peers are told, and compared with
  channel_options channel{};                                        ///< of every link
  std::function<void(std::string_view)> progress;  ///< gets a line now and then while we wait, and warnings
};

struct connected_players {
  koi::network network;
  std::vector<seed_contribution> contributions;  ///< by player; zero where there is no link
  std::size_t dropped = 0;                       ///< connections that said no hello, or were refused
};

}  // namespace koi
