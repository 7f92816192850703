// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/kernels/compare_rows.hpp>

#include "tests/kernels/sets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace koi::test {

namespace {

using bytes = std::vector<std::uint8_t>;
using words = std::vector<std::uint64_t>;

constexpr std::uint8_t untouched = 0xee;

/// Room for rows, with bytes behind it that nobody may write.
bytes room(std::size_t positions, std::size_t count) {
  return bytes(positions * count + kernels::row_room + 1, untouched);
}

/// A comparison's rows, as they go in and as they must come out.
struct comparison {
  unsigned p, server;
  std::size_t positions, count;
  bytes x, factors, zeros, offsets, flags;
  words v;

  comparison(unsigned prime, unsigned j, std::size_t bits, std::size_t n)
      : p(prime), server(j), positions(bits), count(n), x(room(bits, n)), factors(x), zeros(x), offsets(n), flags(n),
        v(n * kernels::row_words(bits)) {}

  /// Random rows. Words have random bits past the last position too, as a number has.
  comparison& random(std::uint32_t seed) {
    std::mt19937_64 draw(seed);
    auto const below = [&](std::uint64_t bound) { return static_cast<std::uint8_t>(draw() % bound); };
    for (std::size_t i = 0; i < positions * count; ++i) {
      x[i] = below(p);
      factors[i] = static_cast<std::uint8_t>(1 + below(p - 1));
      zeros[i] = below(p);
    }
    for (std::size_t i = 0; i < count; ++i) {
      offsets[i] = below(positions);
      flags[i] = below(8);
    }
    for (auto& w : v) w = draw();
    return *this;
  }

  [[nodiscard]] unsigned bit(std::size_t i, std::size_t at) const {
    return static_cast<unsigned>(v[i * kernels::row_words(positions) + at / 64] >> (at % 64)) & 1;
  }

  /// Number by number, as the paper has it.
  [[nodiscard]] bytes expected() const {
    bytes out(positions * count);
    for (std::size_t i = 0; i < count; ++i) {
      bool const beta = (flags[i] & 1) != 0, forced = (flags[i] & 2) != 0, due = (flags[i] & 4) != 0;
      unsigned sum = 0;
      for (std::size_t at = positions; at-- > 0;) {
        unsigned const share = x[i * positions + at], known = server * bit(i, at);
        unsigned c = (beta ? share + p - known : known + p - share) + server + sum;
        sum = (sum + (bit(i, at) == 1 ? server + p - share : share)) % p;
        if (forced) c = server == 0 && !(due && at == 0) ? 1 : 0;
        unsigned const z = zeros[i * positions + at];
        auto const to = (at + positions - offsets[i]) % positions;
        out[i * positions + to] =
            static_cast<std::uint8_t>((c % p * factors[i * positions + at] + (server == 0 ? z : p - z)) % p);
      }
    }
    return out;
  }

  template <class Set>
  [[nodiscard]] bytes made() const {
    bytes out = room(positions, count);
    kernels::make_comparison_rows<Set>({positions, count, p, server, x.data(), factors.data(), zeros.data(),
                                        offsets.data(), v.data(), flags.data(), out.data()});
    CHECK(out.back() == untouched);
    out.resize(positions * count);
    return out;
  }
};

struct size {
  unsigned p;
  std::size_t positions;
};
std::vector<size> const sizes{{11, 1},  {11, 2},  {11, 7},  {11, 8},   {37, 15},  {37, 16},  {37, 17},   {37, 31},
                              {37, 32}, {67, 33}, {67, 48}, {67, 62},  {67, 63},  {67, 64},  {131, 1},   {131, 63},
                              {131, 64}, {131, 65}, {131, 80}, {131, 96}, {131, 126}, {131, 127}, {131, 128}};

}  // namespace

TEST_CASE_TEMPLATE("rows of a comparison are those of the paper, whatever the prime and the number of bits", Set,
                   KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  for (auto const& [p, positions] : sizes)
    for (unsigned server = 0; server < 2; ++server)
      for (std::size_t const count : {0u, 1u, 15u, 16u, 17u, 200u}) {
        CAPTURE(p);
        CAPTURE(positions);
        CAPTURE(server);
        CAPTURE(count);
        auto const task = comparison(p, server, positions, count).random(static_cast<std::uint32_t>(p + positions));
        CHECK(task.template made<Set>() == task.expected());
      }
}

TEST_CASE_TEMPLATE("every share with every factor and every refresh", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  for (unsigned const p : {11u, 37u, 67u, 131u})
    for (unsigned server = 0; server < 2; ++server)
      for (std::uint8_t flag = 0; flag < 8; ++flag) {
        // one position, so that c is the share and what is public; then all sums that c can be
        comparison single(p, server, 1, p * p * 2);
        for (std::size_t i = 0; i < single.count; ++i) {
          single.x[i] = static_cast<std::uint8_t>(i % p);
          single.factors[i] = static_cast<std::uint8_t>(1 + i / p % (p - 1));
          single.zeros[i] = static_cast<std::uint8_t>((i / 2) % p);
          single.flags[i] = flag;
          single.v[i] = i / (p * p);
        }
        CAPTURE(p);
        CAPTURE(server);
        CAPTURE(static_cast<unsigned>(flag));
        CHECK(single.template made<Set>() == single.expected());

        comparison extreme(p, server, p - 3, p);
        for (std::size_t i = 0; i < p; ++i) {
          for (std::size_t at = 0; at < extreme.positions; ++at) {
            extreme.x[i * extreme.positions + at] = static_cast<std::uint8_t>(i);
            extreme.factors[i * extreme.positions + at] = static_cast<std::uint8_t>(p - 1);
            extreme.zeros[i * extreme.positions + at] = static_cast<std::uint8_t>(p - 1 - i);
          }
          extreme.flags[i] = flag;
        }
        for (std::uint64_t const pattern : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x5555555555555555}}) {
          std::fill(extreme.v.begin(), extreme.v.end(), pattern);
          CHECK(extreme.template made<Set>() == extreme.expected());
        }
      }
}

TEST_CASE_TEMPLATE("every rotation of every number of bits", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  for (std::size_t positions = 1; positions <= 128; ++positions) {
    auto task = comparison(131, 0, positions, positions).random(7);
    for (std::size_t i = 0; i < positions; ++i) task.offsets[i] = static_cast<std::uint8_t>(i);
    CAPTURE(positions);
    CHECK(task.template made<Set>() == task.expected());
  }
}

TEST_CASE_TEMPLATE("shares of known bits: every random share, at every place", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  for (auto const& [p, positions] : sizes) {
    auto const limbs = kernels::row_words(positions);
    std::size_t const count = 2 * p;
    bytes rows = room(positions, count), expected;
    words known(count * limbs);
    std::mt19937_64 draw(positions);
    for (auto& w : known) w = draw();
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t at = 0; at < positions; ++at) {
        auto const random = (i + at) % p;
        rows[i * positions + at] = static_cast<std::uint8_t>(random);
        expected.push_back(
            static_cast<std::uint8_t>(((known[i * limbs + at / 64] >> at % 64 & 1) + p - random) % p));
      }
    expected.resize(rows.size(), untouched);  // what is behind the rows stays
    kernels::share_bit_rows<Set>(rows.data(), known.data(), positions, count, p);
    CAPTURE(p);
    CAPTURE(positions);
    CHECK(rows == expected);
  }
}

TEST_CASE_TEMPLATE("a zero sum is found at every place and nowhere else: every pair of elements", Set, KOI_TEST_SETS) {
  if (!runs<Set>()) return;
  for (auto const& [p, positions] : sizes) {
    std::size_t const count = std::size_t{p} * p;
    bytes a = room(positions, count), b = a;
    bytes found(count, untouched), expected(count);
    for (std::size_t i = 0; i < count; ++i) {
      // one place has the pair, every other one a sum of 1
      for (std::size_t at = 0; at < positions; ++at) {
        a[i * positions + at] = static_cast<std::uint8_t>(at % p);
        b[i * positions + at] = static_cast<std::uint8_t>((p + 1 - at % p) % p);
      }
      auto const at = i * positions + (i * 7) % positions;
      a[at] = static_cast<std::uint8_t>(i / p);
      b[at] = static_cast<std::uint8_t>(i % p);
      expected[i] = (i / p + i % p) % p == 0;
    }
    kernels::find_zero_rows<Set>(a.data(), b.data(), positions, count, p, found.data());
    CAPTURE(p);
    CAPTURE(positions);
    CHECK(found == expected);
  }
}

}  // namespace koi::test
