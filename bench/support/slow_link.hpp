// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/channel.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace koi::bench {

/// A link that is slower than this machine: what goes out of a player waits for its turn at the
/// player's rate, then travels for half a round trip.
struct link_model {
  double round_trip_ms = 0;
  double mbit = 0;  ///< 10^6 bits a second, out of one player to all others together
};

/// All emulated links of one group of players in this process, and what travelled on them online.
///
/// Threads  used by all players
class slow_network {
 public:
  using clock = std::chrono::steady_clock;

  slow_network(link_model model, std::size_t players) : model_(model), free_at_(players) {}

  /// When a message that leaves `from` now will have arrived at `to`.
  void leave(std::size_t from, std::size_t to, frame_tag const& tag, std::size_t bytes) {
    std::scoped_lock const lock(guard_);
    auto const on_the_line =
        std::chrono::duration<double>(static_cast<double>(bytes + frame_header_size) * 8 / (model_.mbit * 1e6));
    auto& free = free_at_.at(from);
    free = std::max(free, clock::now()) + std::chrono::duration_cast<clock::duration>(on_the_line);
    auto const travel = std::chrono::duration<double, std::milli>(model_.round_trip_ms / 2);
    due_[{from, to}].push_back(free + std::chrono::duration_cast<clock::duration>(travel));
    if (tag.ph == phase::online) flights_[tag.round].insert(koi::to_string(tag.name));
  }
  /// Waits until the next message from `from` has arrived at `to`; it is in the channel already.
  void arrive(std::size_t from, std::size_t to) {
    clock::time_point due;
    {
      std::scoped_lock const lock(guard_);
      auto& queue = due_.at({from, to});
      due = queue.front();
      queue.pop_front();
    }
    std::this_thread::sleep_until(due);
  }

  /// Names of the operations whose messages travelled in the last online rounds, round by round.
  [[nodiscard]] std::vector<std::string> last_flights(std::size_t rounds) const {
    std::scoped_lock const lock(guard_);
    std::vector<std::string> out;
    for (auto it = flights_.rbegin(); it != flights_.rend() && out.size() < rounds; ++it)
      out.push_back(fmt::format("{}", fmt::join(it->second, "+")));
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  mutable std::mutex guard_;
  link_model model_;
  std::vector<clock::time_point> free_at_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<clock::time_point>> due_;
  std::map<std::uint32_t, std::set<std::string>> flights_;
};

/// A channel over an emulated link.
template <Channel C>
class slow_channel {
 public:
  slow_channel(slow_network& over, std::size_t me, std::size_t peer, C inner)
      : over_(&over), me_(me), peer_(peer), inner_(std::move(inner)) {}

  [[nodiscard]] std::string const& peer() const noexcept { return inner_.peer(); }
  void send(frame_tag const& tag, const_byte_span bytes) {
    over_->leave(me_, peer_, tag, bytes.size());
    inner_.send(tag, bytes);
  }
  frame_tag recv(byte_span into, std::chrono::milliseconds wait) {
    auto const tag = inner_.recv(into, wait);
    over_->arrive(peer_, me_);
    return tag;
  }
  void abort(koi::abort_reason const& why) noexcept { inner_.abort(why); }
  void close() noexcept { inner_.close(); }

 private:
  slow_network* over_;
  std::size_t me_;
  std::size_t peer_;
  C inner_;
};

}  // namespace koi::bench
