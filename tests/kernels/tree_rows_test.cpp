// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/tree_rows.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace koi::kernels {

namespace {

using rows = std::vector<std::uint64_t>;

rows random_rows(std::size_t count, std::size_t words, unsigned seed) {
  std::mt19937_64 engine(seed);
  rows out(count * words);
  std::generate(out.begin(), out.end(), engine);
  return out;
}

/// Bit b of word w of a row.
bool bit(rows const& of, std::size_t row, std::size_t words, std::size_t w, unsigned b) {
  return ((of[row * words + w] >> b) & 1) != 0;
}

/// The product of the members of a set, member by member.
template <class Bit>
bool product(unsigned set, Bit member) {
  bool all = true;
  for (unsigned v = 0; v < 8; ++v)
    if ((set >> v & 1) != 0) all = all && member(v);
  return all;
}

constexpr std::array<unsigned, 4> variables{1, 4, 16, 64};
constexpr std::array<unsigned, 11> sets{5, 17, 20, 21, 65, 68, 69, 80, 81, 84, 85};
constexpr bit_products group{variables.data(), variables.size(), sets.data(), sets.size()};

std::size_t row_of(unsigned variable) { return variable / 2; }

}  // namespace

TEST_CASE_TEMPLATE("products of bits are added to rows", Set, baseline, avx2, avx512, avx512_vbmi2) {
  if constexpr (Set::compiled) {
    if (!Set::supported()) return;
    for (std::size_t const words : {0, 1, 2, 3, 7, 8, 9, 19}) {
      auto const bits = random_rows(4, words, 1), before = random_rows(sets.size(), words, 2);
      auto out = before;
      xor_products<Set>({group, bits.data(), out.data(), words, words});
      for (std::size_t i = 0; i < sets.size(); ++i)
        for (std::size_t w = 0; w < words; ++w)
          for (unsigned b = 0; b < 64; b += 7) {
            auto const all = product(sets[i], [&](unsigned v) { return bit(bits, row_of(v), words, w, b); });
            CHECK(bit(out, i, words, w, b) == (bit(before, i, words, w, b) != all));
          }
    }
  }
}

TEST_CASE_TEMPLATE("shares of borrows add up to the comparison of the group", Set, baseline, avx2, avx512,
                   avx512_vbmi2) {
  if constexpr (Set::compiled) {
    if (!Set::supported()) return;
    for (std::size_t size = 1; size <= 4; ++size)
      for (std::size_t const words : {1, 3, 8, 13}) {
        std::size_t const products = (std::size_t{1} << size) - 1;
        auto const c = random_rows(size, words, 3), r = random_rows(size, words, 4);
        auto const share0 = random_rows(products, words, 5);
        auto share1 = share0;
        for (std::size_t s = 1; s <= products; ++s)
          for (std::size_t w = 0; w < words; ++w) {
            auto all = ~std::uint64_t{0};
            for (std::size_t v = 0; v < size; ++v)
              if ((s >> v & 1) != 0) all &= r[v * words + w];
            share1[(s - 1) * words + w] ^= all;
          }
        rows g(2 * words), p(2 * words);
        for (std::size_t server : {0, 1})
          share_borrows<Set>({size, server == 0, c.data(), (server == 0 ? share0 : share1).data(),
                              g.data() + server * words, p.data() + server * words, words, words});
        for (std::size_t w = 0; w < words; ++w)
          for (unsigned b = 0; b < 64; ++b) {
            unsigned left = 0, right = 0;
            for (std::size_t v = 0; v < size; ++v) {
              left |= static_cast<unsigned>(bit(c, v, words, w, b)) << v;
              right |= static_cast<unsigned>(bit(r, v, words, w, b)) << v;
            }
            CHECK((bit(g, 0, words, w, b) != bit(g, 1, words, w, b)) == (left < right));
            CHECK((bit(p, 0, words, w, b) != bit(p, 1, words, w, b)) == (left == right));
          }
      }
  }
}

TEST_CASE_TEMPLATE("shares of sums of masked products add up", Set, baseline, avx2, avx512, avx512_vbmi2) {
  if constexpr (Set::compiled) {
    if (!Set::supported()) return;
    static constexpr std::array<unsigned, 3> terms{20, 81, 85};
    for (unsigned const propagate : {0u, 69u})
      for (std::size_t const words : {1, 3, 8, 13}) {
        auto const x = random_rows(4, words, 6), m0 = random_rows(4, words, 7), m1 = random_rows(4, words, 8);
        auto const d0 = random_rows(sets.size(), words, 9), start = random_rows(2, words, 10);
        rows opened(x), d1(d0);
        for (std::size_t i = 0; i < opened.size(); ++i) opened[i] ^= m0[i] ^ m1[i];
        for (std::size_t i = 0; i < sets.size(); ++i)
          for (std::size_t w = 0; w < words; ++w) {
            auto all = ~std::uint64_t{0};
            for (unsigned v = 0; v < 8; ++v)
              if ((sets[i] >> v & 1) != 0) all &= m0[row_of(v) * words + w] ^ m1[row_of(v) * words + w];
            d1[i * words + w] ^= all;
          }
        rows g(2 * words), p(2 * words, 0x5c);
        for (std::size_t server : {0, 1})
          sum_masked_products<Set>({group, terms.data(), terms.size(), propagate, server == 0, opened.data(),
                                    (server == 0 ? m0 : m1).data(), (server == 0 ? d0 : d1).data(),
                                    start.data() + server * words, g.data() + server * words, p.data() + server * words,
                                    words, words});
        for (std::size_t w = 0; w < words; ++w)
          for (unsigned b = 0; b < 64; b += 3) {
            auto const of = [&](unsigned set) {
              return product(set, [&](unsigned v) { return bit(x, row_of(v), words, w, b); });
            };
            bool sum = bit(start, 0, words, w, b) != bit(start, 1, words, w, b);
            for (auto const term : terms) sum = sum != of(term);
            CHECK((bit(g, 0, words, w, b) != bit(g, 1, words, w, b)) == sum);
            CHECK((bit(p, 0, words, w, b) != bit(p, 1, words, w, b)) == (propagate != 0 && of(propagate)));
          }
      }
  }
}

}  // namespace koi::kernels
