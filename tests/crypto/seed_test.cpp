// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/seed.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <new>
#include <set>
#include <type_traits>
#include <vector>

namespace koi::test {

TEST_CASE("a seed comes from bytes or from the system, from nothing else") {
  static_assert(!std::is_default_constructible_v<seed>);
  static_assert(!std::is_convertible_v<std::array<std::byte, 32>, seed>);
  static_assert(!std::is_constructible_v<seed, std::uint64_t>);
  std::array<std::byte, seed::size> bytes{};
  bytes[31] = std::byte{7};
  CHECK(std::equal(bytes.begin(), bytes.end(), seed(bytes).bytes().begin()));
}

TEST_CASE("seeds of the system differ, and are not half empty") {
  std::set<std::vector<std::byte>> seen;
  for (int i = 0; i < 1000; ++i) {
    auto const fresh = seed::from_os();
    auto const bytes = fresh.bytes();
    CHECK(seen.emplace(bytes.begin(), bytes.end()).second);
    CHECK(std::count(bytes.begin(), bytes.end(), std::byte{0}) < 16);
  }
}

TEST_CASE("a seed is wiped on release") {
  alignas(seed) unsigned char room[sizeof(seed)];
  std::array<std::byte, seed::size> bytes;
  bytes.fill(std::byte{0x5c});
  auto* const s = ::new (static_cast<void*>(room)) seed(bytes);
  s->~seed();
  asm volatile("" : : "r"(room) : "memory");  // what is in the room now is read from memory
  CHECK(std::all_of(std::begin(room), std::end(room), [](unsigned char b) { return b == 0; }));
}

}  // namespace koi::test
