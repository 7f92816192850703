// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/roster.hpp>
#include <koi/session/session.hpp>
#include <koi/trace/ledger.hpp>

#include <map>

namespace koi {

/// What the steps of one kind in one scope will cost: bytes by phase and kind of link, and steps.
struct plan_row {
  std::string scope;
  std::string operation;
  std::uint64_t steps = 0;
  cost set_up;  ///< values that stay, and their masks
  cost online;  ///< with what the helper deals for it
};

/// What a program will cost, from shapes alone.
struct program_plan {
  std::vector<plan_row> rows;  ///< in the order in which they first come
  cost set_up, online;         ///< the sums of bytes; rounds are those of the row that is last to know
};

namespace detail {

/// Depth of the deepest message that each player will have received, as the channels' counters will tell it: every
/// message of a step is a round deeper than what its sender had before.
class planned_rounds {
 public:
  planned_rounds(party const& self, std::size_t players) : self_(self), depth_(players) {}

  void add(planned_step const& step) {
    auto &first = depth_[self_.server(0)], &second = depth_[self_.server(1)];
    if (step.owner != planned_step::nobody) {
      auto const sent = depth_[step.owner] + step.cost.rounds;
      for (auto* server : {&first, &second}) *server = std::max(*server, sent);
    } else if (step.taker != planned_step::nobody) {
      auto& taker = depth_[step.taker];
      taker = std::max(taker, std::max(first, second) + step.cost.rounds);
    } else if (step.cost.rounds > 0) {
      first = second = std::max(first, second) + step.cost.rounds;
    }
  }
  [[nodiscard]] std::uint64_t most() const { return *std::max_element(depth_.begin(), depth_.end()); }

 private:
  party const& self_;
  std::vector<std::uint64_t> depth_;
};

inline program_plan plan_of(party const& self) {
  program_plan out;
  std::map<std::size_t, std::size_t> place;  // of a ledger's row among ours
  auto const& rows = self.spending().rows();
  planned_rounds set_up(self, self.players().size()), online(self, self.players().size());
  for (auto const& step : self.planned()) {
    auto const [at, added] = place.emplace(step.row, out.rows.size());
    auto const& of = rows.at(step.row);
    if (added) out.rows.push_back({of.scope, of.operation, of.steps, {}, {}});
    auto& row = out.rows[at->second];
    bool const stays = step.ph == phase::set_up;
    (stays ? row.set_up : row.online) = (stays ? row.set_up : row.online) + step.cost;
    (stays ? out.set_up : out.online) = (stays ? out.set_up : out.online) + step.cost;
    (stays ? set_up : online).add(step);
  }
  out.set_up.rounds = set_up.most();
  out.online.rounds = online.most();
  return out;
}

}  // namespace detail

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
  self.plan();
  session<P> on(std::move(self));
  on.run(std::forward<Program>(program));
  return detail::plan_of(on.self());
}

namespace trace {

/// A plan as lines of text: for each scope its kinds of steps with rounds online and bytes.
[[nodiscard]] inline std::string plan_table(program_plan const& plan) {
  std::size_t width = 24;
  for (auto const& r : plan.rows) width = std::max(width, std::max(r.scope.size(), r.operation.size() + 2));
  auto const line = [&](std::string const& what, std::uint64_t steps, cost const& set_up, cost const& online) {
    using detail::short_bytes;
    return fmt::format("{:<{}} {:>6} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}\n", what, width, steps, online.rounds,
                       short_bytes(set_up.bytes()), short_bytes(online.dealt), short_bytes(online.servers),
                       short_bytes(online.assisted), short_bytes(online.owners));
  };
  auto out = fmt::format("{:<{}} {:>6} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "", width, "steps", "rounds", "set-up",
                         "dealt", "servers", "assisted", "owners");
  std::string scope;
  std::uint64_t steps = 0;
  for (auto const& r : plan.rows) {
    if (r.scope != scope) out += r.scope + "\n";
    scope = r.scope;
    steps += r.steps;
    out += line((scope.empty() ? "" : "  ") + r.operation, r.steps, r.set_up, r.online);
  }
  return out + line("all", steps, plan.set_up, plan.online);
}

}  // namespace trace
}  // namespace koi
