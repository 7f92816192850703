// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <new>
#include <utility>

namespace koi {

namespace detail {

/// Keeps the large blocks that a thread gives back, wiped, for its next allocations: memory that is
/// mapped and in a cache already. A protocol step allocates the same sizes again and again. No more blocks of a size
/// are kept than this thread had taken of it: what others have taken and this one gives back would pile up.
///
/// Threads  one object a thread
class block_cache {
 public:
  static constexpr std::size_t smallest = 4096;                  ///< below it the heap is as fast
  static constexpr std::size_t largest = std::size_t{1} << 26;   ///< above it page faults no longer matter
  static constexpr std::size_t capacity = std::size_t{1} << 28;  ///< of all blocks that are kept
  static constexpr std::size_t alignment = 64;

  block_cache() = default;
  block_cache(block_cache const&) = delete;
  block_cache& operator=(block_cache const&) = delete;
  ~block_cache() { clear(); }

  /// The size that is allocated for a request: a quarter of a power of two further up at most.
  [[nodiscard]] static std::size_t rounded(std::size_t bytes) noexcept {
    auto const quarter = std::bit_floor(bytes - 1) / 4;
    return (bytes + quarter - 1) / quarter * quarter;
  }
  [[nodiscard]] static bool keeps(std::size_t bytes) noexcept { return bytes > smallest && bytes <= largest; }

  [[nodiscard]] void* take(std::size_t bytes) noexcept {
    auto& list = lists_[index_of(bytes)];
    ++out_[index_of(bytes)];
    if (list == nullptr) return nullptr;
    auto* const taken = list;
    list = std::exchange(taken->next, nullptr);
    held_ -= bytes;
    return taken;
  }
  [[nodiscard]] bool give(void* p, std::size_t bytes) noexcept {
    auto& out = out_[index_of(bytes)];
    if (out == 0) return false;
    --out;
    if (held_ + bytes > capacity) return false;
    auto& list = lists_[index_of(bytes)];
    list = ::new (p) block{list};
    held_ += bytes;
    return true;
  }
  void clear() noexcept {
    for (auto& list : lists_)
      while (list != nullptr) {
        auto* const next = std::exchange(list->next, nullptr);
        ::operator delete (list, std::align_val_t{alignment});
        list = next;
      }
    held_ = 0;
  }

 private:
  struct block {
    block* next;
  };
  static constexpr std::size_t sizes = (std::bit_width(largest - 1) + 1) * 4;  // four a power of two
  static std::size_t index_of(std::size_t bytes) noexcept {
    auto const power = static_cast<std::size_t>(std::bit_width(bytes - 1));
    auto const quarter = (bytes - 1) >> (power - 3) & 3;
    return power * 4 + quarter;
  }

  std::array<block*, sizes> lists_{};
  std::array<std::size_t, sizes> out_{};  // blocks that this thread took and has not given back
  std::size_t held_ = 0;
};

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool blocks_are_kept = false;  // so that a use after release is seen
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool blocks_are_kept = false;
#else
inline constexpr bool blocks_are_kept = true;
#endif
#else
inline constexpr bool blocks_are_kept = true;
#endif

/// Bytes of wiping containers that a thread has taken and not given back. What another thread gives back counts there.
struct memory_in_use {
  std::ptrdiff_t now = 0, most = 0;

  void take(std::ptrdiff_t bytes) noexcept {
    now += bytes;
    most = std::max(most, now);
  }
};

/// A thread's cache; gone when the thread ends, though blocks may still come back.
struct thread_cache_state {
  block_cache* cache = nullptr;
  bool ended = false;
};
inline thread_local constinit thread_cache_state this_thread_cache;

struct thread_cache_owner {
  block_cache cache;
  thread_cache_owner() { this_thread_cache.cache = &cache; }
  ~thread_cache_owner() { this_thread_cache = {nullptr, true}; }
  thread_cache_owner(thread_cache_owner const&) = delete;
  thread_cache_owner& operator=(thread_cache_owner const&) = delete;
};

/// This thread's cache, or null where it has ended.
inline block_cache* thread_cache() {
  auto& mine = this_thread_cache;
  if (mine.cache == nullptr && !mine.ended) {
    thread_local thread_cache_owner owner;
    mine.cache = &owner.cache;
  }
  return mine.cache;
}

inline thread_local constinit memory_in_use this_thread_memory;

inline void* allocate_block(std::size_t bytes) {
  this_thread_memory.take(static_cast<std::ptrdiff_t>(bytes));
  if (blocks_are_kept && block_cache::keeps(bytes)) {
    bytes = block_cache::rounded(bytes);
    auto* const cache = thread_cache();
    if (auto* const p = cache ? cache->take(bytes) : nullptr) return p;
  }
  return ::operator new (bytes, std::align_val_t{block_cache::alignment});
}

/// The block has been wiped.
inline void release_block(void* p, std::size_t bytes) noexcept {
  if (p == nullptr) return;
  this_thread_memory.take(-static_cast<std::ptrdiff_t>(bytes));
  if (blocks_are_kept && block_cache::keeps(bytes)) {
    auto* const cache = this_thread_cache.cache;
    if (cache != nullptr && cache->give(p, block_cache::rounded(bytes))) return;
  }
  ::operator delete (p, std::align_val_t{block_cache::alignment});
}

}  // namespace detail

/// Gives the wiped blocks that this thread keeps back to the system.
inline void release_kept_memory() noexcept {
  if (auto* const cache = detail::this_thread_cache.cache) cache->clear();
}

}  // namespace koi
