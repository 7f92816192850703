// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/wipe.hpp>

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace koi {

static_assert(std::endian::native == std::endian::little,
              "koi puts words on the wire as they lie in memory, which is little-endian");

using byte_span = std::span<std::byte>;
using const_byte_span = std::span<std::byte const>;

/// Bytes that may hold shares: aligned, left uninitialised by resize, wiped on release.
using secret_bytes = std::vector<std::byte, wiping_allocator<std::byte>>;

/// The bytes of `n` words, as they go on the wire.
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] const_byte_span bytes_of(T const* data, std::size_t n) noexcept {
  return {reinterpret_cast<std::byte const*>(data), n * sizeof(T)};
}

template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] byte_span writable_bytes_of(T* data, std::size_t n) noexcept {
  return {reinterpret_cast<std::byte*>(data), n * sizeof(T)};
}

/// Appends a little-endian word to a buffer.
template <class T>
  requires std::is_trivially_copyable_v<T>
void append(std::vector<std::byte>& out, T value) {
  auto const at = out.size();
  out.resize(at + sizeof(T));
  std::memcpy(out.data() + at, &value, sizeof(T));
}

/// Reads a little-endian word; the caller has checked that it is there.
template <class T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] T load(const_byte_span in, std::size_t at = 0) noexcept {
  T value;
  std::memcpy(&value, in.data() + at, sizeof(T));
  return value;
}

}  // namespace koi
