// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/block_cache.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace koi {

/// Overwrites memory in a way that the compiler may not remove.
inline void wipe(void* data, std::size_t bytes) noexcept {
  if (data == nullptr || bytes == 0) return;
  std::memset(data, 0, bytes);
  asm volatile("" : : "r"(data) : "memory");
}

/// Allocates cache-line-aligned memory and wipes it on release, so that no share outlives its owner.
template <class T>
struct wiping_allocator {
  using value_type = T;
  static constexpr std::size_t alignment = detail::block_cache::alignment;

  wiping_allocator() noexcept = default;
  template <class U>
  wiping_allocator(wiping_allocator<U> const&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(detail::allocate_block(n * sizeof(T)));
  }

  void deallocate(T* p, std::size_t n) noexcept {
    wipe(p, n * sizeof(T));
    detail::release_block(p, n * sizeof(T));
  }

  /// Leaves words uninitialised where a container would zero them only to have them overwritten.
  template <class U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <class U, class... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }

  template <class U>
  bool operator==(wiping_allocator<U> const&) const noexcept {
    return true;
  }
};

}  // namespace koi
