// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/trace/ledger.hpp>
#include <koi/trace/program_plan.hpp>

/// A plan for people and for programs.
namespace koi::trace {

namespace detail {

inline std::string plan_line(std::string_view what, std::size_t width, std::uint64_t steps, cost const& set_up,
                             cost const& online, workload const& work) {
  return fmt::format("{:<{}} {:>6} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", what, width, steps, online.rounds,
                     short_bytes(set_up.bytes()), short_bytes(online.dealt), short_bytes(online.servers),
                     short_bytes(online.assisted), short_bytes(online.owners), short_bytes(work.multiply_adds));
}

inline std::uint64_t all_values(program_plan const& plan, bool exact) {
  std::uint64_t sum = 0;
  for (auto const& t : plan.truncations)
    if (t.exact == exact) sum += t.values;
  return sum;
}

inline std::string plan_links(program_plan const& plan) {
  auto out = fmt::format("\n{:<40} {:>9} {:>9} {:>9}\n", "bytes by link", "set-up", "dealt", "online");
  for (auto const& l : plan.links)
    out += fmt::format("{:<40} {:>9} {:>9} {:>9}\n", plan.players[l.from] + " to " + plan.players[l.to],
                       short_bytes(l.sent[0].bytes), short_bytes(l.sent[1].bytes), short_bytes(l.sent[2].bytes));
  return out;
}

inline std::string plan_players(program_plan const& plan) {
  auto out = fmt::format("\n{:<40} {:>9} {:>9} {:>9} {:>9}\n", "by player", "prepared", "memory", "mul-adds", "drawn");
  for (std::size_t p = 0; p < plan.players.size(); ++p)
    out += fmt::format("{:<40} {:>9} {:>9} {:>9} {:>9}\n", plan.players[p], short_bytes(plan.prepared[p]),
                       short_bytes(plan.memory[p].whole), short_bytes(plan.work[p].multiply_adds),
                       short_bytes(plan.work[p].drawn));
  return out;
}

inline std::string plan_truncations(program_plan const& plan) {
  auto const exact = all_values(plan, true), other = all_values(plan, false);
  if (exact + other == 0) return {};
  auto out = fmt::format("\n{} values truncated, off by one unit in the last place at most\n", exact + other);
  if (other > 0) {
    out += fmt::format("{} of them on their own: far off with a probability, for results up to 1, of\n", other);
    for (auto const& t : plan.truncations)
      if (!t.exact)
        out += fmt::format("  {:.1e} each, {} values by {} bits in {} {}\n",
                           t.failure_probability(1, plan.frac_bits, plan.ring_bits), t.values, t.bits,
                           plan.rows[t.row].scope, plan.rows[t.row].operation);
  }
  return out;
}

inline std::string plan_seconds(program_plan const& plan) {
  if (!plan.predicted) return {};
  auto const& s = *plan.predicted;
  return fmt::format(
      "\npredicted: {:.1f} ms whole; prepared {:.1f} ms offline and {:.1f} ms online; set-up {:.1f} ms\n",
      s.whole * 1e3, s.offline * 1e3, s.online * 1e3, s.set_up * 1e3);
}

inline nlohmann::ordered_json to_json(cost const& c) {
  return {
      {"rounds", c.rounds}, {"dealt", c.dealt}, {"servers", c.servers}, {"assisted", c.assisted}, {"owners", c.owners}};
}
inline nlohmann::ordered_json to_json(workload const& w) {
  return {{"multiply_adds", w.multiply_adds}, {"drawn_bytes", w.drawn}, {"touched_bytes", w.touched}};
}
inline nlohmann::ordered_json to_json(prediction const& s) {
  return {{"set_up", s.set_up}, {"whole", s.whole}, {"offline", s.offline}, {"online", s.online}};
}

}  // namespace detail

/// A plan as lines of text: for each scope its kinds of steps with rounds online, bytes and multiply-adds; then bytes
/// by link, what each player keeps and computes, the truncations, and seconds where they are predicted.
[[nodiscard]] inline std::string plan_table(program_plan const& plan) {
  std::size_t width = 24;
  for (auto const& r : plan.rows) width = std::max(width, std::max(r.scope.size(), r.operation.size() + 2));
  auto out = fmt::format("{:<{}} {:>6} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "", width, "steps", "rounds",
                         "set-up", "dealt", "servers", "assisted", "owners", "mul-adds");
  std::string scope;
  std::uint64_t steps = 0;
  workload work;
  for (auto const& r : plan.rows) {
    if (r.scope != scope) out += r.scope + "\n";
    scope = r.scope;
    steps += r.steps;
    work = work + r.work;
    out += detail::plan_line((scope.empty() ? "" : "  ") + r.operation, width, r.steps, r.set_up, r.online, r.work);
  }
  return out + detail::plan_line("all", width, steps, plan.set_up, plan.online, work) + detail::plan_links(plan) +
         detail::plan_players(plan) + detail::plan_truncations(plan) + detail::plan_seconds(plan);
}

/// A line for each of several plans of one program: rounds, bytes and, where they are predicted, milliseconds.
[[nodiscard]] inline std::string plans_table(std::vector<program_plan> const& plans) {
  std::size_t width = 24;
  for (auto const& p : plans) width = std::max(width, p.protocol.size());
  auto out = fmt::format("{:<{}} {:>6} {:>9} {:>9} {:>11} {:>11} {:>11}\n", "", width, "rounds", "dealt", "online",
                         "whole ms", "offline ms", "online ms");
  for (auto const& p : plans) {
    auto const s = p.predicted.value_or(prediction{});
    out += fmt::format("{:<{}} {:>6} {:>9} {:>9} {:>11.1f} {:>11.1f} {:>11.1f}\n", p.protocol, width, p.online.rounds,
                       detail::short_bytes(p.online.dealt), detail::short_bytes(p.online.online()), s.whole * 1e3,
                       s.offline * 1e3, s.online * 1e3);
  }
  return out;
}

/// A plan with every number, as JSON text. Bytes, and seconds.
[[nodiscard]] inline std::string plan_json(program_plan const& plan) {
  using json = nlohmann::ordered_json;
  json out{{"protocol", plan.protocol}, {"ring_bits", plan.ring_bits}, {"frac_bits", plan.frac_bits}};
  out["set_up"] = detail::to_json(plan.set_up);
  out["online"] = detail::to_json(plan.online);
  auto rows = json::array(), links = json::array(), players = json::array(), truncations = json::array();
  for (auto const& r : plan.rows)
    rows.push_back({{"scope", r.scope},
                    {"operation", r.operation},
                    {"steps", r.steps},
                    {"set_up", detail::to_json(r.set_up)},
                    {"online", detail::to_json(r.online)},
                    {"work", detail::to_json(r.work)}});
  for (auto const& l : plan.links) {
    json link{{"from", plan.players[l.from]}, {"to", plan.players[l.to]}};
    for (auto const& [ph, name] : {std::pair(phase::set_up, "set_up"), std::pair(phase::offline, "offline"),
                                   std::pair(phase::online, "online")}) {
      auto const& sent = l.sent[static_cast<std::size_t>(ph)];
      link[name] = {{"messages", sent.messages}, {"bytes", sent.bytes}};
    }
    links.push_back(std::move(link));
  }
  for (std::size_t p = 0; p < plan.players.size(); ++p)
    players.push_back({{"player", plan.players[p]},
                       {"prepared_bytes", plan.prepared[p]},
                       {"memory_bytes", plan.memory[p].whole},
                       {"memory_bytes_prepared", plan.memory[p].prepared},
                       {"queued_bytes", plan.memory[p].queued},
                       {"work", detail::to_json(plan.work[p])}});
  for (auto const& t : plan.truncations)
    truncations.push_back({{"scope", plan.rows[t.row].scope},
                           {"operation", plan.rows[t.row].operation},
                           {"values", t.values},
                           {"bits", t.bits},
                           {"units_off", 1},
                           {"failure_probability_at_1", t.failure_probability(1, plan.frac_bits, plan.ring_bits)}});
  out["rows"] = std::move(rows);
  out["links"] = std::move(links);
  out["players"] = std::move(players);
  out["truncations"] = std::move(truncations);
  if (plan.predicted) out["seconds"] = detail::to_json(*plan.predicted);
  return out.dump(2);
}

}  // namespace koi::trace
