// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/trace/detail/plan_courses.hpp>
#include <koi/trace/prediction.hpp>

#include <cmath>
#include <map>
#include <optional>
#include <string>

namespace koi {

/// What the steps of one kind in one scope will cost: bytes by phase and kind of link, what all players together
/// compute, and steps.
struct plan_row {
  std::string scope;
  std::string operation;
  std::uint64_t steps = 0;
  cost set_up;  ///< values that stay, and their masks
  cost online;  ///< with what the helper deals for it
  workload work{};
};

/// What goes from one player to another.
struct plan_link {
  std::size_t from = 0, to = 0;
  std::array<traffic, phase_count> sent{};  ///< by phase
};

/// Secret memory that a player will hold at most, about: what stays, and on top the most that one step needs. Values
/// that the program keeps beside its steps' operands are not in it, nor is what waits to be sent; `queued` bounds
/// that for the helper, which waits for nobody.
struct plan_memory {
  std::uint64_t whole = 0;     ///< nothing prepared
  std::uint64_t prepared = 0;  ///< all prepared before
  std::uint64_t queued = 0;
};

/// A place where numbers are truncated.
struct plan_truncation {
  std::size_t row = 0;
  std::uint64_t values = 0;  ///< of all its steps
  std::size_t bits = 0;      ///< that are taken off
  bool exact = true;         ///< off by at most one unit in the last place, always

  /// Probability that one value is wrong by far more than a unit, for results of at most `largest`: none where it is
  /// exact, else that of a result with its fraction bits and the truncated ones in a ring of so many bits.
  [[nodiscard]] double failure_probability(double largest, std::size_t frac_bits, std::size_t ring_bits) const {
    if (exact) return 0;
    auto const exponent = static_cast<int>(frac_bits + bits) - static_cast<int>(ring_bits);
    return std::min(1.0, std::ldexp(std::abs(largest), exponent));
  }
};

/// What a program will cost, from shapes alone.
struct program_plan {
  std::string protocol;
  std::size_t ring_bits = 0, frac_bits = 0;
  std::vector<std::string> players;
  std::vector<plan_row> rows;  ///< in the order in which they first come
  cost set_up, online;         ///< the sums of bytes; rounds are those of the row that is last to know
  std::vector<plan_link> links;
  std::vector<plan_truncation> truncations;
  std::vector<std::uint64_t> prepared;  ///< bytes that each player keeps if all is prepared
  std::vector<plan_memory> memory;      ///< of each player, about
  std::vector<workload> work;           ///< of each player, the set-up included
  std::vector<planned_course> steps;    ///< what the players do, in order
  std::optional<prediction> predicted{};

  /// How long it takes over some links.
  [[nodiscard]] prediction predict(link_speed const& link, machine_speed const& machine = {}) const {
    return detail::predict(steps, players.size(), link, machine);
  }
  /// Probability that some truncation of the program goes wrong by far more than a unit, at most: see plan_truncation.
  [[nodiscard]] double failure_probability(double largest) const {
    double sum = 0;
    for (auto const& t : truncations)
      sum += static_cast<double>(t.values) * t.failure_probability(largest, frac_bits, ring_bits);
    return std::min(1.0, sum);
  }
};

namespace detail {

/// Counts what a step's players do.
inline void count_course(program_plan& into, planned_course const& step) {
  for (auto const& a : step.does.acts()) {
    if (a.what == act::kind::work) {
      into.work[a.player] = into.work[a.player] + a.work;
      into.rows[step.row].work = into.rows[step.row].work + a.work;
    } else if (a.what == act::kind::keep && a.ahead) {
      into.prepared[a.player] += a.bytes;
    } else if (a.what == act::kind::send) {
      auto const same = [&](plan_link const& l) { return l.from == a.player && l.to == a.peer; };
      auto at = std::find_if(into.links.begin(), into.links.end(), same);
      if (at == into.links.end()) at = into.links.insert(at, {a.player, a.peer, {}});
      at->sent[static_cast<std::size_t>(a.ph)] += traffic{1, a.bytes};
    }
  }
  for (auto const& t : step.does.truncations()) {
    auto const same = [&](plan_truncation const& other) {
      return other.row == step.row && other.bits == t.bits && other.exact == t.exact;
    };
    auto const at = std::find_if(into.truncations.begin(), into.truncations.end(), same);
    if (at == into.truncations.end())
      into.truncations.push_back({step.row, t.values, t.bits, t.exact});
    else
      at->values += t.values;
  }
}

inline plan_memory memory_of(std::vector<planned_course> const& steps, std::size_t player, bool is_helper) {
  std::uint64_t stays = 0, most = 0, most_beside = 0, kept = 0, queued = 0;
  for (auto const& step : steps) {
    std::uint64_t keeps = 0, holds = 0, taken = 0;
    for (auto const& a : step.does.acts()) {
      if (a.player != player) continue;
      if (a.what == act::kind::hold) holds += a.bytes;
      if (a.what == act::kind::receive) taken += a.bytes;
      if (a.what == act::kind::keep && a.ahead) keeps += a.bytes;
      if (a.what == act::kind::send && a.ph == phase::offline && is_helper) queued += a.bytes;
    }
    kept += keeps;
    if (step.stays) {  // meanwhile a server has what the other one sent, and the helper both of a mask's pieces
      stays += holds;
      holds = is_helper ? 2 * holds : taken;
    }
    most = std::max(most, holds + keeps);
    most_beside = std::max(most_beside, holds);
  }
  return {stays + most, stays + kept + most_beside, queued};
}

inline program_plan plan_of(party const& self, std::size_t planner) {
  program_plan out;
  out.players = self.players();
  out.players.erase(out.players.begin() + static_cast<std::ptrdiff_t>(planner));
  out.prepared.resize(out.players.size());
  out.work.resize(out.players.size());
  std::map<std::size_t, std::size_t> place;  // of a ledger's row among ours
  auto const& rows = self.spending().rows();
  planned_rounds set_up(self, self.players().size()), online(self, self.players().size());
  for (auto const& step : self.planned()) {
    auto const [at, added] = place.emplace(step.row, out.rows.size());
    auto const& of = rows.at(step.row);
    if (added) out.rows.push_back({of.scope, of.operation, of.steps, {}, {}, {}});
    auto& row = out.rows[at->second];
    bool const stays = step.ph == phase::set_up;
    (stays ? row.set_up : row.online) = (stays ? row.set_up : row.online) + step.cost;
    (stays ? out.set_up : out.online) = (stays ? out.set_up : out.online) + step.cost;
    (stays ? set_up : online).add(step);
    out.steps.push_back({at->second, stays, course_of(self, step)});
    count_course(out, out.steps.back());
  }
  for (std::size_t p = 0; p < out.players.size(); ++p)
    out.memory.push_back(memory_of(out.steps, p, p == self.helper()));
  out.set_up.rounds = set_up.most();
  out.online.rounds = online.most();
  return out;
}

}  // namespace detail

}  // namespace koi
