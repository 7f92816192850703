// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/core/bytes.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

namespace koi::test {

TEST_CASE("words are appended and read back in little-endian order") {
  std::vector<std::byte> out;
  append(out, std::uint8_t{0xab});
  append(out, std::uint32_t{0x01020304});
  append(out, std::uint64_t{0x1112131415161718});
  REQUIRE(out.size() == 13);
  unsigned char const expected[] = {0xab, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11};
  for (std::size_t i = 0; i < out.size(); ++i) {
    CAPTURE(i);
    CHECK(std::to_integer<unsigned char>(out[i]) == expected[i]);
  }
  CHECK(load<std::uint8_t>(out) == 0xab);
  CHECK(load<std::uint32_t>(out, 1) == 0x01020304);  // at an odd address
  CHECK(load<std::uint64_t>(out, 5) == 0x1112131415161718);
}

TEST_CASE("bytes of words are the words themselves, not a copy") {
  std::array<std::uint32_t, 3> words{1, 2, 0x01020304};
  auto const seen = bytes_of(words.data(), words.size());
  REQUIRE(seen.size() == 12);
  CHECK(load<std::uint32_t>(seen, 8) == 0x01020304);

  auto const mine = writable_bytes_of(words.data(), words.size());
  mine[4] = std::byte{0xff};
  CHECK(words[1] == 0xff);
  CHECK(bytes_of(words.data(), 0).empty());
}

TEST_CASE("bytes that may hold shares are aligned to a cache line") {
  for (std::size_t const n : {1, 63, 64, 65, 4097}) {
    CAPTURE(n);
    secret_bytes const bytes(n);
    CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 == 0);
  }
}

}  // namespace koi::test
