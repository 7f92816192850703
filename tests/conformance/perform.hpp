// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plain_reference.hpp"
#include "tests/support/run_parties.hpp"

#include <doctest/doctest.h>

namespace doctest {
template <>
struct StringMaker<koi::cost> {
  static String convert(koi::cost const& c) {
    return fmt::format("{} rounds, {} dealt, {} servers, {} assisted, {} owners", c.rounds, c.dealt, c.servers, c.assisted, c.owners).c_str();
  }
};
}  // namespace doctest

namespace koi::testing {

inline constexpr std::size_t owner_id = 3, client_id = 4;

template <Protocol P>
using words = tensor<typename P::ring>;
template <Protocol P>
using shares = std::vector<typename P::share_type>;

/// One operation of a protocol on shared inputs, and what it says that it costs.
template <Protocol P>
struct task {
  std::function<typename P::share_type(party&, shares<P>&)> run;
  /// Asked just before `run`, with the same shares.
  std::function<cost(party&, shares<P>&)> declared = [](party&, shares<P>&) { return cost{}; };
  /// Runs first, and is not counted. May add shares.
  std::function<void(party&, shares<P>&)> before = [](party&, shares<P>&) {};
};

template <Protocol P>
struct outcome {
  words<P> value;  ///< as the client got it
  cost spent;      ///< as the channels counted it
  cost declared;
};

/// Shares the inputs, runs the task between two readings of every player's meter, and gives the
/// result to the client. Every player must declare the same cost and know the same shape.
template <Protocol P>
outcome<P> perform(task<P> const& what, std::vector<words<P>> const& inputs, std::uint64_t seed = 1) {
  struct part {
    lap spent;
    cost declared;
    shape_type shape;
    std::optional<words<P>> value;
  };
  setting how;
  how.seed = seed;
  auto const parts = run_parties<P>(how, [&](party& self) {
    shares<P> x;
    for (auto const& input : inputs) x.push_back(shared<P>(self, input));
    what.before(self, x);
    part mine;
    mine.declared = what.declared(self, x);
    auto const before = self.spent();
    auto const y = what.run(self, x);
    mine.spent = lap_since(self, before);
    mine.shape = y.shape();
    mine.value = P::output(self, client_id, y);
    return mine;
  });
  std::vector<lap> laps;
  for (auto const& p : parts) {
    laps.push_back(p.spent);
    CHECK(p.declared == parts[0].declared);
    CHECK(p.shape == parts[0].shape);
    CHECK(p.value.has_value() == (&p == &parts[client_id]));
  }
  return {*parts[client_id].value, measured(laps), parts[0].declared};
}

/// The task gives exactly this, at exactly its declared cost, which comes back.
template <Protocol P>
cost expect(task<P> const& what, std::vector<words<P>> const& inputs, words<P> const& expected, std::uint64_t seed = 1) {
  auto const got = perform<P>(what, inputs, seed);
  CHECK(got.value == expected);
  CHECK(got.spent == got.declared);
  return got.spent;
}

}  // namespace koi::testing
