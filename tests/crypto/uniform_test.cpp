// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/uniform.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace koi::test {

namespace {

seed numbered(std::uint64_t n) {
  std::array<std::byte, seed::size> raw{};
  std::memcpy(raw.data(), &n, sizeof n);
  return seed(raw);
}

/// The bytes of a stream, one after the other.
struct byte_stream {
  prg stream;
  std::uint8_t operator()() {
    std::uint8_t b;
    stream.fill(writable_bytes_of(&b, 1));
    return b;
  }
};

/// Whether counts agree with equal probabilities: chi-square within six deviations of its mean.
/// Seeds are fixed, so the outcome is the same in every run.
template <class Counts>
bool looks_uniform(Counts const& counts) {
  double n = 0, chi = 0;
  for (auto const c : counts) n += static_cast<double>(c);
  double const expected = n / static_cast<double>(counts.size());
  for (auto const c : counts)
    chi += (static_cast<double>(c) - expected) * (static_cast<double>(c) - expected) / expected;
  double const freedom = static_cast<double>(counts.size()) - 1;
  CAPTURE(chi);
  CAPTURE(freedom);
  return std::abs(chi - freedom) < 6 * std::sqrt(2 * freedom);
}

std::vector<std::size_t> histogram(std::vector<std::uint8_t> const& values, std::size_t categories) {
  std::vector<std::size_t> counts(categories);
  for (auto const v : values) ++counts.at(v);
  return counts;
}

constexpr std::size_t many = 300'000;

}  // namespace

TEST_CASE("elements of Z_2^k are the stream itself") {
  prg stream(numbered(1)), same(numbered(1));
  std::vector<std::uint64_t> words(1000), expected(1000);
  fill_uniform<ring64>(stream, words);
  same.fill(std::as_writable_bytes(std::span(expected)));
  CHECK(words == expected);
}

TEST_CASE("below any bound: exactly the stream's bytes that are below the bound's largest multiple, reduced") {
  for (unsigned bound = 2; bound < 256; ++bound) {
    CAPTURE(bound);
    prg stream(numbered(bound));
    std::vector<std::uint8_t> out(1000, 0xee), expected;
    detail::fill_bytes_below(stream, out, bound);
    byte_stream raw{prg(numbered(bound))};
    while (expected.size() < out.size()) {
      auto const b = raw();
      if (b < 256 - 256 % bound) expected.push_back(static_cast<std::uint8_t>(b % bound));
    }
    CHECK(out == expected);
  }
}

TEST_CASE("any number of elements is filled, and nothing behind them") {
  for (std::size_t const n : {0, 1, 2, 33, 4095, 4096, 4097, 20'000}) {
    CAPTURE(n);
    prg stream(numbered(n));
    std::vector<std::uint8_t> out(n + 1, 0xee);
    fill_uniform<zp<67>>(stream, std::span(out).first(n));
    CHECK(std::all_of(out.begin(), out.end() - 1, [](auto x) { return x < 67; }));
    CHECK(out.back() == 0xee);
  }
}

TEST_CASE_TEMPLATE("elements of Z_p are all of 0 to p-1, equally often", F, zp<11>, zp<37>, zp<67>, zp<131>) {
  prg stream(numbered(3));
  std::vector<std::uint8_t> values(many);
  fill_uniform<F>(stream, values);
  auto const counts = histogram(values, 256);
  CHECK(std::all_of(counts.begin() + F::modulus, counts.end(), [](auto c) { return c == 0; }));
  CHECK(looks_uniform(std::span(counts).first(F::modulus)));
}

TEST_CASE_TEMPLATE("elements other than 0 are all of 1 to p-1, equally often", F, zp<3>, zp<11>, zp<37>, zp<67>,
                   zp<131>) {
  prg stream(numbered(4));
  std::vector<std::uint8_t> values(many);
  fill_nonzero<F>(stream, values);
  auto const counts = histogram(values, 256);
  CHECK(counts[0] == 0);
  CHECK(std::all_of(counts.begin() + F::modulus, counts.end(), [](auto c) { return c == 0; }));
  CHECK(looks_uniform(std::span(counts).subspan(1, F::modulus - 1u)));
}

TEST_CASE("elements of Z_(2^8-1) are all but the word of ones, equally often") {
  prg stream(numbered(5));
  std::vector<std::uint8_t> values(many);
  fill_uniform<z2k_minus_1<8>>(stream, values);
  auto const counts = histogram(values, 256);
  CHECK(counts[255] == 0);
  CHECK(looks_uniform(std::span(counts).first(255)));
}

TEST_CASE("a word of ones is drawn again, every other word stays") {
  prg stream(numbered(6));
  std::vector<std::uint8_t> values(2000);
  fill_uniform<z2k_minus_1<8>>(stream, values);
  byte_stream raw{prg(numbered(6))};
  std::vector<std::uint8_t> expected(values.size());
  for (auto& v : expected) v = raw();
  auto const redrawn = std::count(expected.begin(), expected.end(), 255);
  REQUIRE(redrawn > 0);
  for (auto& v : expected)
    while (v == 255) v = raw();
  CHECK(values == expected);
}

TEST_CASE("the test of uniformity sees a bias") {
  std::vector<std::size_t> counts(67, many / 67);
  for (std::size_t i = 0; i < 256 % 67; ++i) counts[i] = counts[i] * 4 / 3;  // bytes modulo 67, without rejection
  CHECK_FALSE(looks_uniform(counts));
}

}  // namespace koi::test
