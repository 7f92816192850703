// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace koi {

/// What a message belongs to: agreeing on keys and shares of inputs that stay (set_up), material
/// that depends on no input (offline), or the computation itself (online).
enum class phase : std::uint8_t { set_up, offline, online };
inline constexpr std::size_t phase_count = 3;

/// Messages and the bytes of their payloads; frame headers are not in `bytes`
/// (see frame_header_size).
struct traffic {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(traffic const&, traffic const&) = default;
  traffic& operator+=(traffic const& other) noexcept {
    messages += other.messages;
    bytes += other.bytes;
    return *this;
  }
  traffic& operator-=(traffic const& other) noexcept {
    messages -= other.messages;
    bytes -= other.bytes;
    return *this;
  }
  friend traffic operator+(traffic a, traffic const& b) noexcept { return a += b; }
  friend traffic operator-(traffic a, traffic const& b) noexcept { return a -= b; }
};

/// What one player sent and received, per peer and phase, and how deep its messages depend on one
/// another.
///
/// Rounds are depth: a message is one round deeper than the deepest message its sender had received
/// in the same phase when it was sent. Messages that depend only on earlier rounds thus share a
/// round, in whatever order they travel, and dealt material adds nothing to the online rounds.
///
/// A value: copy it before an operation and subtract the copy afterwards.
/// Threads  distinct objects: safe; one object: one thread at a time
class meter {
 public:
  explicit meter(std::size_t players = 0) : links_(players) {}

  [[nodiscard]] std::size_t players() const noexcept { return links_.size(); }

  [[nodiscard]] traffic sent(std::size_t to, phase ph) const { return links_.at(to).sent[at(ph)]; }
  [[nodiscard]] traffic received(std::size_t from, phase ph) const { return links_.at(from).received[at(ph)]; }

  /// Over all peers.
  [[nodiscard]] traffic sent(phase ph) const noexcept {
    traffic sum;
    for (auto const& l : links_) sum += l.sent[at(ph)];
    return sum;
  }
  [[nodiscard]] traffic received(phase ph) const noexcept {
    traffic sum;
    for (auto const& l : links_) sum += l.received[at(ph)];
    return sum;
  }

  /// Depth of the deepest message received so far in this phase.
  [[nodiscard]] std::uint32_t rounds(phase ph) const noexcept { return depth_[at(ph)]; }

  void count_sent(std::size_t to, phase ph, std::size_t bytes) { links_.at(to).sent[at(ph)] += traffic{1, bytes}; }
  void count_received(std::size_t from, phase ph, std::size_t bytes, std::uint32_t round) {
    links_.at(from).received[at(ph)] += traffic{1, bytes};
    depth_[at(ph)] = std::max(depth_[at(ph)], round);
  }

  friend bool operator==(meter const&, meter const&) = default;

  /// One after the other: rounds add up as well.
  meter& operator+=(meter const& then) {
    for (std::size_t i = 0; i < links_.size(); ++i)
      for (std::size_t p = 0; p < phase_count; ++p) {
        links_[i].sent[p] += then.links_.at(i).sent[p];
        links_[i].received[p] += then.links_.at(i).received[p];
      }
    for (std::size_t p = 0; p < phase_count; ++p) depth_[p] += then.depth_[p];
    return *this;
  }

  /// What was spent between two copies of the same meter.
  friend meter operator-(meter after, meter const& before) {
    for (std::size_t i = 0; i < after.links_.size(); ++i) {
      for (std::size_t p = 0; p < phase_count; ++p) {
        after.links_[i].sent[p] -= before.links_.at(i).sent[p];
        after.links_[i].received[p] -= before.links_.at(i).received[p];
      }
    }
    for (std::size_t p = 0; p < phase_count; ++p) after.depth_[p] -= before.depth_[p];
    return after;
  }

 private:
  struct link {
    std::array<traffic, phase_count> sent{};
    std::array<traffic, phase_count> received{};
    friend bool operator==(link const&, link const&) = default;
  };

  static constexpr std::size_t at(phase ph) noexcept { return static_cast<std::size_t>(ph); }

  std::vector<link> links_;
  std::array<std::uint32_t, phase_count> depth_{};
};

}  // namespace koi
