// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a program's channels count, beside what its plan says.
#include <koi/trace/plan.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

namespace {  // a header of two tests, each with its own

using links = std::map<std::array<std::size_t, 2>, std::array<traffic, phase_count>>;

struct counted {
  cost set_up, online;
  links sent;
};

/// What the channels counted, all players together.
template <Protocol P>
counted run_and_count(auto const& what) {
  std::mutex mutex;
  counted all;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) { what(on); });
    auto const& self = one.self();
    auto const& spent = one.spent();
    std::lock_guard const lock(mutex);
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) {
      auto& to = ph == phase::set_up ? all.set_up : all.online;
      to.rounds = std::max<std::uint64_t>(to.rounds, ph == phase::offline ? 0 : spent.rounds(ph));
      for (std::size_t p = 0; p < one.players().size(); ++p) {
        auto const bytes = spent.sent(p, ph).bytes;
        if (spent.sent(p, ph).messages > 0) all.sent[{self.id(), p}][static_cast<std::size_t>(ph)] = spent.sent(p, ph);
        auto const here = self.role_of(self.id()), there = self.role_of(p);
        if (here == role::own || there == role::own)
          to.owners += bytes;
        else if (here == role::compute && there == role::compute)
          to.servers += bytes;
        else
          (ph == phase::offline ? to.dealt : to.assisted) += bytes;
      }
    }
  }));
  return all;
}

void check_same(cost const& planned, cost const& seen) {
  CHECK(planned.rounds == seen.rounds);
  CHECK(planned.dealt == seen.dealt);
  CHECK(planned.servers == seen.servers);
  CHECK(planned.assisted == seen.assisted);
  CHECK(planned.owners == seen.owners);
}

links links_of(program_plan const& plan) {
  links out;
  for (auto const& l : plan.links) out[{l.from, l.to}] = l.sent;
  return out;
}

/// Plans a program and runs it: every number that both know is the same.
template <Protocol P>
program_plan check_plan(auto const& what) {
  auto const planned = plan<P>({"owner", "client"}, what);
  auto const seen = run_and_count<P>(what);
  check_same(planned.set_up, seen.set_up);
  check_same(planned.online, seen.online);
  CHECK(links_of(planned) == seen.sent);
  return planned;
}

}  // namespace

}  // namespace koi::test
