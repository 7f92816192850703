// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/entropy.hpp>

#include <koi/crypto/seed.hpp>

#include <doctest/doctest.h>

#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <set>
#include <vector>

namespace koi::test {

namespace {

/// A system whose entropy ends after some calls; on this thread, while one of these lives.
struct dry_system {
  explicit dry_system(int calls = 0) { left = calls; }
  ~dry_system() { left = -1; }
  static thread_local int left;  // -1: it never ends
};
thread_local int dry_system::left = -1;

}  // namespace

}  // namespace koi::test

// Stands before the one of the C library in this program.
extern "C" int getentropy(void* buffer, std::size_t bytes) {
  auto& left = koi::test::dry_system::left;
  if (left == 0 || bytes > 256) {
    errno = bytes > 256 ? EIO : ENOSYS;
    return -1;
  }
  if (left > 0) --left;
  auto const got = ::syscall(SYS_getrandom, buffer, bytes, 0);
  return got == static_cast<long>(bytes) ? 0 : -1;
}

namespace koi::test {

TEST_CASE("a buffer of any length is filled, all of it and nothing else") {
  for (std::size_t const n : {0, 1, 31, 256, 257, 1000, 100'000}) {
    std::vector<std::byte> sum(n + 2);
    for (int round = 0; round < 12; ++round) {  // a byte that stays 0 in all rounds was not written
      std::vector<std::byte> bytes(n + 2);
      fill_from_os(std::span(bytes).subspan(1, n));
      for (std::size_t i = 0; i < bytes.size(); ++i) sum[i] |= bytes[i];
    }
    CAPTURE(n);
    CHECK(std::count(sum.begin() + 1, sum.end() - 1, std::byte{0}) == 0);
    CHECK(sum.front() == std::byte{0});
    CHECK(sum.back() == std::byte{0});
  }
}

TEST_CASE("entropy does not repeat") {
  std::set<std::vector<std::byte>> seen;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::byte> bytes(16);
    fill_from_os(bytes);
    CHECK(seen.insert(bytes).second);
  }
}

TEST_CASE("without entropy there is an error and no seed") {
  dry_system const dry;
  std::vector<std::byte> bytes(16);
  CHECK_THROWS_WITH_AS(fill_from_os(bytes), doctest::Contains("gave no entropy"), no_entropy);
  CHECK_THROWS_AS((void)seed::from_os(), no_entropy);
  CHECK_NOTHROW(fill_from_os({}));
}

TEST_CASE("entropy that ends in the middle of a buffer is an error, too") {
  dry_system const dry(2);
  std::vector<std::byte> bytes(3 * 256);
  CHECK_THROWS_AS(fill_from_os(bytes), no_entropy);
}

}  // namespace koi::test
