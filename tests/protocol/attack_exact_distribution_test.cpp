// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/compare_model.hpp"
#include "tests/support/recording_channel.hpp"

#include <doctest/doctest.h>

#include <random>

/// What server 2 sees of PrivateCompare, exactly: at two bits every mask, share, r and beta is
/// enumerated on the model, and the model sends byte for byte what the library sends.
namespace koi::testing {

namespace {

constexpr std::size_t tiny_bits = 2;

/// A comparison as server 2 does not know it, and the share that it dealt.
struct situation {
  int x;  ///< 0 to 3
  int r;  ///< -1 to 3
  std::array<unsigned, tiny_bits> x0;
};

/// All views of one number, for each value of the common randomness: p^4 codes of the two rows.
struct views {
  unsigned p;
  std::size_t factors, refreshes;
  std::vector<std::uint32_t> code;  ///< by beta, s, z, offset

  views(unsigned prime, situation const& at, flaw how) : p(prime), factors((p - 1) * (p - 1)), refreshes(p * p) {
    std::array<std::uint8_t, tiny_bits> share0{}, share1{}, row0{}, row1{};
    for (std::size_t b = 0; b < tiny_bits; ++b) {
      share0[b] = static_cast<std::uint8_t>(at.x0[b]);
      share1[b] = static_cast<std::uint8_t>((static_cast<unsigned>(at.x >> b & 1) + p - at.x0[b]) % p);
    }
    auto const r = static_cast<std::uint8_t>(at.r & 3);
    for (unsigned beta = 0; beta < 2; ++beta)
      for (unsigned s = 0; s < factors; ++s)
        for (unsigned z = 0; z < refreshes; ++z)
          for (unsigned offset = 0; offset < tiny_bits; ++offset) {
            compare_randomness common;
            common.beta = beta;
            common.s = {static_cast<std::uint8_t>(1 + s % (p - 1)), static_cast<std::uint8_t>(1 + s / (p - 1))};
            common.z = {static_cast<std::uint8_t>(z % p), static_cast<std::uint8_t>(z / p)};
            common.offset = offset;
            model_row<std::uint8_t>(p, tiny_bits, 0, share0.data(), r, at.r < 0, common, how, row0.data());
            model_row<std::uint8_t>(p, tiny_bits, 1, share1.data(), r, at.r < 0, common, how, row1.data());
            code.push_back(((row0[0] * p + row0[1]) * p + row1[0]) * p + row1[1]);
          }
  }
  [[nodiscard]] std::uint32_t at(std::size_t beta, std::size_t s, std::size_t z, std::size_t offset) const {
    return code[((beta * factors + s) * refreshes + z) * tiny_bits + offset];
  }
  [[nodiscard]] std::size_t cells() const { return std::size_t{p} * p * p * p; }
};

/// Whether the view of one number has, given beta', the same distribution for every x, r and dealt
/// share, and beta' is a fair coin that the view shows.
bool depends_on_answer_alone(unsigned p, std::vector<unsigned> const& shares, flaw how) {
  std::array<std::vector<std::uint32_t>, 2> reference;
  for (int x = 0; x < 4; ++x)
    for (auto const a : shares)
      for (auto const b : shares)
        for (int r = -1; r < 4; ++r) {
          views const all(p, {x, r, {a, b}}, how);
          for (unsigned beta = 0; beta < 2; ++beta) {
            auto const answer = beta ^ static_cast<unsigned>(x > r);
            std::vector<std::uint32_t> histogram(all.cells());
            auto const half = all.code.size() / 2;
            for (std::size_t i = 0; i < half; ++i) {
              auto const code = all.code[beta * half + i];
              ++histogram[code];
              auto const digit = [&](unsigned power) { return code / power % p; };
              bool const zero = (digit(p * p * p) + digit(p)) % p == 0 || (digit(p * p) + digit(1)) % p == 0;
              if (zero != (answer == 1)) return false;
            }
            if (reference[answer].empty()) reference[answer] = histogram;
            if (reference[answer] != histogram) return false;
          }
        }
  return true;
}

/// What two numbers of a tensor have in common by mistake.
enum class reused { nothing, factor, refresh, rotation, coin };

/// Whether the joint view of two numbers has the same distribution for every pair of r.
bool two_numbers_independent(unsigned p, reused what) {
  std::vector<std::uint32_t> reference;
  for (int r = -1; r < 4; ++r)
    for (int other_r = -1; other_r < 4; ++other_r) {
      views const a(p, {1, r, {2, 3}}, flaw::none), b(p, {2, other_r, {4, 1}}, flaw::none);
      std::vector<std::uint32_t> histogram(a.cells() * b.cells());
      auto const each = [&](reused which, std::size_t size, std::size_t mine, auto body) {
        if (what == which) return body(mine);
        for (std::size_t i = 0; i < size; ++i) body(i);
      };
      for (std::size_t beta = 0; beta < 2; ++beta)
        for (std::size_t s = 0; s < a.factors; ++s)
          for (std::size_t z = 0; z < a.refreshes; ++z)
            for (std::size_t offset = 0; offset < tiny_bits; ++offset) {
              auto* const row = histogram.data() + a.at(beta, s, z, offset) * b.cells();
              each(reused::coin, 2, beta, [&](std::size_t beta2) {
                each(reused::factor, b.factors, s, [&](std::size_t s2) {
                  each(reused::refresh, b.refreshes, z, [&](std::size_t z2) {
                    each(reused::rotation, tiny_bits, offset,
                         [&](std::size_t offset2) { ++row[b.at(beta2, s2, z2, offset2)]; });
                  });
                });
              });
            }
      if (reference.empty()) reference = histogram;
      if (reference != histogram) return false;
    }
  return true;
}

std::vector<unsigned> below(unsigned p) {
  std::vector<unsigned> all(p);
  for (unsigned i = 0; i < p; ++i) all[i] = i;
  return all;
}

/// Everything that server 2 receives when n numbers are compared, with all x, r and -1 among them.
template <PowerOfTwoRing R, class Compare>
std::vector<message> rows_of(std::size_t n, std::size_t width, Compare compare) {
  using word = typename R::value_type;
  shape_type const shape{n};
  tensor<R> x(shape), r(shape), minus(shape);
  std::mt19937_64 random(9);
  auto const top = R::low_mask(width);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<word>(static_cast<word>(random()) & top);
    r[i] = static_cast<word>(i % 4 == 0 ? x[i] : i % 4 == 1 ? top : i % 4 == 2 ? word{0} : static_cast<word>(random()));
    minus[i] = static_cast<word>(i % 7 == 0);
  }
  transcript seen;
  auto const answers = run_parties<securenn<R, 0>>(recorded(seen, 4), [&](party& self) {
    operation op(self, "compare", {shape});
    auto const dealt = securenn_policy::deal_bits(op, x, shape, width);
    return compare(op, dealt, securenn_policy::public_bound<R>{r, minus}, shape, width);
  });
  for (std::size_t i = 0; i < n; ++i)
    REQUIRE((answers[0][i] ^ answers[2][i]) == (minus[i] == 1 || x[i] > (r[i] & top) ? 1 : 0));
  return seen.received_by(2);
}

template <PowerOfTwoRing R>
bool model_is_library(std::size_t n, std::size_t width) {
  auto const library =
      rows_of<R>(n, width, [](operation& op, auto const& x, auto const& bound, shape_type const& shape, std::size_t w) {
        return securenn_policy::private_compare(op, x, bound, shape, w);
      });
  auto const model =
      rows_of<R>(n, width, [](operation& op, auto const& x, auto const& bound, shape_type const& shape, std::size_t w) {
        return model_compare(op, x, bound, shape, w, flaw::none);
      });
  REQUIRE(library.size() == 2);
  REQUIRE(model.size() == 2);
  REQUIRE(byte_count(library) == 2 * n * width);
  return library[0].bytes == model[0].bytes && library[1].bytes == model[1].bytes;
}

}  // namespace

TEST_CASE("server 2's view of PrivateCompare depends on beta' alone, over all masks, shares, r and beta") {
  CHECK(depends_on_answer_alone(5, below(5), flaw::none));
  CHECK(depends_on_answer_alone(11, {0, 1, 7}, flaw::none));  // the field of the 8-bit ring
}

TEST_CASE("that test sees a comparison without rotation, without refresh, or with an unrefreshed forced case") {
  CHECK_FALSE(depends_on_answer_alone(5, below(5), flaw::no_rotation));
  CHECK_FALSE(depends_on_answer_alone(5, below(5), flaw::no_refresh));
  CHECK_FALSE(depends_on_answer_alone(5, below(5), flaw::forced_unrefreshed));
}

TEST_CASE("the joint view of two numbers depends on nothing, and randomness in common shows") {
  CHECK(two_numbers_independent(5, reused::nothing));
  CHECK_FALSE(two_numbers_independent(5, reused::factor));
  CHECK_FALSE(two_numbers_independent(5, reused::refresh));
  CHECK_FALSE(two_numbers_independent(5, reused::rotation));
  CHECK_FALSE(two_numbers_independent(5, reused::coin));
}

TEST_CASE("the library sends what the model sends, byte for byte, on the same randomness") {
  CHECK(model_is_library<ring8>(200'000, tiny_bits));  // covers what was enumerated
  CHECK(model_is_library<ring8>(1500, 7));
  CHECK(model_is_library<ring8>(1500, 8));
  CHECK(model_is_library<ring32>(700, 31));
  CHECK(model_is_library<ring64>(700, 62));
  CHECK(model_is_library<ring64>(700, 64));
  CHECK(model_is_library<ring128>(600, 128));
}

}  // namespace koi::testing
