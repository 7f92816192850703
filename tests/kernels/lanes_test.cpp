// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/lanes.hpp>

#include <koi/ring/z2k.hpp>

#include "tests/support/ring_laws.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace koi::test {

namespace {

using kernels::scalar_lanes;
using kernels::vector_lanes;

/// Applies a function of two registers to words, a register at a time, from an odd address.
template <class Lanes, class F>
std::vector<typename Lanes::word> run(std::vector<typename Lanes::word> const& a,
                                      std::vector<typename Lanes::word> const& b, F f) {
  std::vector<typename Lanes::word> out(a.size() + 1);
  for (std::size_t i = 0; i + Lanes::width <= a.size(); i += Lanes::width)
    Lanes::store(out.data() + 1 + i, f(Lanes{}, Lanes::load(a.data() + i), Lanes::load(b.data() + i)));
  return out;
}

template <class Word, class F>
void check_equal(F f) {
  constexpr auto width = vector_lanes<Word>::width;
  auto a = testing::edge_and_random_words<Word>(1000, 1);
  a.resize(a.size() / width * width);
  auto b = testing::edge_and_random_words<Word>(1000, 2);
  b.resize(a.size());
  // every edge against every edge as well
  auto const edges = testing::edge_and_random_words<Word>(0);
  for (auto const x : edges)
    for (std::size_t i = 0; i + width <= edges.size(); ++i)
      for (std::size_t j = 0; j < width; ++j) {
        a.push_back(x);
        b.push_back(edges[i + j]);
      }
  CHECK(run<scalar_lanes<Word>>(a, b, f) == run<vector_lanes<Word>>(a, b, f));
}

}  // namespace

TEST_CASE_TEMPLATE("vectors add, subtract and repeat a word as single words do", Word, std::uint8_t, std::uint32_t,
                   std::uint64_t) {
  check_equal<Word>([]<class L>(L, auto x, auto y) { return L::add(x, y); });
  check_equal<Word>([]<class L>(L, auto x, auto y) { return L::sub(x, y); });
  check_equal<Word>(
      []<class L>(L, auto x, auto) { return L::add(x, L::all(static_cast<Word>(0xfedc'ba98'7654'3210))); });
}

TEST_CASE_TEMPLATE("vectors multiply as single words do", Word, std::uint32_t, std::uint64_t) {
  check_equal<Word>([]<class L>(L, auto x, auto y) { return L::mul(x, y); });
}

TEST_CASE_TEMPLATE("single lanes are the ring", R, ring8, ring32, ring64, ring128) {
  using word = typename R::value_type;
  using L = scalar_lanes<word>;
  auto const all = testing::edge_and_random_words<word>(100);
  std::size_t wrong = 0;
  for (auto const x : all)
    for (auto const y : all)
      wrong += (L::add(x, y) != R::add(x, y)) + (L::sub(x, y) != R::sub(x, y)) + (L::mul(x, y) != R::mul(x, y));
  CHECK(wrong == 0);
}

TEST_CASE("128-bit words have single lanes, because no vector holds them") {
  CHECK(kernels::adding_lanes<detail::uint128>::width == 1);
  CHECK(kernels::multiplying_lanes<detail::uint128>::width == 1);
}

}  // namespace koi::test
