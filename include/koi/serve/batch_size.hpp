// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace koi::serve {

/// Places of a batch with so many samples: a power of two, so that few sizes are tried and share the stock, and the
/// helper, which learns it, learns no more of how much is asked.
[[nodiscard]] constexpr std::uint32_t batch_size(std::uint32_t samples) noexcept {
  return std::bit_ceil(std::max<std::uint32_t>(samples, 1));
}

/// How many of the samples that wait go into the next batch: all, unless a quarter of it and more would stay empty and
/// a smaller one is prepared, or is large enough to be worth a run of its own. `is_prepared(size)` tells of a batch's
/// size.
template <class IsPrepared>
[[nodiscard]] constexpr std::uint32_t samples_to_take(std::uint32_t samples, IsPrepared is_prepared) {
  constexpr std::uint32_t worth_a_run = 16;
  auto const larger = batch_size(samples), smaller = std::bit_floor(samples);
  bool const well_filled = 4 * std::uint64_t{samples} > 3 * std::uint64_t{larger};
  if (well_filled && is_prepared(larger)) return samples;
  if (smaller != 0 && is_prepared(smaller)) return smaller;
  return well_filled || smaller < worth_a_run || is_prepared(larger) ? samples : smaller;
}

}  // namespace koi::serve
