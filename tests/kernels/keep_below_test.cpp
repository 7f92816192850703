// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/keep_below.hpp>

#include "tests/kernels/sets.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace koi::test {

namespace {

using bytes = std::vector<std::uint8_t>;

bytes filtered(bytes const& in, unsigned bound, unsigned first) {
  bytes out;
  for (auto const b : in)
    if (b < 256 - 256 % bound) out.push_back(static_cast<std::uint8_t>(b % bound + first));
  return out;
}

/// What a filter keeps; the room behind it that it may not touch must be as before.
template <class F>
bytes kept(F filter, bytes const& in, unsigned bound, unsigned first) {
  bytes out(in.size() + kernels::keep_room + 1, 0xee);
  auto const count = filter(in.data(), in.size(), bound, first, out.data());
  CHECK(out.back() == 0xee);
  out.resize(count);
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("bytes below the largest multiple stay, in order, modulo the bound: every byte, every bound", Set,
                   KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  bytes every;
  for (unsigned b = 0; b < 256; ++b) every.push_back(static_cast<std::uint8_t>(b * 167));  // in another order
  for (unsigned bound = 1; bound <= 256; ++bound) {
    CAPTURE(bound);
    CHECK(kept(kernels::keep_below<Set>, every, bound, 0) == filtered(every, bound, 0));
    CHECK(kept(kernels::keep_below<Set>, every, bound, 1) == filtered(every, bound, 1));
  }
}

TEST_CASE_TEMPLATE("whatever is left over after whole vectors is kept as well", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  std::mt19937 random(5);
  for (std::size_t n = 0; n < 200; ++n) {
    bytes in(n);
    for (auto& b : in) b = static_cast<std::uint8_t>(random());
    for (unsigned const bound : {2u, 10u, 11u, 67u, 128u, 131u, 255u}) {
      CAPTURE(n);
      CAPTURE(bound);
      CHECK(kept(kernels::keep_below<Set>, in, bound, 3) == filtered(in, bound, 3));
    }
  }
}

}  // namespace koi::test
