// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/channel.hpp>
#include <koi/net/clock_offset.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/frame.hpp>
#include <koi/net/meter.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// All channels of one player. Players are numbered in the order of the configuration, which is
/// the same everywhere.
///
/// Counts what it sends and receives, and compares the tag of every message with what the own
/// program expects, so that two programs that part stop at the first operation that differs.
///
/// Throws  channel errors, with the operation in front; bad_argument for a player without a link
/// Threads  one object: one thread at a time
class network {
 public:
  network(std::string const& me, std::vector<std::string> players)
      : players_(std::move(players)), channels_(players_.size()), clocks_(players_.size()), spent_(players_.size()) {
    for (auto it = players_.begin(); it != players_.end(); ++it)
      if (std::find(it + 1, players_.end(), *it) != players_.end())
        throw bad_argument(fmt::format("two players are called '{}'", *it));
    auto const at = std::find(players_.begin(), players_.end(), me);
    if (at == players_.end())
      throw bad_argument(fmt::format("'{}' is not among the players {}", me, fmt::join(players_, ", ")));
    me_ = static_cast<std::size_t>(at - players_.begin());
  }

  [[nodiscard]] std::size_t me() const noexcept { return me_; }
  [[nodiscard]] std::string const& name() const noexcept { return players_[me_]; }
  [[nodiscard]] std::vector<std::string> const& players() const noexcept { return players_; }
  [[nodiscard]] meter const& spent() const noexcept { return spent_; }

  /// Takes the channel to `player`, in place of one that is there, and what is known of its clock.
  void attach(std::size_t player, any_channel channel, std::optional<clock_offset> const& clock = std::nullopt) {
    if (player >= players_.size() || player == me_)
      throw bad_argument(fmt::format("{} cannot attach a channel to player {} of {}", name(), player, players_.size()));
    channels_[player].emplace(std::move(channel));
    clocks_[player] = clock;
  }

  /// By player; nothing where the player called us, and knows our clock.
  [[nodiscard]] std::vector<std::optional<clock_offset>> const& clocks() const noexcept { return clocks_; }

  [[nodiscard]] bool linked(std::size_t player) const noexcept {
    return player < channels_.size() && channels_[player].has_value();
  }

  /// Does not wait for the peer (see Channel). `tag.round` is filled in here.
  void send(std::size_t to, frame_tag tag, const_byte_span bytes) {
    auto& channel = channel_to(to);
    tag.round = spent_.rounds(tag.ph) + 1;
    try {
      channel.send(tag, bytes);
    } catch (channel_error const&) {
      rethrow_from(to_string(tag) + ": ");
    }
    spent_.count_sent(to, tag.ph, bytes.size());
  }

  /// Fills `into` with the next message of player `from`; `expected.round` is not compared.
  ///
  /// Throws  program_mismatch if it belongs to another operation than `expected`; channel errors
  void recv(std::size_t from, frame_tag const& expected, byte_span into, std::chrono::milliseconds wait) {
    auto& channel = channel_to(from);
    frame_tag came;
    try {
      came = channel.recv(into, wait);
    } catch (channel_error const&) {
      if (channel.refused()) compare(from, expected, *channel.refused());
      rethrow_from(to_string(expected) + ": ");
    }
    compare(from, expected, came);
    spent_.count_received(from, expected.ph, into.size(), came.round);
  }

  /// Moves queued bytes on without waiting; worth calling now and then in long local work.
  void progress() {
    for (auto& c : channels_)
      if (c) c->progress();
  }

  /// Waits until the system has taken all that was sent, so that this player can leave.
  void flush(std::chrono::milliseconds wait) {
    try {
      for (auto& c : channels_)
        if (c) c->flush(wait);
    } catch (channel_error const&) {
      rethrow_from("");
    }
  }

  /// Tells every peer why this player stops, then closes. Takes a moment per peer at most.
  void abort(abort_reason const& why) noexcept {
    for (auto& c : channels_)
      if (c) c->abort(why);
  }

  /// Delivers what was sent, then closes every channel.
  void close() noexcept {
    for (auto& c : channels_)
      if (c) c->close();
  }

 private:
  any_channel& channel_to(std::size_t player) {
    if (player >= players_.size())
      throw bad_argument(fmt::format("there is no player {}; {} are configured", player, players_.size()));
    if (!channels_[player]) throw bad_argument(fmt::format("{} has no link to {}", name(), players_[player]));
    return *channels_[player];
  }

  void compare(std::size_t from, frame_tag const& here, frame_tag const& there) const {
    if (here.operation == there.operation && here.name == there.name && here.digest == there.digest &&
        here.ph == there.ph)
      return;
    auto const& peer = players_[from];
    auto text = fmt::format("{} and {} run different programs: here {}, {} sent a message of {}", name(), peer,
                            to_string(here), peer, to_string(there));
    if (here.operation == there.operation && here.name == there.name)
      text += here.digest != there.digest ? "; shapes or earlier operations differ" : "; the phases differ";
    throw program_mismatch(peer, text);
  }

  /// The error in flight again, of the same type, with the operation in front, and nobody lost but a player.
  [[noreturn]] void rethrow_from(std::string const& operation) const {
    auto const say = [&operation](channel_error const& e) { return operation + e.what(); };
    try {
      throw;
    } catch (peer_aborted const& e) {
      throw peer_aborted(e.peer(), say(e), e.code(), detail::lost_one(e.lost(), players_, name()));
    } catch (channel_closed const& e) {
      throw channel_closed(e.peer(), say(e), e.code());
    } catch (channel_timeout const& e) {
      throw channel_timeout(e.peer(), say(e), e.code());
    } catch (bad_frame const& e) {
      throw bad_frame(e.peer(), say(e), e.code());
    }
  }

  std::vector<std::string> players_;
  std::vector<std::optional<any_channel>> channels_;
  std::vector<std::optional<clock_offset>> clocks_;
  meter spent_;
  std::size_t me_ = 0;
};

}  // namespace koi
