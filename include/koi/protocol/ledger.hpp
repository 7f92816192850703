// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/block_cache.hpp>
#include <koi/core/shape.hpp>
#include <koi/net/meter.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// What the steps of one kind in one part of the program took at one player, over all runs.
struct ledger_row {
  using duration = std::chrono::steady_clock::duration;

  std::string scope;               ///< "model/dense_1"; empty outside of all scopes
  std::string operation;           ///< kind of the steps, "matmul"; `ledger::local` for what is between steps
  std::vector<shape_type> shapes;  ///< of what the first of them was about
  std::uint64_t steps = 0;
  duration time{};             ///< all of it
  duration waiting{};          ///< the part in which nothing but a message was missing
  meter spent;                 ///< messages and bytes by peer and phase, rounds by phase
  std::size_t peak_bytes = 0;  ///< the most secret memory that this player's thread had meanwhile
};

/// Where a player's time, rounds, bytes and memory went: a row for every kind of step in every scope.
///
/// Every moment of a run belongs to one row: to the step that began last and has not ended, or to what the scope does
/// on its own. Every message belongs to the row of its step, so the rows add up to the party's counters. Shapes, names
/// and times alone go in, nothing secret.
///
/// Threads  one object: one thread at a time
class ledger {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::string_view local = "local";

  /// `before` is what was spent on meeting the others.
  explicit ledger(meter before) : players_(before.players()) {
    open_scope("");
    rows_[0].spent = std::move(before);
  }

  [[nodiscard]] std::vector<ledger_row> const& rows() const noexcept { return rows_; }

  /// All rows in one.
  [[nodiscard]] ledger_row total() const {
    ledger_row sum;
    sum.spent = meter(players_);
    for (auto const& row : rows_) {
      sum.steps += row.steps;
      sum.time += row.time;
      sum.waiting += row.waiting;
      sum.spent += row.spent;
      sum.peak_bytes = std::max(sum.peak_bytes, row.peak_bytes);
    }
    return sum;
  }

  /// From now on nothing is written down, which is for measuring what writing costs.
  void close() noexcept { closed_ = true, running_ = false; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  /// Time counts between these two.
  void resume() noexcept {
    if (closed_) return;
    running_ = true;
    since_ = clock::now();
    koi::detail::this_thread_memory.most = koi::detail::this_thread_memory.now;
  }
  void pause() noexcept {
    settle();
    running_ = false;
  }

  /// From here to `leave` steps belong to a scope within the present one.
  void enter(std::string_view name) {
    if (closed_) return;
    settle();
    auto const& outer = scope();
    open_scope(outer.empty() ? std::string(name) : outer + "/" + std::string(name));
  }
  void leave() noexcept {
    if (closed_) return;
    settle();
    if (scopes_.size() > 1) scopes_.pop_back();
  }

  /// The scope that is open.
  [[nodiscard]] std::string const& scope() const noexcept { return rows_[scopes_.back()].scope; }

  /// A step about these shapes begins; returns its row.
  template <class Shapes = std::vector<shape_type>>
  [[nodiscard]] std::size_t begin(std::string_view operation, Shapes const& about = {}) {
    if (closed_) return 0;
    settle();
    auto const row = row_of(scope(), operation);
    if (rows_[row].steps++ == 0) rows_[row].shapes.assign(about.begin(), about.end());
    steps_.push_back(row);
    return row;
  }
  /// It ends; steps may end in any order.
  void end(std::size_t row) noexcept {
    if (closed_) return;
    settle();
    auto const at = std::find(steps_.rbegin(), steps_.rend(), row);
    if (at != steps_.rend()) steps_.erase(std::next(at).base());
  }

  void sent(std::size_t row, std::size_t to, phase ph, std::size_t bytes) {
    if (!closed_) rows_[row].spent.count_sent(to, ph, bytes);
  }
  /// A message came that made the player's messages `deeper` by so many rounds, after a wait from `begun` on.
  void received(std::size_t row, std::size_t from, phase ph, std::size_t bytes, std::uint32_t deeper,
                clock::time_point begun) {
    if (closed_) return;
    auto& spent = rows_[row].spent;
    spent.count_received(from, ph, bytes, spent.rounds(ph) + deeper);
    settle();
    if (running_) rows_[row].waiting += since_ - begun;
  }

 private:
  void open_scope(std::string name) { scopes_.push_back(row_of(name, local)); }

  std::size_t row_of(std::string_view scope, std::string_view operation) {
    auto const same = [&](ledger_row const& r) { return r.scope == scope && r.operation == operation; };
    auto const at = std::find_if(rows_.begin(), rows_.end(), same);
    if (at != rows_.end()) return static_cast<std::size_t>(at - rows_.begin());
    ledger_row row;
    row.scope = scope;
    row.operation = operation;
    row.spent = meter(players_);
    rows_.push_back(std::move(row));
    return rows_.size() - 1;
  }

  /// Gives the time since the last call, and the memory, to the row that they belong to.
  void settle() noexcept {
    if (!running_) return;
    auto const now = clock::now();
    auto& row = rows_[steps_.empty() ? scopes_.back() : steps_.back()];
    row.time += now - std::exchange(since_, now);
    auto& memory = koi::detail::this_thread_memory;
    row.peak_bytes = std::max(row.peak_bytes, static_cast<std::size_t>(std::max<std::ptrdiff_t>(memory.most, 0)));
    memory.most = memory.now;
  }

  std::size_t players_;
  std::vector<ledger_row> rows_;
  std::vector<std::size_t> scopes_;  // rows of what each open scope does on its own
  std::vector<std::size_t> steps_;   // rows of the steps that have not ended
  bool running_ = false;
  bool closed_ = false;
  clock::time_point since_{};
};

/// A scope of a ledger while it lives.
class ledger_scope {
 public:
  ledger_scope(ledger& in, std::string_view name) : in_(in) { in_.enter(name); }
  ledger_scope(ledger_scope const&) = delete;
  ledger_scope& operator=(ledger_scope const&) = delete;
  ~ledger_scope() { in_.leave(); }

 private:
  ledger& in_;
};

}  // namespace koi
