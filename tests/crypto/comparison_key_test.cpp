// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/comparison_key.hpp>

#include <koi/crypto/uniform.hpp>

#include "tests/support/statistics.hpp"

#include <doctest/doctest.h>

#include <random>

namespace koi::testing {

namespace {

prg numbered(std::uint64_t n) {
  std::array<std::byte, seed::size> raw{};
  std::memcpy(raw.data(), &n, sizeof n);
  return prg(seed(raw));
}

template <RingWord Word>
std::vector<Word> drawn(prg& stream, std::size_t n) {
  std::vector<Word> out(n);
  stream.fill(std::as_writable_bytes(std::span(out)));
  return out;
}

/// A batch of functions with all that generation and evaluation need.
template <PowerOfTwoRing R, std::size_t W>
struct batch {
  using word = typename R::value_type;
  using key_type = comparison_key<R, W>;

  key_type key;
  std::vector<word> r, c;
  std::array<std::vector<word>, W> below, otherwise;
  permutation::key_type public_key{};
  std::array<std::vector<block128>, 2> roots;
  std::vector<std::byte> corrections;

  batch(key_type of, std::vector<word> numbers, std::vector<word> points, std::uint64_t number)
      : key(of), r(std::move(numbers)), c(std::move(points)) {
    auto stream = numbered(number);
    stream.fill(public_key);
    for (auto* const words : {&below, &otherwise})
      for (auto& w : *words) w = drawn<word>(stream, r.size());
    for (auto& mine : roots) {
      mine.resize(r.size());
      stream.fill(std::as_writable_bytes(std::span(mine)));
    }
  }

  static std::array<word const*, W> pointers(std::array<std::vector<word>, W> const& words) {
    std::array<word const*, W> out{};
    for (std::size_t w = 0; w < W; ++w) out[w] = words[w].data();
    return out;
  }
  void generate() {
    corrections.resize(key.size(r.size()));
    permutation pi(public_key);
    key.generate(pi, r, pointers(below), pointers(otherwise), {roots[0], roots[1]}, corrections);
  }
  std::array<std::vector<word>, W> shares(std::size_t party) const {
    std::array<std::vector<word>, W> out;
    std::array<word*, W> into{};
    for (std::size_t w = 0; w < W; ++w) {
      out[w].assign(r.size(), 7);
      into[w] = out[w].data();
    }
    permutation pi(public_key);
    key.evaluate(pi, party, c, roots[party], corrections, into);
    return out;
  }
  /// Results that are wrong in their low bytes.
  std::size_t wrong(std::size_t low, std::array<std::size_t, W> bytes) const {
    auto const a = shares(0), b = shares(1);
    auto const mask = R::low_mask(low);
    std::size_t count = 0;
    for (std::size_t w = 0; w < W; ++w)
      for (std::size_t i = 0; i < r.size(); ++i) {
        bool const less = static_cast<word>(c[i] & mask) < static_cast<word>(r[i] & mask);
        auto const error = R::sub(R::add(a[w][i], b[w][i]), less ? below[w][i] : otherwise[w][i]);
        count += static_cast<word>(error & R::low_mask(8 * bytes[w])) != 0;
      }
    return count;
  }
};

template <PowerOfTwoRing R, std::size_t W>
constexpr std::array<std::size_t, W> whole() {
  std::array<std::size_t, W> bytes{};
  bytes.fill(sizeof(typename R::value_type));
  return bytes;
}

/// Every r mod 2^low with every c of the 8-bit ring; the other bits of r are random.
template <std::size_t W>
void exhaustively() {
  for (std::size_t low = 1; low <= 8; ++low) {
    CAPTURE(low);
    std::mt19937_64 random(low);
    std::vector<std::uint8_t> r, c;
    for (std::size_t a = 0; a < std::size_t{1} << low; ++a)
      for (std::size_t b = 0; b < 256; ++b) {
        r.push_back(static_cast<std::uint8_t>(a | (random() << low)));
        c.push_back(static_cast<std::uint8_t>(b));
      }
    batch<ring8, W> all(comparison_key<ring8, W>(low), r, c, low);
    all.generate();
    CHECK(all.wrong(low, whole<ring8, W>()) == 0);
  }
}

/// Pairs of random words, equal words, neighbours and ends.
template <PowerOfTwoRing R>
auto pairs(std::size_t n, std::uint64_t number) {
  using word = typename R::value_type;
  auto stream = numbered(number);
  std::pair<std::vector<word>, std::vector<word>> out{drawn<word>(stream, n), drawn<word>(stream, n)};
  auto& [r, c] = out;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 5 == 1) c[i] = r[i];
    if (i % 5 == 2) c[i] = R::add(r[i], 1);
    if (i % 5 == 3) c[i] = R::sub(r[i], 1);
    if (i % 5 == 4) c[i] = static_cast<word>(r[i] ^ R::power(i % R::bits));
    if (i % 11 == 0) r[i] = i % 2 == 0 ? word{0} : R::neg(1);
    if (i % 13 == 0) c[i] = i % 2 == 0 ? word{0} : R::neg(1);
  }
  return out;
}

template <PowerOfTwoRing R, std::size_t W>
void at_random(std::array<std::size_t, W> bytes = whole<R, W>()) {
  for (std::size_t const low : {std::size_t{1}, R::bits / 2 - 1, R::bits / 2, R::bits - 2, R::bits - 1, R::bits}) {
    CAPTURE(low);
    auto const [r, c] = pairs<R>(comparison_key<R, W>::tile * 2 + 75, low);
    batch<R, W> some(comparison_key<R, W>(low, bytes), r, c, 100 + low);
    some.generate();
    CHECK(some.wrong(low, bytes) == 0);
  }
}

}  // namespace

TEST_CASE("the permutation is AES-128: the example of FIPS 197, appendix C.1") {
  permutation::key_type key;
  std::array<block128, 2> blocks;
  std::array<unsigned char, 16> plain{},
      cipher{0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
  for (unsigned i = 0; i < 16; ++i) {
    key[i] = static_cast<std::byte>(i);
    plain[i] = static_cast<unsigned char>(i * 0x11);
  }
  for (auto& b : blocks) std::memcpy(&b, plain.data(), 16);
  permutation pi(key);
  pi(blocks);
  for (auto const& b : blocks) CHECK(std::memcmp(&b, cipher.data(), 16) == 0);
  pi({});
}

TEST_CASE("8 bits: every pair of numbers, every count of bits, one to three words") {
  exhaustively<1>();
  exhaustively<2>();
  exhaustively<3>();
}

TEST_CASE_TEMPLATE("edges and random numbers of the other rings", R, ring32, ring64, ring128) {
  at_random<R, 1>();
  at_random<R, 2>();
  at_random<R, 3>();
}

TEST_CASE("words of fewer bytes are right in these") {
  for (std::size_t bytes = 1; bytes <= 8; ++bytes) {
    CAPTURE(bytes);
    at_random<ring64, 3>({8, bytes, 9 - bytes});
  }
  at_random<ring128, 3>({16, 16, 5});
  at_random<ring32, 2>({3, 1});
}

TEST_CASE("any count of functions; a batch has the corrections of its parts") {
  using R = ring64;
  constexpr auto tile = comparison_key<R, 2>::tile;
  comparison_key<R, 2> const key(9, {8, 2});
  CHECK(key.size(0) == 0);
  CHECK(key.size(64) == 9 * 64 * 16 + 9 * 8 + 10 * 64 * 10);
  CHECK(key.size(2 * tile + 3) == 2 * key.size(tile) + key.size(3));
  for (std::size_t const n : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{65},
                              tile - 1, tile, tile + 1, 3 * tile}) {
    CAPTURE(n);
    auto const [r, c] = pairs<R>(n, n);
    batch<R, 2> all(key, r, c, n);
    all.generate();
    CHECK(all.wrong(9, {8, 2}) == 0);

    auto parts = all;
    std::fill(parts.corrections.begin(), parts.corrections.end(), std::byte{0});
    permutation pi(all.public_key);
    for (std::size_t first = 0; first < n; first += tile) {
      auto const count = std::min(tile, n - first);
      auto const mine = [&](std::size_t party) {
        return std::span<block128 const>(all.roots[party]).subspan(first, count);
      };
      key.generate(pi, std::span(all.r).subspan(first, count),
                   {all.below[0].data() + first, all.below[1].data() + first},
                   {all.otherwise[0].data() + first, all.otherwise[1].data() + first}, {mine(0), mine(1)},
                   std::span(parts.corrections).subspan(key.size(first), key.size(count)));
    }
    CHECK(parts.corrections == all.corrections);
  }
}

TEST_CASE("sizes that do not fit are refused") {
  using key = comparison_key<ring32, 1>;
  CHECK_THROWS_AS(key(0), bad_argument);
  CHECK_THROWS_AS(key(33), bad_argument);
  CHECK_THROWS_AS(key(5, {0}), bad_argument);
  CHECK_THROWS_AS(key(5, {5}), bad_argument);
  batch<ring32, 1> some(key(5), {1, 2, 3}, {4, 5, 6}, 1);
  some.generate();
  auto const refuses = [&](auto damage) {
    auto damaged = some;
    damage(damaged);
    CHECK_THROWS_WITH_AS((void)damaged.shares(1), doctest::Contains("3 numbers"), bad_argument);
  };
  refuses([](auto& b) { b.corrections.pop_back(); });
  refuses([](auto& b) { b.corrections.emplace_back(); });
  refuses([](auto& b) { b.roots[1].pop_back(); });
  permutation pi(some.public_key);
  for (auto const& [n0, n1, size] : {std::array{2u, 3u, 0u}, std::array{3u, 4u, 0u}, std::array{3u, 3u, 1u}}) {
    std::vector<block128> roots0(n0), roots1(n1);
    std::vector<std::byte> out(some.corrections.size() + size);
    CHECK_THROWS_AS(
        some.key.generate(pi, some.r, {some.below[0].data()}, {some.otherwise[0].data()}, {roots0, roots1}, out),
        bad_argument);
  }
}

TEST_CASE("the bytes of the corrections have not changed") {
  auto const [r, c] = pairs<ring64>(300, 1);
  batch<ring64, 3> some(comparison_key<ring64, 3>(62, {8, 8, 2}), r, c, 1);
  some.generate();
  std::uint64_t digest = 0xcbf29ce484222325u;
  for (auto const b : some.corrections) digest = (digest ^ static_cast<std::uint64_t>(b)) * 0x100000001b3u;
  CHECK(digest == 117375398438226405u);
}

TEST_CASE("the corrections and one party's shares are spread evenly, whatever the numbers are") {
  for (std::uint64_t const number : {0u, 255u, 90u}) {
    CAPTURE(number);
    constexpr std::size_t n = 4096;
    batch<ring32, 1> same(comparison_key<ring32, 1>(16),
                          std::vector<std::uint32_t>(n, static_cast<std::uint32_t>(number)),
                          std::vector<std::uint32_t>(n, 90), number);
    same.below[0].assign(n, 1);
    same.otherwise[0].assign(n, 0);
    same.generate();
    std::vector<std::uint32_t> bytes(256);
    for (auto const b : same.corrections) ++bytes[static_cast<std::size_t>(b)];
    CHECK(std::abs(from_uniform(bytes)) < 6);
    for (std::size_t party = 0; party < 2; ++party) {
      std::vector<std::uint32_t> shares(256);
      auto const mine = same.shares(party);
      for (auto const s : mine[0])
        for (unsigned shift = 0; shift < 32; shift += 8) ++shares[(s >> shift) & 255];
      CHECK(std::abs(from_uniform(shares)) < 6);
    }
  }
}

namespace {

/// All that one party has of a key and of what it computes, over many keys of one function.
view_samples views(std::size_t party, std::uint8_t r, std::uint8_t below, std::uint8_t otherwise, std::uint64_t seed,
                   bool both_roots = false) {
  view_samples out;
  for (std::uint64_t i = 0; i < 2048; ++i) {
    batch<ring8, 2> one(comparison_key<ring8, 2>(4), {r}, {5}, seed * 10'000 + i);
    one.below = {std::vector<std::uint8_t>{below}, {1}};
    one.otherwise = {std::vector<std::uint8_t>{otherwise}, {0}};
    if (both_roots) one.roots[1 - party] = one.roots[party];
    one.generate();
    std::vector<std::byte> seen;
    auto const add = [&](const_byte_span bytes) { seen.insert(seen.end(), bytes.begin(), bytes.end()); };
    add(bytes_of(one.roots[party].data(), 1));
    add(one.corrections);
    for (auto const& share : one.shares(party)) add(bytes_of(share.data(), 1));
    out.add(seen, {});
  }
  return out;
}

}  // namespace

TEST_CASE("what one party has of a key does not tell functions apart") {
  constexpr double noise = 7.5;
  for (std::size_t party = 0; party < 2; ++party) {
    CAPTURE(party);
    auto const first = views(party, 0, 3, 0, 1);
    CHECK(largest_shift(first, views(party, 15, 3, 0, 2)) < noise);
    CHECK(largest_shift(first, views(party, 6, 200, 77, 3)) < noise);
    // a party that knows the other's root as well
    CHECK(largest_shift(views(party, 0, 3, 0, 4, true), views(party, 15, 3, 0, 5, true)) > 2 * noise);
  }
}

}  // namespace koi::testing
