// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace koi::serve {

/// What a batch is filled up to: all numbers up to 8, from there four sizes a power of two. Few sizes, so that all can
/// be tried before a model is served, and at most a fifth of a batch is filling.
[[nodiscard]] constexpr std::uint32_t batch_size(std::uint32_t samples) noexcept {
  if (samples <= 8) return std::max<std::uint32_t>(samples, 1);
  auto const step = std::bit_floor(samples - 1) / 4;
  return (samples + step - 1) / step * step;
}

/// The same for batches that are prepared before anybody asks: powers of two, so that few kinds share the stock.
[[nodiscard]] constexpr std::uint32_t prepared_batch_size(std::uint32_t samples) noexcept {
  return std::bit_ceil(std::max<std::uint32_t>(samples, 1));
}

static_assert(batch_size(8) == 8 && batch_size(9) == 10 && batch_size(33) == 40 && batch_size(64) == 64);
static_assert(batch_size(0) == 1 && batch_size(65'535) == 65'536);

}  // namespace koi::serve
