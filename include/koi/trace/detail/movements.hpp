// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/session.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace koi::trace::detail {

/// What a message carries, told by its step and who sends it to whom.
enum class carries : std::uint8_t { weights, input, opening, revealed, dealt, asked, answered, output, other };

struct movement {
  carries what;
  std::string scope;  ///< of inputs and outputs
  std::size_t from, to;
  friend auto operator<=>(movement const&, movement const&) = default;
};

/// Bytes that went between players, by what they carried. Sender and receiver count a message each; it is here once,
/// whether one of the two is added or both.
class movements {
 public:
  template <Protocol P>
  void add(session<P>& on) {
    auto const& self = on.self();
    std::map<movement, std::uint64_t> now;
    for (auto const& row : on.ledger().rows())
      for (std::size_t p = 0; p < on.players().size(); ++p)
        for (auto const ph : {phase::set_up, phase::offline, phase::online}) {
          count(now, self, row, ph, self.id(), p, row.spent.sent(p, ph));
          count(now, self, row, ph, p, self.id(), row.spent.received(p, ph));
        }
    for (auto& [what, seen] : now) {
      auto& bytes = all_[what];
      bytes = std::max(bytes, seen);
    }
  }

  /// Bytes of those that a condition picks, and each of them as text.
  struct sum {
    std::uint64_t bytes = 0;
    std::string links;
  };
  template <class Picks>
  [[nodiscard]] sum of(std::vector<std::string> const& players, Picks picks) const {
    sum s;
    for (auto const& [m, bytes] : all_) {
      if (!picks(m)) continue;
      s.bytes += bytes;
      s.links +=
          fmt::format("{}{} to {}: {} bytes", s.links.empty() ? "" : "; ", players[m.from], players[m.to], bytes);
    }
    return s;
  }
  /// What a player gave as input, or took as output, by scope.
  [[nodiscard]] std::set<std::pair<carries, std::string>> scopes(std::size_t player, bool gave) const {
    std::set<std::pair<carries, std::string>> out;
    for (auto const& [m, bytes] : all_)
      if ((gave ? m.from : m.to) == player && (gave ? m.what <= carries::input : m.what == carries::output))
        out.emplace(m.what, m.scope);
    return out;
  }

 private:
  static void count(std::map<movement, std::uint64_t>& into, party const& self, ledger_row const& row, phase ph,
                    std::size_t from, std::size_t to, traffic const& seen) {
    auto const what = carried(row.operation, ph, self.role_of(from), self.role_of(to));
    if (seen.messages == 0 || (seen.bytes == 0 && what > carries::input)) return;
    bool const named = what == carries::weights || what == carries::input || what == carries::output;
    into[{what, named ? row.scope : "", from, to}] += seen.bytes;
  }
  static carries carried(std::string_view operation, phase ph, role from, role to) {
    if (operation == "input") return ph == phase::set_up ? carries::weights : carries::input;
    if (operation == "output") return carries::output;
    if (from == role::own || to == role::own) return carries::other;
    if (from == role::compute && to == role::compute)
      return operation == "reveal" ? carries::revealed : carries::opening;
    if (to != role::compute) return carries::asked;
    return ph == phase::offline ? carries::dealt : carries::answered;
  }

  std::map<movement, std::uint64_t> all_;
};

}  // namespace koi::trace::detail
