// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "perform.hpp"

#include <atomic>

/// Programs whose offline half is made before their inputs exist.
namespace koi::testing {

/// Bytes that one player sends in a part of a program, by phase, and what came out at the client.
template <class R>
struct stretch {
  std::uint64_t set_up = 0, offline = 0, online = 0;
  lap spent;
  std::optional<tensor<R>> exact, cut, left;
};

/// Every kind of step: an input, products with a lasting and with a fresh value, a sign, a ReLU, and
/// both truncations. `exact` is [x W >= 0] * relu(x W) * x W, `cut` what truncation leaves of it, `left` is
/// W x: the weights as the first factor.
template <ComparingProtocol P>
stretch<typename P::ring> all_kinds_of_steps(party& self, shares<P> const& weights, tensor<typename P::ring> const& x) {
  stretch<typename P::ring> out;
  auto const before = self.spent();
  auto const secret = P::input(self, client_id, x.shape(), [&] { return x; });
  auto const y = P::matmul(self, secret, weights[0]);
  auto const z = P::mul(self, P::mul(self, P::is_nonnegative(self, y), P::relu(self, y)), y);
  out.exact = P::output(self, client_id, z);
  out.cut = P::output(self, client_id, P::add(P::truncate(self, z, 2), P::truncate_relu(self, z, 2)));
  out.left = P::output(self, client_id, P::matmul(self, weights[0], secret));
  auto const spent = self.spent() - before;
  out.set_up = spent.sent(phase::set_up).bytes;
  out.offline = spent.sent(phase::offline).bytes;
  out.online = spent.sent(phase::online).bytes;
  out.spent = lap_since(self, before);
  return out;
}

/// A prepared run gives what a whole run gives, for the same bytes, of which the offline ones travel
/// when it is prepared and the others when it is used; each preparation serves once.
template <ComparingProtocol P>
void prepared_runs() {
  using R = typename P::ring;
  tensor<R> const w({2, 2}, {1, R::neg(1), 2, 1}), first({2, 2}, {1, 2, R::neg(3), 1}),
      second({2, 2}, {R::neg(1), 2, 0, 1});
  auto const expected = [&](tensor<R> const& x) {
    return plain::each(plain::matmul(x, w), [](auto v) { return R::to_signed(v) < 0 ? decltype(v){0} : R::mul(v, v); });
  };
  using part = std::vector<stretch<R>>;
  auto const players = run_parties<P>({}, [&](party& self) {
    shares<P> weights{shared<P>(self, w)};
    weights[0].make_lasting();
    part mine;
    auto const step = [&](tensor<R> const& x) { mine.push_back(all_kinds_of_steps<P>(self, weights, x)); };
    step(first);
    std::size_t kept = 0;
    for (int i = 0; i < 2; ++i) kept = self.make_ahead([&] { step(tensor<R>({2, 2}, 0)); });
    CHECK((kept > 0) == (self.is_server() || self.role_of(self.id()) == role::assist));
    CHECK(self.runs_ahead() == 2);
    self.use_ahead([&] { step(second); });
    self.use_ahead([&] { step(first); });
    CHECK(self.runs_ahead() == 0);
    auto const before = self.spent();
    CHECK_THROWS_AS(self.use_ahead([&] { step(first); }), bad_argument);
    CHECK(self.spent() == before);
    step(second);
    return mine;
  });
  for (auto const& p : players) {
    REQUIRE(p.size() == 6);
    for (std::size_t ahead : {1, 2}) {
      CHECK(p[ahead].offline == p[0].offline);
      CHECK(p[ahead].online == 0);
    }
    for (std::size_t used : {3, 4}) {
      CHECK(p[used].offline == 0);
      CHECK(p[used].online == p[0].online);
    }
    for (std::size_t later : {1, 2, 3, 4, 5}) CHECK(p[later].set_up == 0);
  }
  auto const rounds = [&](std::size_t i) {
    std::vector<lap> laps;
    for (auto const& p : players) laps.push_back(p[i].spent);
    return measured(laps).rounds;
  };
  CHECK(rounds(2) == 0);
  CHECK(rounds(4) == rounds(5));
  auto const& client = players[client_id];
  std::array<tensor<R> const*, 6> const inputs{&first, nullptr, nullptr, &second, &first, &second};
  for (std::size_t i : {0, 3, 4, 5}) {
    CAPTURE(i);
    REQUIRE((client[i].exact && client[i].cut && client[i].left));
    CHECK(*client[i].left == plain::matmul(w, *inputs[i]));
    auto const exact = expected(*inputs[i]);
    CHECK(*client[i].exact == exact);
    for (std::size_t k = 0; k < exact.size(); ++k) {
      auto const low = R::mul(2, static_cast<typename R::value_type>(exact[k] >> 2));
      CHECK(R::sub((*client[i].cut)[k], low) <= 2);
    }
  }
}

/// The stock says so where a run does something else than what was prepared, before anything about
/// a value is sent.
template <ComparingProtocol P>
void other_runs_than_the_prepared_one() {
  using R = typename P::ring;
  auto const x = plain::sample<R>({3}, 1);
  auto const attempt = [&](auto other) {
    run_parties<P>({}, [&](party& self) {
      auto const s = shared<P>(self, x);
      auto const square = [&] { (void)P::square(self, P::scale(shared<P>(self, x), 1)); };
      self.make_ahead(square);
      other(self, s);
      self.close();
    });
  };
  attempt([](party& self, auto const& s) {
    if (self.is_server()) CHECK_THROWS_AS(self.use_ahead([&] { (void)P::truncate(self, s, 1); }), bad_argument);
  });
  attempt([](party& self, auto const& s) {
    auto const shorter = P::slice(s, {{0, 2}});
    if (self.is_server()) CHECK_THROWS_AS(self.use_ahead([&] { (void)P::truncate(self, shorter, 1); }), bad_argument);
  });
  attempt([](party& self, auto const&) {
    if (self.is_server()) CHECK_THROWS_AS(self.use_ahead([] {}), bad_argument);
  });
  attempt([](party& self, auto const& s) {
    self.make_ahead([&] {
      CHECK_THROWS_AS(self.make_ahead([] {}), bad_argument);
      CHECK_THROWS_AS(self.use_ahead([] {}), bad_argument);
    });
    CHECK(self.now() == pass::whole);
    CHECK(self.runs_ahead() == 2);
    // a part that fails ends the party
    CHECK_THROWS_AS(self.make_ahead([] { throw error("the part failed"); }), error);
    CHECK_THROWS_AS((void)P::truncate(self, s, 1), bad_argument);
  });
}

/// A product is prepared for its operands' masks: other weights of the same shape, and the same value
/// in another arrangement, are refused at the servers before anything that depends on them is sent.
template <ComparingProtocol P>
void prepared_products_keep_their_operands() {
  using R = typename P::ring;
  auto const x = plain::sample<R>({2, 2}, 1), w = plain::sample<R>({2, 2}, 2);
  auto const attempt = [&](auto prepared, auto used) {
    std::atomic<int> refused = 0;
    run_parties<P>({}, [&](party& self) {
      auto const a = shared<P>(self, w), b = shared<P>(self, w);
      a.make_lasting();
      b.make_lasting();
      for (auto const* lasting : {&a, &b}) (void)P::square(self, *lasting);
      self.make_ahead([&] { prepared(self, shared<P>(self, x), a, b); });
      auto const use = [&] { self.use_ahead([&] { used(self, shared<P>(self, x), a, b); }); };
      if (!self.is_server()) return use();
      try {
        use();
        FAIL_CHECK("other operands were taken");
      } catch (bad_argument const&) {
        ++refused;
      } catch (channel_closed const&) {  // the other server refused first
      }
      self.close();
    });
    CHECK(refused > 0);
  };
  using S = typename P::share_type;
  attempt([](party& self, S const& s, S const& a, S const&) { (void)P::matmul(self, s, a); },
          [](party& self, S const& s, S const&, S const& b) { (void)P::matmul(self, s, b); });
  attempt([](party& self, S const& s, S const& a, S const&) { (void)P::matmul(self, a, s); },
          [](party& self, S const& s, S const&, S const& b) { (void)P::matmul(self, b, s); });
  attempt([](party& self, S const& s, S const& a, S const&) { (void)P::matmul(self, s, a); },
          [](party& self, S const& s, S const& a, S const&) { (void)P::matmul(self, s, P::transpose(a, {})); });
  attempt(
      [](party& self, S const& s, S const& a, S const&) {
        (void)P::mul(self, s, P::slice(a, {{0, 1}}));
      },
      [](party& self, S const& s, S const& a, S const&) {
        (void)P::mul(self, s, P::slice(a, {{1, 2}}));
      });
}

/// Values whose masks were drawn ahead: in the run they serve, after it, and where a mask of lasting
/// values in another arrangement is not there yet.
template <ComparingProtocol P>
void masks_of_prepared_runs() {
  using R = typename P::ring;
  auto const x = plain::sample<R>({2, 2}, 1), w = plain::sample<R>({2, 2}, 2);
  auto const players = run_parties<P>({}, [&](party& self) {
    auto const a = shared<P>(self, w);
    a.make_lasting();
    std::optional<typename P::share_type> kept;
    std::optional<tensor<R>> out;
    auto const part = [&] {
      auto const s = shared<P>(self, x, client_id);
      auto const y = P::matmul(self, s, P::transpose(a, {}));
      kept = s;
      out = P::output(self, client_id, P::add(y, P::square(self, s)));
    };
    self.make_ahead(part);
    if (self.is_server()) CHECK_THROWS_AS((void)P::square(self, *kept), bad_argument);  // planned, without a piece
    self.use_ahead(part);
    CHECK_THROWS_AS((void)P::square(self, *kept), bad_argument);
    CHECK_THROWS_AS(self.make_ahead([&] { (void)P::square(self, *kept); }), bad_argument);
    return out;
  });
  auto const turned = plain::each(w, [](auto v) { return v; });
  tensor<R> transposed({2, 2}, {turned[0], turned[2], turned[1], turned[3]});
  auto const squares = plain::zip(x, x, [](auto p, auto q) { return R::mul(p, q); });
  CHECK(players[client_id] ==
        plain::zip(plain::matmul(x, transposed), squares, [](auto p, auto q) { return R::add(p, q); }));
}

}  // namespace koi::testing
