// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/detail/json.hpp>
#include <koi/session/session.hpp>

#include <algorithm>
#include <cmath>

/// A player's ledger for people and for programs.
namespace koi::trace {

namespace detail {

inline double milliseconds(ledger_row::duration t) { return std::chrono::duration<double, std::milli>(t).count(); }

/// "12.3k": at most five characters.
inline std::string short_bytes(std::uint64_t bytes) {
  static constexpr std::array<char, 5> unit{'\0', 'k', 'M', 'G', 'T'};
  auto amount = static_cast<double>(bytes);
  std::size_t u = 0;
  for (; amount >= 999.5 && u + 1 < unit.size(); ++u) amount /= 1000;
  if (u == 0) return fmt::format("{}", bytes);
  return fmt::format("{:.{}f}{}", amount, amount < 9.95 ? 2 : amount < 99.5 ? 1 : 0, unit[u]);
}

inline std::uint64_t bytes_of(meter const& spent, phase ph) { return spent.sent(ph).bytes + spent.received(ph).bytes; }

inline std::string table_line(std::string_view what, std::size_t width, ledger_row const& r) {
  return fmt::format("{:<{}} {:>6} {:>10.3f} {:>10.3f} {:>6} {:>8} {:>8} {:>8} {:>8}\n", what, width, r.steps,
                     milliseconds(r.time), milliseconds(r.waiting), r.spent.rounds(phase::online),
                     short_bytes(bytes_of(r.spent, phase::set_up)), short_bytes(bytes_of(r.spent, phase::offline)),
                     short_bytes(bytes_of(r.spent, phase::online)), short_bytes(r.peak_bytes));
}

inline nlohmann::ordered_json to_json(ledger_row const& row, std::vector<std::string> const& players) {
  static constexpr std::array<std::pair<phase, char const*>, phase_count> phases{
      {{phase::set_up, "set_up"}, {phase::offline, "offline"}, {phase::online, "online"}}};
  using json = nlohmann::ordered_json;
  json out{{"scope", row.scope},
           {"operation", row.operation},
           {"shapes", row.shapes},
           {"steps", row.steps},
           {"milliseconds", milliseconds(row.time)},
           {"waiting_milliseconds", milliseconds(row.waiting)},
           {"peak_bytes", row.peak_bytes}};
  json rounds = json::object(), links = json::object();
  for (auto const& [ph, name] : phases) rounds[name] = row.spent.rounds(ph);
  for (std::size_t p = 0; p < players.size(); ++p) {
    json link = json::object();
    for (auto const& [ph, name] : phases) {
      auto const sent = row.spent.sent(p, ph), received = row.spent.received(p, ph);
      if (sent.messages + received.messages == 0) continue;
      link[name] = {{"sent_messages", sent.messages},
                    {"sent_bytes", sent.bytes},
                    {"received_messages", received.messages},
                    {"received_bytes", received.bytes}};
    }
    if (!link.empty()) links[players[p]] = std::move(link);
  }
  out["rounds"] = std::move(rounds);
  out["links"] = std::move(links);
  return out;
}

}  // namespace detail

/// The ledger as lines of text: for each scope its kinds of steps, in the order in which they first came; milliseconds,
/// rounds online, bytes sent and received by phase, and the most secret memory.
template <Protocol P>
[[nodiscard]] std::string ledger_table(session<P> const& on) {
  auto const& rows = on.ledger().rows();
  std::size_t width = 24;
  for (auto const& r : rows) width = std::max(width, std::max(r.scope.size(), r.operation.size() + 2));
  auto out = fmt::format("{:<{}} {:>6} {:>10} {:>10} {:>6} {:>8} {:>8} {:>8} {:>8}\n", on.me(), width, "steps", "ms",
                         "waiting", "rounds", "set-up", "offline", "online", "peak");
  std::vector<std::string> scopes;
  for (auto const& r : rows)
    if (std::find(scopes.begin(), scopes.end(), r.scope) == scopes.end()) scopes.push_back(r.scope);
  for (auto const& scope : scopes) {
    if (!scope.empty()) out += scope + "\n";
    for (auto const& r : rows)
      if (r.scope == scope && (r.steps > 0 || r.time.count() > 0))
        out += detail::table_line((scope.empty() ? "" : "  ") + r.operation, width, r);
  }
  return out + detail::table_line("all", width, on.ledger().total());
}

/// The same with every number, as JSON text: {"player", "protocol", "players", "rows": [...], "total"}. Milliseconds
/// and bytes; of a link's messages those that this player sent and received.
template <Protocol P>
[[nodiscard]] std::string ledger_json(session<P> const& on) {
  nlohmann::ordered_json out{{"player", on.me()}, {"protocol", P::name()}, {"players", on.players()}};
  auto rows = nlohmann::ordered_json::array();
  for (auto const& r : on.ledger().rows()) rows.push_back(detail::to_json(r, on.players()));
  out["rows"] = std::move(rows);
  auto total = detail::to_json(on.ledger().total(), on.players());
  total.erase("scope");
  total.erase("operation");
  out["total"] = std::move(total);
  return out.dump(2);
}

}  // namespace koi::trace
