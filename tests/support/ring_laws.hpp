// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/concepts.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace koi::testing {

/// How many times each law of a commutative ring with 1 was broken; every field must be 0.
struct ring_law_faults {
  std::uint64_t closure = 0;
  std::uint64_t zero = 0, one = 0;
  std::uint64_t inverse = 0, difference = 0;
  std::uint64_t add_commutes = 0, mul_commutes = 0;
  std::uint64_t add_associates = 0, mul_associates = 0;
  std::uint64_t distributes = 0;
};

inline void check_no_faults(ring_law_faults const& f) {
  CHECK(f.closure == 0);
  CHECK(f.zero == 0);
  CHECK(f.one == 0);
  CHECK(f.inverse == 0);
  CHECK(f.difference == 0);
  CHECK(f.add_commutes == 0);
  CHECK(f.mul_commutes == 0);
  CHECK(f.add_associates == 0);
  CHECK(f.mul_associates == 0);
  CHECK(f.distributes == 0);
}

/// The laws on all pairs and triples of these elements. `is_element` says what a reduced word is.
template <Ring R, class IsElement>
[[nodiscard]] ring_law_faults ring_laws(std::vector<typename R::value_type> const& elements, IsElement is_element) {
  using word = typename R::value_type;
  ring_law_faults f;
  for (auto const x : elements) {
    f.zero += R::add(x, word{0}) != x || R::mul(x, word{0}) != word{0};
    f.one += R::mul(x, word{1}) != x;
    f.inverse += R::add(x, R::neg(x)) != word{0} || !is_element(R::neg(x));
    for (auto const y : elements) {
      auto const sum = R::add(x, y), product = R::mul(x, y), difference = R::sub(x, y);
      f.closure += !is_element(sum) + !is_element(product) + !is_element(difference);
      f.difference += difference != R::add(x, R::neg(y)) || R::add(difference, y) != x;
      f.add_commutes += sum != R::add(y, x);
      f.mul_commutes += product != R::mul(y, x);
      for (auto const z : elements) {
        f.add_associates += R::add(sum, z) != R::add(x, R::add(y, z));
        f.mul_associates += R::mul(product, z) != R::mul(x, R::mul(y, z));
        f.distributes += R::mul(x, R::add(y, z)) != R::add(product, R::mul(x, z));
      }
    }
  }
  return f;
}

/// The same ring by tables, for exhaustive checks: `count` elements, 0 to count - 1, each of whose
/// sums, differences and products is taken once from R.
template <Ring R, std::size_t Count>
struct tabulated {
  using value_type = typename R::value_type;
  static constexpr std::size_t bits = R::bits;

  static std::vector<value_type> table(value_type (*f)(value_type, value_type)) {
    std::vector<value_type> t(65536, 0);
    for (std::size_t x = 0; x < Count; ++x)
      for (std::size_t y = 0; y < Count; ++y)
        t[x * 256 + y] = f(static_cast<value_type>(x), static_cast<value_type>(y));
    return t;
  }
  inline static std::vector<value_type> const sums = table([](value_type x, value_type y) { return R::add(x, y); });
  inline static std::vector<value_type> const differences =
      table([](value_type x, value_type y) { return R::sub(x, y); });
  inline static std::vector<value_type> const products = table([](value_type x, value_type y) { return R::mul(x, y); });

  static value_type add(value_type x, value_type y) noexcept { return sums[x * 256u + y]; }
  static value_type sub(value_type x, value_type y) noexcept { return differences[x * 256u + y]; }
  static value_type mul(value_type x, value_type y) noexcept { return products[x * 256u + y]; }
  static value_type neg(value_type x) noexcept { return R::neg(x); }
};

/// Every pair and triple of a ring whose elements are the words 0 to Count - 1, and every pair
/// against arithmetic with whole numbers modulo Count.
template <Ring R, std::size_t Count>
void check_ring_exhaustively() {
  using word = typename R::value_type;
  static_assert(sizeof(word) == 1 && Count <= 256);
  std::vector<word> all;
  std::uint64_t wrong = 0;
  for (std::size_t x = 0; x < Count; ++x) {
    all.push_back(static_cast<word>(x));
    for (std::size_t y = 0; y < Count; ++y) {
      auto const a = static_cast<word>(x), b = static_cast<word>(y);
      wrong += R::add(a, b) != (x + y) % Count;
      wrong += R::sub(a, b) != (x + Count - y) % Count;
      wrong += R::mul(a, b) != x * y % Count;
    }
    wrong += R::neg(static_cast<word>(x)) != (Count - x) % Count;
  }
  CHECK(wrong == 0);
  check_no_faults(ring_laws<tabulated<R, Count>>(all, [](word x) { return x < Count; }));
}

/// 64 random bits a call; the seed is fixed, so that a failure can be repeated.
class words {
 public:
  explicit words(std::uint64_t number) : engine_(number) {}
  template <class Word>
  Word next() {
    if constexpr (sizeof(Word) == 16) {
      auto const high = static_cast<Word>(engine_());
      return static_cast<Word>(high << 64) | static_cast<Word>(engine_());
    } else {
      return static_cast<Word>(engine_());
    }
  }

 private:
  std::mt19937_64 engine_;
};

/// Elements where carries and signs turn over, and random ones.
template <class Word>
[[nodiscard]] std::vector<Word> edge_and_random_words(std::size_t random, std::uint64_t number = 1) {
  auto const top = static_cast<Word>(Word{1} << (sizeof(Word) * 8 - 1));
  auto const half = static_cast<Word>(Word{1} << (sizeof(Word) * 4));
  std::vector<Word> out{0, 1, 2, 3, top, half};
  for (auto const x : {top, half, Word{0}})
    for (int const d : {-3, -2, -1, 1}) out.push_back(static_cast<Word>(x + static_cast<Word>(d)));
  words draw(number);
  for (std::size_t i = 0; i < random; ++i) out.push_back(draw.next<Word>());
  return out;
}

}  // namespace koi::testing
