// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/ring/zp.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace koi::securenn_policy {

/// Elements of Z_p for the bits of many numbers, one byte each, in tiles of numbers: within a tile
/// one row per bit position. The same layout in memory and on the wire.
class field_planes {
 public:
  static constexpr std::size_t tile = 512;  ///< numbers in a tile: its rows stay in the first-level cache

  field_planes(std::size_t positions, std::size_t count)
      : positions_(positions), count_(count), data_(positions * count) {}

  [[nodiscard]] std::size_t positions() const noexcept { return positions_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Numbers in the tile that starts at number `first`.
  [[nodiscard]] std::size_t width(std::size_t first) const noexcept { return std::min(tile, count_ - first); }
  /// Row of a position in the tile that starts at number `first`.
  [[nodiscard]] std::uint8_t* row(std::size_t first, std::size_t position) noexcept {
    return data_.data() + first * positions_ + position * width(first);
  }
  [[nodiscard]] std::uint8_t const* row(std::size_t first, std::size_t position) const noexcept {
    return data_.data() + first * positions_ + position * width(first);
  }
  [[nodiscard]] std::span<std::uint8_t> elements() noexcept { return data_; }
  [[nodiscard]] std::span<std::uint8_t const> elements() const noexcept { return data_; }
  [[nodiscard]] byte_span writable_bytes() noexcept { return writable_bytes_of(data_.data(), data_.size()); }
  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes_of(data_.data(), data_.size()); }

 private:
  std::size_t positions_;
  std::size_t count_;
  std::vector<std::uint8_t, wiping_allocator<std::uint8_t>> data_;
};

namespace detail {

/// out = (out + x) mod P and (out * x) mod P for a row; branch-free.
template <class F>
void add_row(std::uint8_t* out, std::uint8_t const* x, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::add(out[i], x[i]);
}
template <class F>
void mul_row(std::uint8_t* out, std::uint8_t const* x, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = F::mul(out[i], x[i]);
}

/// Rotates each number's `positions` bytes by its own offset below `positions`, in steps of powers
/// of two that are each taken or not by a mask: no address depends on an offset. `scratch` has room
/// for as many bytes.
inline void rotate_tile(std::uint8_t* rows, std::size_t positions, std::size_t width, std::uint8_t const* offsets,
                        std::span<std::uint8_t> scratch) {
  std::array<std::uint8_t, field_planes::tile> take;
  auto* from = rows;
  auto* to = scratch.data();
  for (std::size_t step = 1; step < positions; step <<= 1) {
    for (std::size_t i = 0; i < width; ++i)
      take[i] = static_cast<std::uint8_t>(0 - static_cast<int>((offsets[i] & step) != 0));
    for (std::size_t p = 0; p < positions; ++p) {
      auto const* const stay = from + p * width;
      auto const* const move = from + (p + step) % positions * width;
      auto* const out = to + p * width;
      for (std::size_t i = 0; i < width; ++i)
        out[i] = static_cast<std::uint8_t>((stay[i] & ~take[i]) | (move[i] & take[i]));
    }
    std::swap(from, to);
  }
  if (from != rows) std::copy_n(from, positions * width, rows);
  wipe(take.data(), take.size());
}

}  // namespace detail

}  // namespace koi::securenn_policy
