// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/concepts.hpp>
#include <koi/session/cluster.hpp>

#include <algorithm>

namespace koi {

/// Finds the players that hold a protocol's roles by their names: server0, server1, and the helper
/// under one of the names that the protocol accepts.
///
/// Throws  bad_option that names who is missing and who is there
template <Protocol P>
[[nodiscard]] roster find_roster(std::vector<std::string> const& players) {
  auto const find = [&](std::vector<std::string> const& names) {
    for (auto const& name : names) {
      auto const at = std::find(players.begin(), players.end(), name);
      if (at != players.end()) return static_cast<std::size_t>(at - players.begin());
    }
    throw bad_option(fmt::format("{} needs a player called {}; the players are {}", P::name(), fmt::join(names, " or "),
                                 fmt::join(players, ", ")));
  };
  return {find({"server0"}), find({"server1"}), find(P::helper_names()), P::helper_role};
}

/// A protocol's own players and then the owners. The helper goes under the name that is among the
/// owners already, or else under the one that the protocol prefers.
template <Protocol P>
[[nodiscard]] std::vector<std::string> with_servers(std::vector<std::string> const& owners) {
  auto const accepted = P::helper_names();
  auto const named = std::find_first_of(accepted.begin(), accepted.end(), owners.begin(), owners.end());
  std::vector<std::string> players{"server0", "server1", named == accepted.end() ? accepted.front() : *named};
  for (auto const& owner : owners)
    if (std::find(players.begin(), players.end(), owner) == players.end()) players.push_back(owner);
  return players;
}

/// Whether two players have a link, and so a seed, in common: the servers and the helper each with
/// each other, an owner with both servers.
[[nodiscard]] inline bool have_link(roster const& who, std::size_t a, std::size_t b) noexcept {
  auto const serves = [&](std::size_t p) { return p == who.server0 || p == who.server1; };
  auto const inside = [&](std::size_t p) { return serves(p) || p == who.helper; };
  return a != b && ((inside(a) && inside(b)) || serves(a) || serves(b));
}

/// Owners call the servers; among servers and helper the later one in the configuration calls.
[[nodiscard]] inline bool dials(roster const& who, std::size_t a, std::size_t b) noexcept {
  auto const inside = [&](std::size_t p) { return p == who.server0 || p == who.server1 || p == who.helper; };
  if (!have_link(who, a, b)) return false;
  return inside(a) == inside(b) ? a > b : inside(b);
}

/// Bytes that a helper's messages may wait in its own memory before it pauses.
inline constexpr std::size_t helper_queue_bytes = std::size_t{256} << 20;

}  // namespace koi
