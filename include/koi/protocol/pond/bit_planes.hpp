// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/crypto/prg.hpp>
#include <koi/kernels/dispatch.hpp>
#include <koi/tensor/tensor.hpp>

#include <span>

namespace koi::pond_policy {

/// Bits of many numbers, one plane per bit position, 64 numbers a word: a bitwise operation on two
/// planes is one operation on all numbers. Bits past the last number are zero or random, never read.
class bit_planes {
 public:
  bit_planes() = default;
  /// Uninitialised planes for `count` numbers.
  bit_planes(std::size_t planes, std::size_t count)
      : count_(count), words_((count + 63) / 64), data_(planes * words_) {}

  /// Overwrites all planes with the next bytes of a stream.
  void draw(prg& stream) { stream.fill(writable_bytes()); }

  [[nodiscard]] std::size_t planes() const noexcept { return words_ == 0 ? 0 : data_.size() / words_; }
  /// Words of 64 numbers in a plane.
  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t* operator[](std::size_t plane) noexcept { return data_.data() + plane * words_; }
  [[nodiscard]] std::uint64_t const* operator[](std::size_t plane) const noexcept {
    return data_.data() + plane * words_;
  }
  [[nodiscard]] byte_span writable_bytes() noexcept { return writable_bytes_of(data_.data(), data_.size()); }
  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes_of(data_.data(), data_.size()); }

  bit_planes& operator^=(bit_planes const& other) noexcept {
    for (std::size_t i = 0; i < data_.size(); ++i) data_[i] ^= other.data_[i];
    return *this;
  }

  /// Bytes of so many planes for so many numbers on the wire.
  [[nodiscard]] static std::size_t wire_bytes(std::size_t planes, std::size_t count) noexcept {
    return planes * ((count + 63) / 64) * 8;
  }

 private:
  std::size_t count_ = 0;
  std::size_t words_ = 0;
  std::vector<std::uint64_t, wiping_allocator<std::uint64_t>> data_;
};

/// Plane i holds bit lowest + i of every number, for `bits` bits.
template <PowerOfTwoRing R>
[[nodiscard]] bit_planes to_planes(std::span<typename R::value_type const> x, std::size_t lowest, std::size_t bits) {
  bit_planes out(bits, x.size());
  auto const stride = out.words();
  std::size_t whole = 0;  // blocks that need no copy
  if constexpr (R::bits == 64) {
    whole = x.size() / 64;
    if (bits != 0) kernels::split_words({x.data(), whole, out[0], lowest, bits, stride});
  }
  std::array<std::uint64_t, 64> block;
  for (auto w = whole; w < stride; ++w)
    for (std::size_t first = 0; first < bits; first += 64) {
      for (std::size_t i = 0; i < 64; ++i) {
        auto const at = w * 64 + i;
        block[i] = at < x.size() ? static_cast<std::uint64_t>(x[at] >> ((lowest + first) % R::bits)) : 0;
      }
      kernels::split_words({block.data(), 1, out[first] + w, 0, std::min<std::size_t>(64, bits - first), stride});
    }
  wipe(block.data(), sizeof block);
  return out;
}

/// A plane's bits as words 0 or 1.
template <PowerOfTwoRing R>
void from_plane(std::uint64_t const* plane, std::span<typename R::value_type> out) {
  if constexpr (R::bits == 64) {
    kernels::spread_plane({plane, out.data(), out.size()});
  } else {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<typename R::value_type>((plane[i / 64] >> (i % 64)) & 1);
  }
}

}  // namespace koi::pond_policy
