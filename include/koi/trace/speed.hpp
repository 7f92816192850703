// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace koi {

/// The links between players, for predictions.
struct link_speed {
  double round_trip_ms = 0;
  double mbit = 0;  ///< 10^6 bits a second out of a player, to all others together; 0: any
  std::uint64_t window = std::uint64_t{4} << 20;  ///< bytes that a system takes in before its program reads; 0: any
};

/// What a player's machine does on one thread, for predictions. The values given here are those of a usual server;
/// bench/online/plan_bench.cpp measures them.
struct machine_speed {
  double multiply_adds = 3e9;  ///< a second, of 64-bit words in large matrix products
  double drawn = 4e9;          ///< bytes a second of pseudo-random streams
  double touched = 4e9;        ///< bytes a second, element by element
  double moved = 1.5e9;        ///< bytes a second between the program and its system's network, each way
  double a_step = 20e-6;       ///< seconds that a step takes however small it is
  std::size_t processors = 0;  ///< that all players share; 0: each has its own
};

}  // namespace koi
