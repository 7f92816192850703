// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/bit_planes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace koi::kernels {

TEST_CASE_TEMPLATE("words split into planes, and a plane spreads to words", Set, baseline, avx2, avx512, avx512_vbmi2) {
  if constexpr (Set::compiled) {
    if (!Set::supported()) return;
    std::mt19937_64 engine(1);
    for (std::size_t const blocks : {0, 1, 2, 8, 17})
      for (auto const& [lowest, planes] : std::vector<std::pair<std::size_t, std::size_t>>{
               {0, 1}, {0, 7}, {0, 8}, {0, 9}, {0, 62}, {0, 63}, {0, 64}, {1, 63}, {16, 26}, {16, 47}, {63, 1}}) {
        CAPTURE(blocks);
        CAPTURE(lowest);
        CAPTURE(planes);
        std::vector<std::uint64_t> words(blocks * 64), out(planes * (blocks + 1), 0x5c);
        std::generate(words.begin(), words.end(), engine);
        split_words<Set>({words.data(), blocks, out.data(), lowest, planes, blocks + 1});
        bool right = true;
        for (std::size_t p = 0; p < planes; ++p) {
          for (std::size_t i = 0; i < words.size(); ++i)
            right = right && ((out[p * (blocks + 1) + i / 64] >> (i % 64)) & 1) == ((words[i] >> (lowest + p)) & 1);
          right = right && out[p * (blocks + 1) + blocks] == 0x5c;
        }
        CHECK(right);
        for (std::size_t const left_out : {0, 1, 5, 8, 13}) {
          if (words.size() < left_out) continue;
          auto const count = words.size() - left_out;
          std::vector<std::uint64_t> spread(words.size() + 8, 0x5c);
          spread_plane<Set>({words.data(), spread.data(), count});
          bool same = true;
          for (std::size_t i = 0; i < count; ++i) same = same && spread[i] == ((words[i / 64] >> (i % 64)) & 1);
          CHECK(same);
          CHECK(std::count(spread.begin() + static_cast<std::ptrdiff_t>(count), spread.end(), 0x5c) ==
                static_cast<std::ptrdiff_t>(left_out + 8));
        }
      }
  }
}

}  // namespace koi::kernels
