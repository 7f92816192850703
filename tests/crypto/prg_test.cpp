// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/prg.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace koi::test {

namespace {

unsigned char digit(char c) { return static_cast<unsigned char>(c <= '9' ? c - '0' : c - 'a' + 10); }

std::vector<unsigned char> from_hex(std::string_view text) {
  std::vector<unsigned char> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<unsigned char>(digit(text[i]) << 4 | digit(text[i + 1])));
  return out;
}

seed seed_of(std::vector<unsigned char> const& bytes) {
  std::array<std::byte, seed::size> raw{};
  REQUIRE(bytes.size() == raw.size());
  std::memcpy(raw.data(), bytes.data(), raw.size());
  return seed(raw);
}

seed numbered(unsigned char n) {
  std::array<std::byte, seed::size> raw{};
  raw[0] = std::byte{n};
  return seed(raw);
}

std::vector<unsigned char> drawn(prg& stream, std::size_t n) {
  std::vector<unsigned char> out(n, 0xee);
  stream.fill(std::as_writable_bytes(std::span(out)));
  return out;
}

}  // namespace

// Source: NIST SP 800-38A, F.5.1 CTR-AES128.Encrypt; the key stream is plaintext XOR ciphertext.
TEST_CASE("a stream is AES-128 in counter mode: the published vectors") {
  auto const plain = from_hex(
      "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
      "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
  auto const cipher = from_hex(
      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
      "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
  prg stream(
      seed_of(from_hex("2b7e151628aed2a6abf7158809cf4f3c"      // key
                       "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")));  // first counter block
  auto const keys = drawn(stream, plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    CAPTURE(i);
    CHECK(keys[i] == (plain[i] ^ cipher[i]));
  }
}

TEST_CASE("what is in the buffer before does not matter") {
  std::vector<unsigned char> a(100, 0), b(100, 0xff);
  prg first(numbered(1)), second(numbered(1));
  first.fill(std::as_writable_bytes(std::span(a)));
  second.fill(std::as_writable_bytes(std::span(b)));
  CHECK(a == b);
}

TEST_CASE("a stream is the same however it is cut") {
  constexpr std::size_t total = 100'000;  // several of the tiles that fill works in
  prg whole_stream(numbered(1));
  auto const whole = drawn(whole_stream, total);
  for (std::size_t const piece : {1, 7, 15, 16, 17, 4096, 16 * 1024, 16 * 1024 + 1, 50'000}) {
    CAPTURE(piece);
    prg stream(numbered(1));
    std::vector<unsigned char> joined;
    while (joined.size() < total) {
      auto const part = drawn(stream, std::min(piece, total - joined.size()));
      joined.insert(joined.end(), part.begin(), part.end());
      stream.fill({});
    }
    CHECK(joined == whole);
  }
}

TEST_CASE("the counter carries through all of its block") {
  auto bytes = std::vector<unsigned char>(32, 0);
  std::fill(bytes.begin() + 16, bytes.end(), 0xff);  // one block before it wraps to zero
  prg stream(seed_of(bytes));
  auto const two = drawn(stream, 32);
  std::fill(bytes.begin() + 16, bytes.end(), 0);
  prg at_zero(seed_of(bytes));
  CHECK(std::equal(two.begin() + 16, two.end(), drawn(at_zero, 16).begin()));
}

TEST_CASE("every bit of the seed changes the stream") {
  prg reference(numbered(0));
  auto const zero = drawn(reference, 64);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    std::vector<unsigned char> bytes(32, 0);
    bytes[bit / 8] = static_cast<unsigned char>(1u << bit % 8);
    prg stream(seed_of(bytes));
    auto const other = drawn(stream, 64);
    CAPTURE(bit);
    CHECK(other != zero);
  }
}

}  // namespace koi::test
