// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/clock_offset.hpp>
#include <koi/net/meter.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace koi {

/// Something that took a player's time: a step, handing over a message, or waiting for one.
struct timeline_event {
  enum class kind : std::uint8_t { step, send, wait };

  kind what = kind::step;
  phase ph = phase::online;                  ///< of a message
  std::uint32_t operation = 0;               ///< number of the step: the same at every player
  std::size_t row = 0;                       ///< of the ledger: scope and kind of the step
  std::size_t peer = 0;                      ///< of a message
  std::uint64_t message = 0;                 ///< how many went that way on this link before
  std::uint64_t bytes = 0;                   ///< of a message
  std::uint32_t rounds = 0;                  ///< of the message's phase so far, at a wait
  std::chrono::nanoseconds from{}, until{};  ///< since the recording began
};

/// What a player did and when, in bounded memory. Names, sizes and times alone go in, nothing secret.
///
/// Threads  one object: one thread at a time
class timeline {
 public:
  using clock = std::chrono::steady_clock;

  /// `clocks` says of each player how far its clock is ahead, where that is known.
  timeline(std::size_t players, std::size_t most_events, std::vector<std::optional<clock_offset>> clocks = {})
      : most_(most_events),
        clocks_(std::move(clocks)),
        sent_(players),
        received_(players),
        begun_(clock::now()),
        day_(std::chrono::system_clock::now()) {
    clocks_.resize(players);
  }

  /// When the recording began, by this machine's clock.
  [[nodiscard]] std::chrono::system_clock::time_point begun() const noexcept { return day_; }
  [[nodiscard]] std::vector<std::optional<clock_offset>> const& clocks() const noexcept { return clocks_; }
  /// In the order in which they ended.
  [[nodiscard]] std::vector<timeline_event> const& events() const noexcept { return events_; }
  /// Events that found no room any more.
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

  void step(std::uint32_t operation, std::size_t row, clock::time_point from) {
    add({timeline_event::kind::step, phase::online, operation, row, 0, 0, 0, 0, since(from), since(clock::now())});
  }
  void sent(std::uint32_t operation, std::size_t row, std::size_t to, phase ph, std::uint64_t bytes,
            clock::time_point from) {
    add({timeline_event::kind::send, ph, operation, row, to, sent_[to]++, bytes, 0, since(from), since(clock::now())});
  }
  void received(std::uint32_t operation, std::size_t row, std::size_t peer, phase ph, std::uint64_t bytes,
                std::uint32_t rounds, clock::time_point from) {
    add({timeline_event::kind::wait, ph, operation, row, peer, received_[peer]++, bytes, rounds, since(from),
         since(clock::now())});
  }

 private:
  [[nodiscard]] std::chrono::nanoseconds since(clock::time_point t) const noexcept { return t - begun_; }
  void add(timeline_event const& event) noexcept {
    try {
      if (events_.size() < most_) return events_.push_back(event);
    } catch (...) {  // no memory: steps end all the same
    }
    ++left_out_;
  }

  std::size_t most_;
  std::vector<std::optional<clock_offset>> clocks_;
  std::vector<timeline_event> events_;
  std::vector<std::uint64_t> sent_, received_;  // messages so far, by peer
  std::uint64_t left_out_ = 0;
  clock::time_point begun_;
  std::chrono::system_clock::time_point day_;
};

}  // namespace koi
