// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/transpose_bits.hpp>

#include "tests/kernels/sets.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace koi::test {

namespace {

constexpr std::uint64_t untouched = 0xeeeeeeeeeeeeeeee;

template <class Word>
std::vector<Word> random_words(std::size_t n) {
  std::mt19937_64 draw(n);
  std::vector<Word> out(n);
  for (auto& w : out) {
    w = static_cast<Word>(draw());
    if constexpr (sizeof(Word) > 8) w = static_cast<Word>(w << 64 | draw());
  }
  return out;
}

/// Planes of words, and what is made of every plane, against single bits.
template <class Set, class Word>
void check() {
  constexpr std::size_t width = 8 * sizeof(Word);
  for (std::size_t const count : {0u, 1u, 2u, 63u, 64u, 65u, 127u, 128u, 200u}) {
    auto const x = random_words<Word>(count);
    auto const words = (count + 63) / 64, stride = words + 1;
    for (std::size_t const bits : {std::size_t{1}, std::size_t{3}, width / 2, width / 2 + 1, width - 1, width}) {
      CAPTURE(count);
      CAPTURE(bits);
      std::vector<std::uint64_t> planes(bits * stride + 1, untouched), expected(planes);
      for (std::size_t j = 0; j < bits; ++j)
        for (std::size_t w = 0; w < words; ++w) {
          expected[j * stride + w] = 0;
          for (std::size_t i = 0; i < 64 && 64 * w + i < count; ++i)
            expected[j * stride + w] |= static_cast<std::uint64_t>(x[64 * w + i] >> j & 1) << i;
        }
      kernels::words_to_planes<Set, Word>(x.data(), count, bits, planes.data(), stride);
      CHECK(planes == expected);
      for (std::size_t j = 0; j < bits; ++j) {
        std::vector<Word> out(count + 1, Word{7}), single(out);
        for (std::size_t i = 0; i < count; ++i) single[i] = static_cast<Word>(x[i] >> j & 1);
        kernels::plane_to_words<Set, Word>(planes.data() + j * stride, count, out.data());
        CHECK((out == single));
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("planes hold the bits of words, and give them back", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  check<Set, std::uint8_t>();
  check<Set, std::uint32_t>();
  check<Set, std::uint64_t>();
  check<Set, kernels::uint128>();
}

}  // namespace koi::test
