// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "linear_suite.hpp"

/// Products of two shared values, and the masks that they use.
namespace koi::testing {

template <Protocol P>
task<P> times() {
  return {.run = [](party& self, shares<P>& s) { return P::mul(self, s[0], s[1]); },
          .declared = [](party&, shares<P>& s) { return P::mul_cost(s[0], s[1]); }};
}

template <Protocol P>
void products() {
  using R = typename P::ring;
  auto const multiply = [](auto x, auto y) { return R::mul(x, y); };
  constexpr std::uint64_t word = sizeof(typename R::value_type);
  for (auto const& [left, right] : shapes_that_combine) {
    CAPTURE(to_string(left));
    CAPTURE(to_string(right));
    auto const a = plain::sample<R>(left, 31), b = plain::sample<R>(right, 32);
    auto const product = plain::zip(a, b, multiply);
    auto const spent = expect<P>(times<P>(), {a, b}, product);
    // by hand: each operand opened once, both in one round; one word of the result dealt
    CHECK(spent == cost{.rounds = 1, .dealt = word * product.size(), .servers = 2 * word * (a.size() + b.size())});

    auto const squared = expect<P>({.run = [](party& self, shares<P>& s) { return P::square(self, s[0]); },
                                    .declared = [](party&, shares<P>& s) { return P::square_cost(s[0]); }},
                                   {a}, plain::zip(a, a, multiply));
    CHECK(squared == cost{.rounds = 1, .dealt = word * a.size(), .servers = 2 * word * a.size()});
    auto copy = times<P>();
    copy.before = [](party&, shares<P>& s) { s.push_back(s[0]); };
    CHECK(expect<P>(copy, {a}, plain::zip(a, a, multiply)) == squared);

    // a mask serves every later product of its value
    for (bool const both : {false, true}) {
      auto again = times<P>();
      again.before = [both](party& self, shares<P>& s) {
        (void)P::square(self, s[0]);
        if (both) (void)P::square(self, s[1]);
      };
      auto const later = expect<P>(again, {a, b}, product);
      CHECK(later == cost{.rounds = both ? 0u : 1u, .dealt = word * product.size(), .servers = both ? 0 : 2 * word * b.size()});
    }
  }
  for (auto const& [left, right] : shapes_that_multiply) {
    CAPTURE(to_string(left));
    CAPTURE(to_string(right));
    auto const a = plain::sample<R>(left, 33), b = plain::sample<R>(right, 34);
    auto const spent = expect<P>({.run = [](party& self, shares<P>& s) { return P::matmul(self, s[0], s[1]); },
                                  .declared = [](party&, shares<P>& s) { return P::matmul_cost(s[0], s[1]); }},
                                 {a, b}, plain::matmul(a, b));
    CHECK(spent == cost{.rounds = 1, .dealt = word * plain::matmul(a, b).size(), .servers = 2 * word * (a.size() + b.size())});
  }
}

/// A product after a change of shape opens nothing again; a new value does.
template <Protocol P>
void masks_follow_values() {
  using R = typename P::ring;
  auto const multiply = [](auto x, auto y) { return R::mul(x, y); };
  constexpr std::uint64_t word = sizeof(typename R::value_type);
  auto const square_of_last = [](auto before) {
    return task<P>{.run = [](party& self, shares<P>& s) { return P::mul(self, s.back(), s.back()); },
                   .declared = [](party&, shares<P>& s) { return P::mul_cost(s.back(), s.back()); },
                   .before = before};
  };
  for (auto const& r : rearrangements<P>()) {
    CAPTURE(r.name);
    CAPTURE(to_string(r.of));
    auto const x = plain::sample<R>(r.of, 41);
    auto const y = r.plain(x);
    auto const carried = expect<P>(square_of_last([&](party& self, shares<P>& s) {
                                     (void)P::square(self, s[0]);
                                     s.push_back(r.secret(s[0]));
                                   }),
                                   {x}, plain::zip(y, y, multiply));
    CHECK(carried == cost{.dealt = word * y.size()});
    auto const fresh = expect<P>(square_of_last([&](party&, shares<P>& s) { s.push_back(r.secret(s[0])); }), {x},
                                 plain::zip(y, y, multiply));
    CHECK(fresh == cost{.rounds = 1, .dealt = word * y.size(), .servers = 2 * word * y.size()});
  }
  auto const a = plain::sample<R>({2, 3}, 42), b = plain::sample<R>({2, 3}, 43);
  for (bool const stacked : {false, true})
    for (int masked = 0; masked <= 2; ++masked) {
      CAPTURE(stacked);
      CAPTURE(masked);
      auto const joined = plain::concat(a, b, 0);
      auto const whole = stacked ? joined.reshaped({2, 2, 3}) : joined;
      auto const spent = expect<P>(square_of_last([&](party& self, shares<P>& s) {
                                     for (int i = 0; i < masked; ++i) (void)P::square(self, s[static_cast<std::size_t>(i)]);
                                     s.push_back(stacked ? P::stack({s[0], s[1]}, 0) : P::concat({s[0], s[1]}, 0));
                                   }),
                                   {a, b}, plain::zip(whole, whole, multiply));
      CHECK(spent == cost{.rounds = masked == 2 ? 0u : 1u, .dealt = word * 12, .servers = masked == 2 ? 0 : 2 * word * 12});
    }
  // a sum is another value
  auto const spent = expect<P>(square_of_last([](party& self, shares<P>& s) {
                                 (void)P::mul(self, s[0], s[1]);
                                 s.push_back(P::add(s[0], s[1]));
                               }),
                               {a, b}, plain::each(plain::zip(a, b, [](auto x, auto y) { return R::add(x, y); }),
                                                   [](auto x) { return R::mul(x, x); }));
  CHECK(spent.servers == 2 * word * 6);
}

/// Weights that last: masked in the set-up phase, once for all runs, and usable in each.
template <Protocol P>
void weights_last() {
  using R = typename P::ring;
  constexpr std::uint64_t word = sizeof(typename R::value_type);
  constexpr std::size_t runs = 4;
  auto const w = plain::sample<R>({3, 2}, 51);
  struct reading {
    std::uint64_t set_up = 0, servers = 0;
    std::optional<words<P>> value;
  };
  auto const input_of = [](std::size_t run) { return plain::sample<R>({4, 3}, 52 + run); };
  auto const parts = run_parties<P>({}, [&](party& self) {
    std::vector<reading> readings;
    std::optional<typename P::share_type> weights;
    for (std::size_t run = 0; run < runs; ++run) {
      self.begin_run();
      if (run == 0) {
        weights = P::input(self, owner_id, w.shape(), [&] { return w; }, phase::set_up);
        weights->make_lasting();
      }
      auto const x = shared<P>(self, input_of(run), client_id);
      auto const before = self.spent();
      CHECK(P::matmul_cost(x, *weights).servers == 2 * word * 12);  // never the weights' mask
      auto const y = P::matmul(self, x, *weights);
      readings.push_back({self.spent().sent(phase::set_up).bytes, (self.spent() - before).sent(phase::online).bytes, P::output(self, client_id, y)});
    }
    return readings;
  });
  for (std::size_t run = 0; run < runs; ++run) {
    CAPTURE(run);
    for (std::size_t server : {0u, 1u}) {
      CHECK(parts[server][run].set_up == word * 6);
      CHECK(parts[server][run].servers == word * 12);
    }
    CHECK(parts[2][run].set_up == 0);
    CHECK(parts[owner_id][run].set_up == word * 6);
    CHECK(parts[client_id][run].value == plain::matmul(input_of(run), w));
  }
}

}  // namespace koi::testing
