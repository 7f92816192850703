// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/roster.hpp>
#include <koi/session/session.hpp>
#include <koi/trace/plan_text.hpp>

namespace koi {

/// What a program will cost, before anything runs: `program(on)` is run on shapes alone, by nobody who has a part in
/// it. Callables of owners and receivers are not called. `owners` are those that the program names; the servers are
/// added.
///
///   auto const cost = koi::plan<koi::pond<koi::ring64, 16>>({"company", "patient"}, [](auto& on) { ... });
///
/// Bytes and rounds are exact: those that the channels will count.
///
/// Throws  what the program throws
template <Protocol P, class Program>
[[nodiscard]] program_plan plan(std::vector<std::string> const& owners, Program&& program) {
  static constexpr auto* planner = "the planner";
  auto players = with_servers<P>(owners);
  players.emplace_back(planner);
  auto const who = find_roster<P>(players);
  std::vector<std::optional<seed>> no_seeds(players.size());
  party self(network(planner, players), who, std::move(no_seeds));
  self.plan(true);
  session<P> on(std::move(self));
  on.run(std::forward<Program>(program));
  auto out = detail::plan_of(on.self(), players.size() - 1);
  out.protocol = P::name();
  out.ring_bits = P::ring::bits;
  out.frac_bits = P::frac_bits;
  return out;
}

/// The same with the seconds that it takes over some links.
template <Protocol P, class Program>
[[nodiscard]] program_plan plan(std::vector<std::string> const& owners, Program&& program, link_speed const& link,
                                machine_speed const& machine = {}) {
  auto out = plan<P>(owners, std::forward<Program>(program));
  out.predicted = out.predict(link, machine);
  return out;
}

/// The same program under several protocols, or one with several comparisons: plans with their seconds over some links,
/// the fastest first. `by` says which seconds count, as `&prediction::online` where all is prepared.
///
///   auto const best = koi::fastest<pond64, pond_keys64, securenn64>({"patient"}, program, {.round_trip_ms = 40, .mbit
///   = 352});
///
/// Throws  what the program throws
template <Protocol... P, class Program>
[[nodiscard]] std::vector<program_plan> fastest(std::vector<std::string> const& owners, Program const& program,
                                                link_speed const& link, machine_speed const& machine = {},
                                                double prediction::*by = &prediction::whole) {
  std::vector<program_plan> all;
  (all.push_back(plan<P>(owners, program, link, machine)), ...);
  std::stable_sort(all.begin(), all.end(),
                   [by](auto const& a, auto const& b) { return (*a.predicted).*by < (*b.predicted).*by; });
  return all;
}

}  // namespace koi
