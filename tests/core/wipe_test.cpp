// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/core/wipe.hpp>

#include <koi/core/bytes.hpp>
#include <koi/ring/z2k.hpp>
#include <koi/tensor/tensor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>

namespace koi::test {

namespace {

/// Looks at every aligned block of this thread in the moment in which it goes back to the heap, for the byte 0x5c.
struct heap_watch {
  std::map<void*, std::size_t> alive;
  std::size_t released = 0;
  std::size_t dirty = 0;

  heap_watch() { current = this; }
  ~heap_watch() { current = nullptr; }

  static thread_local heap_watch* current;
};
thread_local heap_watch* heap_watch::current = nullptr;

void* take(std::size_t bytes, std::align_val_t alignment) {
  auto const align = static_cast<std::size_t>(alignment);
  void* const p = std::aligned_alloc(align, (std::max<std::size_t>(bytes, 1) + align - 1) / align * align);
  if (p == nullptr) throw std::bad_alloc();
  if (auto* const watch = heap_watch::current) {
    std::memset(p, 0xa5, bytes);
    watch->alive[p] = bytes;
  }
  return p;
}

void give(void* p) noexcept {
  auto* const watch = heap_watch::current;
  if (watch != nullptr && watch->alive.contains(p)) {
    auto const* const bytes = static_cast<unsigned char const*>(p);
    auto const size = watch->alive[p];
    watch->alive.erase(p);
    ++watch->released;
    if (std::count(bytes, bytes + size, 0x5c) != 0) ++watch->dirty;
  }
  std::free(p);
}

}  // namespace

}  // namespace koi::test

// The heap behind every cache-line-aligned block of this program.
void* operator new(std::size_t bytes, std::align_val_t alignment) { return koi::test::take(bytes, alignment); }
void operator delete(void* p, std::align_val_t) noexcept { koi::test::give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { koi::test::give(p); }

namespace koi::test {

TEST_CASE("wipe clears what it is given and nothing else") {
  std::array<unsigned char, 64> buffer;
  buffer.fill(0x5c);
  wipe(buffer.data() + 3, 40);
  for (std::size_t i = 0; i < buffer.size(); ++i) {
    CAPTURE(i);
    CHECK(buffer[i] == (i >= 3 && i < 43 ? 0 : 0x5c));
  }
  wipe(buffer.data(), 0);
  CHECK(buffer[0] == 0x5c);
  wipe(nullptr, 0);
  wipe(nullptr, 8);
}

TEST_CASE("the watch sees a block that goes back unwiped") {
  heap_watch watch;
  auto* const p = ::operator new (100, std::align_val_t{64});
  std::memset(p, 0x5c, 1);
  ::operator delete (p, std::align_val_t{64});
  CHECK(watch.released == 1);
  CHECK(watch.dirty == 1);
}

TEST_CASE("memory that may hold shares is zero when it goes back to the heap") {
  heap_watch watch;
  SUBCASE("a vector, as it grows and ends") {
    secret_bytes bytes;
    for (int i = 0; i < 1000; ++i) bytes.push_back(std::byte{0x5c});
    bytes.resize(5000, std::byte{0x5c});
    bytes.shrink_to_fit();
  }
  SUBCASE("a vector that was cut keeps its capacity, and wipes that") {
    secret_bytes bytes(777, std::byte{0x5c});
    bytes.resize(3);
  }
  SUBCASE("a tensor, its copy, and what it was moved to or assigned") {
    tensor<ring64> x({13, 7}, 0x5c5c5c5c5c5c5c5c);
    auto const copy = x;
    auto moved = std::move(x);
    moved = tensor<ring64>({5}, 0x5c);
    moved = copy;
  }
  SUBCASE("a tensor under another shape") {
    auto const x = tensor<ring32>({6, 4}, 0x5c5c5c5c).reshaped({24}).reshaped({2, 12});
    CHECK(x.size() == 24);
  }
  SUBCASE("a block that the thread keeps for its next allocation") {
    for (int i = 0; i < 3; ++i) secret_bytes const large(100'000, std::byte{0x5c});
  }
  SUBCASE("by way of an exception") {
    CHECK_THROWS_AS(
        [] {
          tensor<ring64> const x({13, 7}, 0x5c5c5c5c5c5c5c5c);
          throw 1;
        }(),
        int);
  }
  release_kept_memory();
  if (watch.alive.empty()) {
    CHECK(watch.released > 0);
    CHECK(watch.dirty == 0);
  } else {
    FAIL("a block is still alive");
  }
}

TEST_CASE("a thread keeps no more blocks than it took: those of other threads do not pile up in it") {
  constexpr std::size_t bytes = 8192;
  auto const fresh = [] { return ::operator new (bytes, std::align_val_t{64}); };
  auto* const mine = fresh();
  auto* const others = fresh();
  detail::block_cache cache;
  CHECK(!cache.give(others, bytes));
  CHECK(cache.take(bytes) == nullptr);
  CHECK(cache.give(mine, bytes));
  CHECK(!cache.give(others, bytes));
  CHECK(cache.take(bytes) == mine);
  for (auto* const p : {mine, others}) ::operator delete (p, std::align_val_t{64});
}

TEST_CASE("resize leaves words uninitialised, a fill value is written") {
  heap_watch watch;
  secret_bytes const raw(64);
  CHECK(std::count(raw.begin(), raw.end(), std::byte{0xa5}) == 64);
  secret_bytes const filled(64, std::byte{7});
  CHECK(std::count(filled.begin(), filled.end(), std::byte{7}) == 64);
}

TEST_CASE("a number of elements that no memory holds is refused") {
  wiping_allocator<std::uint64_t> allocator;
  CHECK_THROWS_AS((void)allocator.allocate(static_cast<std::size_t>(-1) / 4), std::bad_array_new_length);
}

}  // namespace koi::test
