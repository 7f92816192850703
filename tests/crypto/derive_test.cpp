// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto/derive.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace koi::test {

namespace {

/// 00 01 02 ... 1f
seed counting() {
  std::array<std::byte, seed::size> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return seed(bytes);
}

std::string hex(seed const& s) {
  std::string out;
  for (auto const b : s.bytes()) out += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return out;
}

/// Whether all of these differ.
struct distinct {
  std::set<std::string> seen;
  void add(seed const& s) { CHECK(seen.insert(hex(s)).second); }
};

}  // namespace

// Source: Python's hmac and hashlib (not OpenSSL's HMAC): HMAC-SHA256(parent, length of the label |
// count of numbers | label | numbers), every number as 8 bytes, little-endian.
TEST_CASE("derived seeds are those of an independent computation") {
  auto const parent = counting();
  CHECK(hex(derive(parent, "")) == "ff921230177d146ee8401eb82173128410002ba6f997e8e837e804407c8cdd38");
  CHECK(hex(derive(parent, "koi pairwise seed", {0, 1})) ==
        "a25847e430b8bb36ccfa6e65851219ee5dea7218a46648cc5753930e41517b86");
  CHECK(hex(derive(parent, "input", {1, 7})) == "77bc2ae4d39901871b105fd9ac3078e80e0e07e5205ac0fa8bf4381430a77934");
  CHECK(hex(derive(parent, std::string(64, 'x'), {~std::uint64_t{0}, 0, 1, 2, 3, 4, 5, 6})) ==
        "14d62cb4a1c714fc68c01b410a3317fc1958153c42a63fa3cea5cd9663d9023e");
  CHECK(hex(derive(parent, std::string(1, '\0'), {0})) ==
        "b1850c6f26486f88bd1fb458983fd67d2bdbcb6536f5b2796d0a004ea01c5417");
  CHECK(hex(derive(seed({}), "mask", {1, 2, 3})) == "0d57c38bd6b6ebb91273f857c887d104eace0dcdd1f29deea8cba9b45dd413c8");
}

TEST_CASE("equal inputs give equal seeds") {
  CHECK(hex(derive(counting(), "mask", {1, 2})) == hex(derive(counting(), "mask", {1, 2})));
}

TEST_CASE("different labels, numbers and parents give different seeds") {
  distinct d;
  auto const parent = counting();
  d.add(parent);
  for (auto const* label : {"", "a", "b", "ab", "ba", "a ", "A"}) {
    d.add(derive(parent, label));
    for (std::uint64_t const n :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
      d.add(derive(parent, label, {n}));
      d.add(derive(parent, label, {n, 5}));
      d.add(derive(parent, label, {5, n}));
    }
  }
  d.add(derive(seed({}), "a"));
  d.add(derive(derive(parent, "a"), "a"));
}

TEST_CASE("a label cannot pass for a number, nor a number for a label") {
  distinct d;
  auto const parent = counting();
  std::string const eight(8, 'a');
  std::uint64_t word;
  std::memcpy(&word, eight.data(), 8);
  d.add(derive(parent, eight));
  d.add(derive(parent, "", {word}));
  d.add(derive(parent, eight + eight));
  d.add(derive(parent, eight, {word}));
  d.add(derive(parent, "", {word, word}));
  d.add(derive(parent, "", {}));
  d.add(derive(parent, "", {0}));
  d.add(derive(parent, "", {0, 0}));
  d.add(derive(parent, std::string(8, '\0')));
  d.add(derive(parent, std::string(16, '\0')));
}

TEST_CASE("a label or a list that is too long is refused, the longest is not") {
  auto const parent = counting();
  CHECK_NOTHROW((void)derive(parent, std::string(64, 'x'), {1, 2, 3, 4, 5, 6, 7, 8}));
  CHECK_THROWS_WITH_AS((void)derive(parent, std::string(65, 'x')), doctest::Contains("65 and 0"), bad_argument);
  CHECK_THROWS_WITH_AS((void)derive(parent, "x", {1, 2, 3, 4, 5, 6, 7, 8, 9}), doctest::Contains("1 and 9"),
                       bad_argument);
}

}  // namespace koi::test
