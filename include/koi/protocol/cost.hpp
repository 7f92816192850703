// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace koi {

/// What a protocol operation costs, as a function of shapes: its rounds, and the bytes of its
/// messages' payloads by kind of link, both directions of a link and all players together.
///
/// A message is one round deeper than the deepest message that its sender had received: messages
/// that depend only on earlier rounds share a round, and what the helper deals from shapes alone
/// (offline) is in none. The channels' counters measure the same (see meter), and the conformance
/// suite compares the two.
struct cost {
  std::uint64_t rounds = 0;    ///< online, of the whole operation
  std::uint64_t dealt = 0;     ///< offline bytes, helper to servers
  std::uint64_t servers = 0;   ///< online bytes between the two compute servers
  std::uint64_t assisted = 0;  ///< online bytes between the servers and the helper
  std::uint64_t owners = 0;    ///< online bytes between owners and servers

  [[nodiscard]] std::uint64_t online() const noexcept { return servers + assisted + owners; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return dealt + online(); }

  /// One operation after the other.
  friend constexpr cost operator+(cost a, cost const& b) noexcept {
    a.rounds += b.rounds;
    a.dealt += b.dealt;
    a.servers += b.servers;
    a.assisted += b.assisted;
    a.owners += b.owners;
    return a;
  }
  /// The same operation several times, one after the other.
  friend constexpr cost operator*(std::uint64_t times, cost a) noexcept {
    return {times * a.rounds, times * a.dealt, times * a.servers, times * a.assisted, times * a.owners};
  }
  friend constexpr bool operator==(cost const&, cost const&) = default;
};

}  // namespace koi
