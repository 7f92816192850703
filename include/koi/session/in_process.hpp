// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/local.hpp>
#include <koi/session/roster.hpp>
#include <koi/session/session.hpp>

#include <exception>
#include <mutex>
#include <thread>

/// All players as threads of one process, on seeds of the operating system. For examples, tests and
/// trying things out: such a process holds every share, so there is no secrecy between its players.
/// Not in the umbrella header; a program that does this says so in its includes.

namespace koi {

namespace detail {

/// What tests may replace: where the seeds of pairs come from, and what is put around a channel.
struct in_process_parts {
  std::function<seed(std::size_t, std::size_t)> pair_seed = [](std::size_t, std::size_t) { return seed::from_os(); };
  std::function<any_channel(std::size_t me, std::size_t peer, any_channel)> around =
      [](std::size_t, std::size_t, any_channel channel) { return channel; };
  party_limits limits{};
};

/// Parties of one process, linked by local channels.
[[nodiscard]] inline std::vector<party> in_process_parties(std::vector<std::string> const& names, roster const& who,
                                                           in_process_parts const& parts = {}) {
  std::vector<network> networks;
  std::vector<std::vector<std::optional<seed>>> seeds(names.size(), std::vector<std::optional<seed>>(names.size()));
  for (auto const& name : names) networks.emplace_back(name, names);
  for (std::size_t a = 0; a < names.size(); ++a)
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      if (!have_link(who, a, b)) continue;
      channel_options options;
      if (a == who.helper || b == who.helper) options.queue_limit = helper_queue_bytes;
      auto [end_a, end_b] = make_local_pair(names[a], names[b], options);
      networks[a].attach(b, parts.around(a, b, any_channel(std::move(end_a))));
      networks[b].attach(a, parts.around(b, a, any_channel(std::move(end_b))));
      seeds[a][b] = seeds[b][a] = parts.pair_seed(a, b);
    }
  std::vector<party> parties;
  for (std::size_t p = 0; p < names.size(); ++p)
    parties.emplace_back(std::move(networks[p]), who, std::move(seeds[p]), parts.limits);
  return parties;
}

/// Runs a body for every party on a thread of its own. A party that throws closes its channels, so
/// that no peer waits. The first exception comes out; one that only tells of a peer that left does
/// so where no party has another.
template <class Body>
void run_threads(std::vector<party>& parties, Body body) {
  std::mutex guard;
  std::exception_ptr cause, consequence;
  auto const stop = [&](party& self, std::exception_ptr& first) {
    {
      std::scoped_lock lock(guard);
      if (!first) first = std::current_exception();
    }
    self.abort("its program failed");
  };
  {
    std::vector<std::jthread> threads;
    for (auto& self : parties)
      threads.emplace_back([&] {
        try {
          body(self);
        } catch (channel_closed const&) {
          stop(self, consequence);
        } catch (...) {
          stop(self, cause);
        }
      });
  }
  if (cause) std::rethrow_exception(cause);
  if (consequence) std::rethrow_exception(consequence);
}

}  // namespace detail

/// Runs a program with all players of a local cluster in this process and waits for them. The
/// servers and the protocol's helper are added to the cluster's names where they are missing.
///
/// `program` runs once per player, on a thread each: what it captures by reference it shares between
/// all of them, so an owner's callable should touch only what is its own.
/// Throws  the first error of any player, and not what another player learns of it
template <Protocol P, class Program>
void run(cluster const& players, Program&& program) {
  if (!players.is_local())
    throw bad_option("this cluster's players run as processes of their own; run needs the name of the one to be");
  auto const names = with_servers<P>(players.players());
  auto parties = detail::in_process_parties(names, find_roster<P>(names));
  detail::run_threads(parties, [&](party& self) {
    session<P> on(std::move(self));
    on.run(program);
  });
}

}  // namespace koi
