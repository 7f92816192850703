// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/beaver/truncate.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/conformance/comparison_suite.hpp"

namespace koi::testing {

namespace {

template <PowerOfTwoRing R>
tensor<R> truncated(tensor<R> const& x, std::size_t bits, std::uint64_t seed) {
  using P = pond<R, 2, local>;
  return perform<P>({.run = [&](party& self, shares<P>& s) { return P::truncate(self, s[0], bits); }}, {x}, seed).value;
}

/// Where a result is neither floor(x / 2^bits) nor one more.
template <PowerOfTwoRing R>
bool fails(typename R::value_type x, typename R::value_type got, std::size_t bits) {
  return R::sub(got, R::from_signed(static_cast<typename R::signed_type>(R::to_signed(x) >> bits))) > 1;
}

}  // namespace

TEST_CASE("local truncation fails with probability abs(x) / 2^l, on every word of the 8-bit ring") {
  auto const list = words_within<ring8>(7);
  auto const x = repeated<ring8>(list, 2000);
  for (std::size_t const bits : {1u, 2u, 3u}) {
    auto const got = truncated<ring8>(x, bits, bits);
    rounding_test frequency;
    for (std::size_t d = 0; d < list.size(); ++d) {
      std::size_t failures = 0;
      for (std::size_t i = d; i < x.size(); i += list.size()) failures += fails<ring8>(x[i], got[i], bits);
      auto const p = std::abs(static_cast<double>(ring8::to_signed(list[d]))) / 256;
      if (p == 0) CHECK(failures == 0);
      frequency.add(failures, 2000, p);
    }
    CHECK(frequency.count() > 200);
    CHECK(frequency.passes());
  }
}

TEST_CASE_TEMPLATE("local truncation of large numbers shows its failure, of small ones none", R, ring32, ring64, ring128) {
  constexpr std::size_t n = 4000;
  for (bool const negative : {false, true}) {
    auto const large = R::power(R::bits - 4), small = R::power(R::bits / 8);
    auto const signed_word = [&](auto w) { return negative ? R::neg(w) : w; };
    auto const count = [&](auto w) {
      std::size_t failures = 0;
      auto const got = truncated<R>(tensor<R>({n}, w), 3, 9);
      for (auto const v : got.elements()) failures += fails<R>(w, v, 3);
      return failures;
    };
    rounding_test frequency;
    frequency.add(count(signed_word(large)), n, 1.0 / 16);
    CHECK(frequency.passes());
    CHECK(count(signed_word(large)) > n / 32);
    CHECK(count(signed_word(small)) == 0);
  }
}

TEST_CASE("of the top bit of a mask exactly the bits count that are dealt") {
  std::mt19937_64 random(1);
  auto const check = [&]<PowerOfTwoRing R, PowerOfTwoRing N>(R, N, std::size_t bits) {
    using word = typename R::value_type;
    beaver::truncation_terms<R, N> const terms{bits};
    auto const counted = terms.carried_bits();
    REQUIRE((counted >= 1 && counted < R::bits));
    for (int i = 0; i < 20; ++i) {
      auto const c = static_cast<typename N::value_type>(random() & (R::power(N::bits - 1) - 1));  // the top bit is 0
      auto const m = static_cast<word>(random()), above = static_cast<word>(static_cast<word>(random()) << counted);
      CHECK(terms.carried(c, m) == terms.carried(c, static_cast<word>(m ^ above)));
      for (std::size_t k = 0; k < counted; ++k)
        CHECK(terms.carried(c, m) != terms.carried(c, static_cast<word>(m ^ R::power(k))));
    }
  };
  for (std::size_t bits = 1; bits <= 6; ++bits) check(ring8{}, ring8{}, bits);
  for (std::size_t bits = 1; bits <= 30; ++bits) check(ring32{}, ring32{}, bits);
  for (std::size_t bits = 1; bits <= 62; ++bits) check(ring64{}, ring64{}, bits);
  for (std::size_t bits = 1; bits <= 126; ++bits) check(ring128{}, ring128{}, bits);
  for (std::size_t bits = 0; bits <= 30; ++bits) check(ring64{}, ring32{}, bits);
}

TEST_CASE("what a truncation deals and opens belongs together") {
  using R = ring64;
  using P = pond<R, 16>;
  auto const x = plain::sample<R>({50}, 1);
  struct part {
    tensor<R> r, q, m, c, y;
  };
  auto const seen = run_parties<P>({}, [&](party& self) {
    auto const s = shared<P>(self, plain::each(x, [](auto w) { return R::from_signed(R::to_signed(w) >> 2); }));
    operation op(self, "truncate", {s.shape()});
    part mine;
    mine.r = beaver::mask_ahead<R>(op, s.shape());
    auto cut = beaver::deal_cut<R>(op, mine.r, s.shape(), 16);
    if (!self.is_server()) return mine;
    mine.q = std::move(cut.q);
    mine.m = std::move(cut.m);
    mine.c = beaver::begin_truncation(op, s, mine.r)->finish(op)[0];
    mine.y = beaver::truncated(mine.c, mine.q, mine.m, 16, self.index());
    return mine;
  });
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const r = seen[2].r[i];
    auto const sum = [&](auto of) { return R::add(of(seen[0])[i], of(seen[1])[i]); };
    auto const c = seen[0].c[i];
    CHECK(c == seen[1].c[i]);
    CHECK(R::sub(R::sub(c, r), R::power(62)) == R::from_signed(R::to_signed(x[i]) >> 2));
    CHECK(sum([](part const& p) { return p.r; }) == r);
    CHECK(sum([](part const& p) { return p.q; }) == r >> 16);
    CHECK((sum([](part const& p) { return p.m; }) & 0xffff) == r >> 63);  // what is above is shifted out
    auto const known = R::sub(c >> 16, R::power(46)), carried = R::mul(1 - (c >> 63), R::power(48));
    CHECK(sum([](part const& p) { return p.y; }) == R::add(R::sub(known, r >> 16), R::mul(carried, r >> 63)));
  }
}

}  // namespace koi::testing
