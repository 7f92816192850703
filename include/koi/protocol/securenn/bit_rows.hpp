// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/kernels/dispatch.hpp>
#include <koi/ring/zp.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace koi::securenn_policy {

/// Elements of Z_p for the bits of many numbers: a row of bytes for each number, lowest bit first, one
/// row behind the other. The same layout in memory and on the wire.
class bit_rows {
 public:
  bit_rows() = default;
  /// Uninitialised rows.
  bit_rows(std::size_t positions, std::size_t count)
      : positions_(positions), count_(count), data_(positions * count + kernels::row_room) {}

  [[nodiscard]] std::size_t positions() const noexcept { return positions_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// The row of a number; behind the last one there is room for whole vectors (see kernels::row_room).
  [[nodiscard]] std::uint8_t* row(std::size_t number) noexcept { return data_.data() + number * positions_; }
  [[nodiscard]] std::uint8_t const* row(std::size_t number) const noexcept {
    return data_.data() + number * positions_;
  }
  /// The elements of `n` rows from number `first` on.
  [[nodiscard]] std::span<std::uint8_t> rows(std::size_t first, std::size_t n) noexcept {
    return {row(first), n * positions_};
  }
  [[nodiscard]] byte_span writable_bytes(std::size_t first, std::size_t n) noexcept {
    return writable_bytes_of(row(first), n * positions_);
  }
  [[nodiscard]] byte_span writable_bytes() noexcept { return writable_bytes(0, count_); }
  [[nodiscard]] const_byte_span bytes(std::size_t first, std::size_t n) const noexcept {
    return bytes_of(row(first), n * positions_);
  }
  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes(0, count_); }

 private:
  std::size_t positions_ = 0;
  std::size_t count_ = 0;
  std::vector<std::uint8_t, wiping_allocator<std::uint8_t>> data_;
};

/// How the rows of many numbers are cut. Streams are drawn tile by tile. What is sent goes in messages
/// of whole tiles, so that a player works on one while the next is made and on its way.
struct row_pieces {
  static constexpr std::size_t tile = 256;            ///< numbers; their rows stay in the nearest caches
  static constexpr std::size_t message = 512 * 1024;  ///< bytes of a message at most, if a tile is not larger

  std::size_t positions = 0;
  std::size_t count = 0;

  /// Numbers of every message but the last.
  [[nodiscard]] std::size_t per_message() const noexcept {
    return std::max<std::size_t>(message / (positions * tile), 1) * tile;
  }
  /// Numbers of the largest message.
  [[nodiscard]] std::size_t most() const noexcept { return std::min(per_message(), count); }

  /// Calls f(first, n) for the numbers of each message; there is at least one, if an empty one.
  template <class F>
  void each_message(F f) const {
    std::size_t first = 0;
    do {
      auto const n = std::min(per_message(), count - first);
      f(first, n);
      first += n;
    } while (first < count);
  }
  /// Calls f(first, n) for the tiles of the numbers from `first` to `first + n`.
  template <class F>
  static void each_tile(std::size_t first, std::size_t n, F f) {
    for (std::size_t at = 0; at < n; at += tile) f(first + at, std::min(tile, n - at));
  }
};

namespace detail {

/// The bits of a number as kernels take them; see kernels::row_words.
template <class Word>
void put_row_words(Word x, std::size_t positions, std::uint64_t* out) noexcept {
  out[0] = static_cast<std::uint64_t>(x);
  if constexpr (sizeof(Word) > 8)
    if (positions > 64) out[1] = static_cast<std::uint64_t>(x >> 64);
}

/// Room for such words of a tile, wiped at the end.
struct tile_words {
  std::array<std::uint64_t, 2 * row_pieces::tile> words;
  tile_words() = default;
  tile_words(tile_words const&) = delete;
  tile_words& operator=(tile_words const&) = delete;
  ~tile_words() { wipe(words.data(), sizeof words); }
};

}  // namespace detail

}  // namespace koi::securenn_policy
