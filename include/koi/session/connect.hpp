// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/hello.hpp>
#include <koi/net/network.hpp>
#include <koi/session/cluster.hpp>
#include <koi/session/connect_options.hpp>
#include <koi/session/detail/connector.hpp>

#include <chrono>
#include <span>
#include <string_view>

namespace koi {

namespace detail {

/// The empty message by which a player says that it has all its links.
inline frame_tag all_are_here() noexcept {
  frame_tag tag;
  tag.ph = phase::set_up;
  tag.name = make_frame_name("all are here");
  return tag;
}

}  // namespace detail

/// Meets the other players over the network, in whatever order they start.
///
/// `ours` is what the hellos compare: protocol, ring_bits, frac_bits, program and config; connect
/// fills in the names. `mine[i]` is the fresh randomness for player i. `dials(a, b)` says whether
/// player a calls player b; two players of whom neither calls the other have no link. A player whom
/// nobody calls does not listen.
///
/// Every link is TLS 1.3 with a certificate at both ends if the player has keys or the configuration says
/// `"transport": "tls"`. A peer is the player that its certificate names, its hello names, and that was
/// called. Without keys links are plain TCP, to loopback addresses only, unless the configuration says
/// `"transport": "plain"`; then progress gets a warning. So it does within 14 days of a certificate's end, and where a
/// peer's clock is more than 5 seconds off: who calls notices both ways, who is called only a clock that is ahead.
///
/// A connection that sends no hello within hello_wait, or bytes that are none, or that does not prove to
/// be a player, is dropped and counted; nobody else notices. A player that goes away before all are
/// there may come back.
///
/// A player that waits tells any player of the configuration that asks what its hello says, but for the
/// contribution; without TLS, callers of this machine. Asking is no meeting.
///
/// Nobody starts before everybody has all links: the players then send each other one empty message
/// that says so.
///
/// Throws  bad_option (a local cluster, an unknown name, an address, a port or keys that cannot be used);
///         bad_identity, at the player who calls: one end refuses the other's certificate or transport;
///         hello_mismatch, at both players, which names both; channel_timeout, which names every
///         player that is missing; peer_aborted if a player gave up meanwhile
[[nodiscard]] inline connected_players connect(cluster const& players, std::string_view me, hello const& ours,
                                               std::span<seed_contribution const> mine, dial_rule const& dials,
                                               connect_options const& options = {}) {
  auto joined = detail::connector{players, me, ours, mine, dials, options}.run();
  auto const tag = detail::all_are_here();
  auto& links = joined.network;
  auto const peers = links.players().size();
  try {
    for (std::size_t p = 0; p < peers; ++p)
      if (links.linked(p)) links.send(p, tag, {});
    // a peer that still waits for somebody gives up, and says so, before we do
    for (std::size_t p = 0; p < peers; ++p)
      if (links.linked(p)) links.recv(p, tag, {}, options.connect_wait + options.hello_wait);
  } catch (channel_error const& e) {
    links.abort(e);
    throw;
  } catch (error const& e) {
    links.abort(e.what());
    throw;
  }
  return joined;
}

}  // namespace koi
