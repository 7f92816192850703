// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/connect.hpp>
#include <koi/session/roster.hpp>
#include <koi/session/session.hpp>

namespace koi {

/// How a player joins and waits.
struct session_options {
  std::string program = "koi";  ///< its name; peers with another one are refused
  std::uint64_t config = 0;     ///< digest of whatever else must be equal; the same
  party_limits limits{};
  std::chrono::milliseconds connect_wait = std::chrono::minutes(2);
  channel_options channel{};                       ///< of every link; the helper's queues are bounded in any case
  std::function<void(std::string_view)> progress;  ///< gets warnings, and a line now and then while players are missing
  std::function<std::chrono::nanoseconds()> clock = clock_reading;  ///< that peers are told, and compared with
};

/// Connects one player of a cluster to the others, over TLS or, where that is allowed, plain TCP, in whatever order
/// they start; see connect.
///
/// Both ends of a link contribute 256 bits from the operating system to the seed they share.
/// Throws  bad_option, bad_identity, hello_mismatch, channel_timeout, no_entropy; see connect
template <Protocol P>
[[nodiscard]] session<P> connect_session(cluster const& players, std::string_view me,
                                         session_options const& options = {}) {
  auto const& names = players.players();
  auto const who = find_roster<P>(names);
  auto const my_id = players.index_of(me);

  std::vector<seed_contribution> mine(names.size());
  for (auto& contribution : mine) fill_from_os(contribution);
  hello ours;
  ours.protocol = P::name();
  ours.ring_bits = P::ring::bits;
  ours.frac_bits = P::frac_bits;
  ours.program = options.program;
  ours.config = options.config;
  connect_options how;
  how.connect_wait = options.connect_wait;
  how.progress = options.progress;
  how.clock = options.clock;
  how.channel = options.channel;
  if (my_id == who.helper) how.channel.queue_limit = std::min(how.channel.queue_limit, helper_queue_bytes);
  auto joined = connect(
      players, me, ours, mine, [&](std::size_t a, std::size_t b) { return dials(who, a, b); }, how);

  std::vector<std::optional<seed>> shared(names.size());
  for (std::size_t peer = 0; peer < names.size(); ++peer) {
    if (!have_link(who, my_id, peer)) continue;
    auto const first = std::min(my_id, peer), second = std::max(my_id, peer);
    auto const& first_part = first == my_id ? mine[peer] : joined.contributions[peer];
    auto const& second_part = second == my_id ? mine[peer] : joined.contributions[peer];
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), second_part.data(), sizeof words);
    shared[peer] =
        derive(seed(first_part), "koi pairwise seed", {first, second, words[0], words[1], words[2], words[3]});
    wipe(words.data(), sizeof words);
  }
  return session<P>(party(std::move(joined.network), who, std::move(shared), options.limits));
}

/// Runs a program as one player of a cluster: connects, runs, closes.
template <Protocol P, class Program>
void run(cluster const& players, std::string_view me, Program&& program, session_options const& options = {}) {
  auto joined = connect_session<P>(players, me, options);
  joined.run(std::forward<Program>(program));
}

}  // namespace koi
