// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/beaver/mask.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/conformance/plain_reference.hpp"
#include "tests/support/run_parties.hpp"

#include <doctest/doctest.h>

namespace koi::testing {

namespace {
using R = ring64;
using P = pond<R, 16>;

struct part {
  std::vector<lap> laps;
  std::vector<cost> declared;
  std::uint64_t set_up = 0;
  std::vector<masked<R>> masks;
};

/// Checks x - a at both servers against a at the producer, for one value; returns a.
tensor<R> check_mask(std::vector<part> const& players, std::size_t value, tensor<R> const& x) {
  auto const mask_of = [&](std::size_t player) { return players[player].masks[value]; };
  REQUIRE(mask_of(2).mask.has_value());
  auto const a = *mask_of(2).mask;
  CHECK(plain::zip(*mask_of(0).mask, *mask_of(1).mask, [](auto p, auto q) { return R::add(p, q); }) == a);
  CHECK(plain::zip(x, a, [](auto p, auto q) { return R::sub(p, q); }) == *mask_of(0).opened);
  CHECK(*mask_of(0).opened == *mask_of(1).opened);
  CHECK_FALSE(mask_of(2).opened.has_value());
  for (std::size_t const owner : {3u, 4u}) {
    CHECK_FALSE(mask_of(owner).mask.has_value());
    CHECK_FALSE(mask_of(owner).opened.has_value());
  }
  return a;
}
}  // namespace

TEST_CASE("several values are masked in one round, and each once") {
  auto const x = plain::sample<R>({2, 3}, 1), y = plain::sample<R>({}, 2), z = plain::sample<R>({0}, 3), w = plain::sample<R>({5}, 4);
  auto const players = run_parties<P>({}, [&](party& self) {
    auto const a = shared<P>(self, x), b = shared<P>(self, y), c = shared<P>(self, z), lasting = shared<P>(self, w);
    lasting.make_lasting();
    auto const copy = a;
    part mine;
    auto const mask_all = [&](std::vector<share<R> const*> values) {
      mine.declared.push_back(beaver::mask_cost<R>(values));
      auto const before = self.spent();
      beaver::masking<R>(self, values).finish();
      mine.laps.push_back(lap_since(self, before));
      mine.set_up += (self.spent() - before).sent(phase::set_up).bytes;
    };
    mask_all({&a, &b, &copy, &c, &lasting, &a});
    mask_all({&a, &b, &c, &lasting, &copy});
    auto const d = P::add(a, b);
    mask_all({&a, &d, &b});
    CHECK(copy.is_masked());
    CHECK(copy.same_value(a));
    CHECK_FALSE(P::reshape(a, {6}).same_value(a));
    for (auto const* v : {&a, &b, &c, &lasting, &d}) mine.masks.push_back(v->mask());
    return mine;
  });
  auto const spent = [&](std::size_t i) {
    std::vector<lap> laps;
    for (auto const& p : players) {
      laps.push_back(p.laps[i]);
      CHECK(p.declared[i] == players[0].declared[i]);
    }
    return measured(laps);
  };
  CHECK(spent(0) == cost{.rounds = 1, .servers = 2 * 8 * (6 + 1)});
  CHECK(spent(1) == cost{});
  CHECK(spent(2) == cost{.rounds = 1, .servers = 2 * 8 * 6});
  for (std::size_t i = 0; i < 3; ++i) CHECK(spent(i) == players[0].declared[i]);
  CHECK(players[0].set_up == 8 * 5);
  CHECK(players[1].set_up == 8 * 5);

  auto const a = check_mask(players, 0, x);
  auto const b = check_mask(players, 1, y);
  check_mask(players, 2, z);
  check_mask(players, 3, w);
  auto const d = check_mask(players, 4, plain::zip(x, y, [](auto p, auto q) { return R::add(p, q); }));
  CHECK(a != d);
  CHECK(a[0] != b[0]);
}

TEST_CASE("the same program takes other masks in another run and in another session") {
  auto const x = plain::sample<R>({64}, 5);
  std::vector<tensor<R>> masks;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    auto const players = run_parties<P>({.seed = seed}, [&](party& self) {
      part mine;
      for (int run = 0; run < 2; ++run) {
        self.begin_run();
        auto const a = shared<P>(self, x);
        beaver::masking<R>(self, {&a}).finish();
        mine.masks.push_back(a.mask());
      }
      return mine;
    });
    for (std::size_t run = 0; run < 2; ++run) masks.push_back(check_mask(players, run, x));
  }
  for (std::size_t i = 0; i < masks.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      for (std::size_t k = 0; k < x.size(); ++k) CHECK(masks[i][k] != masks[j][k]);
}

}  // namespace koi::testing
