// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/meter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace koi {

/// What a player computes, in units that a machine has a speed for.
struct workload {
  std::uint64_t multiply_adds = 0;  ///< in matrix products, convolutions and their kin
  std::uint64_t drawn = 0;          ///< bytes of streams, and of AES blocks of keys
  std::uint64_t touched = 0;        ///< bytes that are written element by element; those of messages are not among them

  friend constexpr workload operator+(workload a, workload const& b) noexcept {
    return {a.multiply_adds + b.multiply_adds, a.drawn + b.drawn, a.touched + b.touched};
  }
  friend constexpr bool operator==(workload const&, workload const&) = default;
};

/// One thing that one player does in a step.
struct act {
  enum class kind : std::uint8_t { work, send, receive, keep, hold };

  kind what = kind::work;
  bool ahead = false;  ///< in the step's offline half
  phase ph = phase::online;
  std::size_t player = 0;
  std::size_t peer = 0;     ///< of a message
  std::uint64_t bytes = 0;  ///< of a message, kept between the halves, or held beside that
  workload work{};
};

/// A truncation of a step.
struct truncation_use {
  std::uint64_t values = 0;
  std::size_t bits = 0;
  bool exact =
      true;  ///< off by at most one unit, always; else by far more with a probability that grows with the value
};

/// What every player does in a step, from shapes alone, each player's acts in their order. Between two players the
/// n-th act of receiving is for the n-th message; it may stand in a later step.
class course {
 public:
  course(std::array<std::size_t, 2> servers, std::size_t helper, bool helper_keeps, phase of_messages)
      : servers_(servers), helper_(helper), helper_keeps_(helper_keeps), ph_(of_messages) {}

  /// What follows belongs to the step's offline half, or to its online half.
  course& offline() noexcept { return ahead_ = true, *this; }
  course& online() noexcept { return ahead_ = false, *this; }

  [[nodiscard]] std::size_t server(unsigned j) const noexcept { return servers_[j]; }
  [[nodiscard]] std::size_t helper() const noexcept { return helper_; }

  /// Messages of the offline half are offline ones, all others of the step's phase.
  course& send(std::size_t from, std::size_t to, std::uint64_t bytes) {
    return add({.what = act::kind::send, .player = from, .peer = to, .bytes = bytes});
  }
  course& receive(std::size_t at, std::size_t from, std::uint64_t bytes) {
    return add({.what = act::kind::receive, .player = at, .peer = from, .bytes = bytes});
  }
  course& message(std::size_t from, std::size_t to, std::uint64_t bytes) {
    return send(from, to, bytes).receive(to, from, bytes);
  }
  course& work(std::size_t at, workload const& w) { return add({.what = act::kind::work, .player = at, .work = w}); }
  course& keep(std::size_t at, std::uint64_t bytes) {
    return add({.what = act::kind::keep, .player = at, .bytes = bytes});
  }

  course& hold(std::size_t at, std::uint64_t bytes) {
    return add({.what = act::kind::hold, .player = at, .bytes = bytes});
  }

  /// The servers send each other messages of one size, and take them.
  course& swap_begin(std::uint64_t bytes) {
    return send(server(0), server(1), bytes).send(server(1), server(0), bytes);
  }
  course& swap_end(std::uint64_t bytes) {
    return receive(server(0), server(1), bytes).receive(server(1), server(0), bytes);
  }
  /// Both servers do the same work, or keep as much.
  course& servers_work(workload const& w) { return work(server(0), w).work(server(1), w); }
  course& servers_keep(std::uint64_t bytes) { return keep(server(0), bytes).keep(server(1), bytes); }
  course& servers_hold(std::uint64_t bytes) { return hold(server(0), bytes).hold(server(1), bytes); }

  /// What a helper keeps that takes part online; one that only deals keeps nothing.
  course& helper_keep(std::uint64_t bytes) { return helper_keeps_ ? keep(helper_, bytes) : *this; }

  course& truncates(truncation_use const& how) { return truncations_.push_back(how), *this; }

  [[nodiscard]] std::vector<act> const& acts() const noexcept { return acts_; }
  [[nodiscard]] std::vector<truncation_use> const& truncations() const noexcept { return truncations_; }

 private:
  course& add(act a) {
    a.ahead = ahead_;
    a.ph = ahead_ ? phase::offline : ph_;
    acts_.push_back(a);
    return *this;
  }

  std::array<std::size_t, 2> servers_;
  std::size_t helper_;
  bool helper_keeps_;
  phase ph_;
  bool ahead_ = false;
  std::vector<act> acts_;
  std::vector<truncation_use> truncations_;
};

}  // namespace koi
