// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/frame.hpp>
#include <koi/trace/speed.hpp>

#include <algorithm>
#include <deque>
#include <queue>
#include <vector>

namespace koi::detail {

/// When players that do their acts in order will be done, over links of one speed: computing takes its time, a message
/// waits for its turn on its sender's line and travels for half a round trip, and who receives waits for all of it.
///
/// What a sender has for several players goes out in turns. A receiver's system takes in a window of bytes, and more
/// as the program reads them; the sender hears of that half a round trip later.
class plan_clock {
 public:
  plan_clock(std::size_t players, link_speed const& link, machine_speed const& machine)
      : link_(link), machine_(machine), players_(players), wires_(players * players), free_(machine.processors) {}

  void compute(std::size_t player, double seconds) {
    auto& todo = players_[player].todo;
    if (seconds <= 0) return;
    if (!todo.empty() && todo.back().what == task::kind::compute)
      todo.back().seconds += seconds;
    else
      todo.push_back({task::kind::compute, 0, 0, seconds});
  }
  void send(std::size_t from, std::size_t to, std::uint64_t bytes) {
    compute(from, static_cast<double>(bytes) / machine_.moved);
    players_[from].todo.push_back({task::kind::send, to, bytes + frame_header_size, 0});
  }
  void receive(std::size_t at, std::size_t from, std::uint64_t bytes) {
    players_[at].todo.push_back({task::kind::receive, from, bytes + frame_header_size, 0});
    compute(at, static_cast<double>(bytes) / machine_.moved);
  }

  /// Seconds until the last player is done.
  ///
  /// Throws  bad_argument if a player waits for a message that nobody sends
  [[nodiscard]] double run() {
    for (std::size_t p = 0; p < players_.size(); ++p) go_on(p);
    while (!coming_.empty()) {
      auto const next = coming_.top();
      coming_.pop();
      now_ = next.at;
      switch (next.what) {
        case event::kind::computed:
          computed(next.from);
          break;
        case event::kind::line_free:
          players_[next.from].sending = false, use_line(next.from);
          break;
        case event::kind::arrived:
          arrived(next.from, next.to, next.bytes);
          break;
        case event::kind::heard:
          wire(next.from, next.to).heard = next.bytes, use_line(next.from);
          break;
      }
    }
    double last = 0;
    for (auto const& p : players_) {
      if (p.waiting) throw bad_argument("a plan's player waits for a message that nobody sends");
      last = std::max(last, p.done);
    }
    return last;
  }

 private:
  static constexpr std::uint64_t piece = 16 * 1024;  // bytes that go out before it is another link's turn

  struct task {
    enum class kind : std::uint8_t { compute, send, receive } what;
    std::size_t peer;
    std::uint64_t bytes;
    double seconds;
  };
  struct timeline_of {
    std::deque<task> todo;
    bool waiting = false;  // for a message
    bool sending = false;  // its line is in use
    std::size_t turn = 0;  // whose turn it is on the line
    double done = 0;
  };
  /// What went from one player to another, in bytes since the start.
  struct connection {
    std::uint64_t queued = 0, sent = 0, came = 0, wanted = 0, read = 0, heard = 0;
  };
  struct event {
    enum class kind : std::uint8_t { computed, line_free, arrived, heard } what;
    double at;
    std::uint64_t order;
    std::size_t from, to;
    std::uint64_t bytes;
    bool operator<(event const& other) const { return at > other.at || (at == other.at && order > other.order); }
  };

  connection& wire(std::size_t from, std::size_t to) { return wires_[from * players_.size() + to]; }
  double half_trip() const { return link_.round_trip_ms * 0.5e-3; }
  void later(event::kind what, double after, std::size_t from, std::size_t to = 0, std::uint64_t bytes = 0) {
    coming_.push({what, now_ + after, ++order_, from, to, bytes});
  }

  /// Does what a player can do now.
  void go_on(std::size_t p) {
    auto& self = players_[p];
    while (!self.todo.empty()) {
      auto const next = self.todo.front();
      if (next.what == task::kind::compute) {
        if (machine_.processors > 0 && free_ == 0) return waiting_.push_back(p);
        if (machine_.processors > 0) --free_;
        return later(event::kind::computed, next.seconds, p);
      }
      self.todo.pop_front();
      if (next.what == task::kind::send) {
        wire(p, next.peer).queued += next.bytes;
        use_line(p);
      } else {
        auto& w = wire(next.peer, p);
        w.wanted += next.bytes;
        read(next.peer, p);
        if (w.read < w.wanted) {
          self.waiting = true;
          return;
        }
      }
      self.done = now_;
    }
  }

  void computed(std::size_t p) {
    players_[p].todo.pop_front();
    players_[p].done = now_;
    if (machine_.processors > 0) ++free_;
    if (!waiting_.empty()) {
      auto const other = waiting_.front();
      waiting_.pop_front();
      go_on(other);
    }
    go_on(p);
  }

  /// Puts the next piece on a player's line, if it is free and somebody has room for one.
  void use_line(std::size_t p) {
    auto& self = players_[p];
    for (std::size_t i = 0; i < players_.size() && !self.sending; ++i) {
      auto const to = (self.turn + i) % players_.size();
      auto& w = wire(p, to);
      auto const room = link_.window == 0 ? piece : w.heard + link_.window - w.sent;
      auto const bytes = std::min({w.queued - w.sent, room, piece});
      if (bytes == 0) continue;
      w.sent += bytes;
      self.turn = to + 1;
      self.sending = true;
      auto const on_the_line = link_.mbit > 0 ? static_cast<double>(bytes) * 8e-6 / link_.mbit : 0;
      later(event::kind::line_free, on_the_line, p);
      later(event::kind::arrived, on_the_line + half_trip(), p, to, bytes);
    }
  }

  void arrived(std::size_t from, std::size_t to, std::uint64_t bytes) {
    auto& w = wire(from, to);
    w.came += bytes;
    read(from, to);
    auto& self = players_[to];
    if (!self.waiting || w.read < w.wanted || w.wanted == 0) return;
    if (waits_for_another(from, to)) return;
    self.waiting = false;
    self.done = now_;
    go_on(to);
  }
  /// Whether what a player waits for comes over another wire.
  bool waits_for_another(std::size_t from, std::size_t to) {
    for (std::size_t p = 0; p < players_.size(); ++p)
      if (p != from && wire(p, to).read < wire(p, to).wanted) return true;
    return false;
  }

  /// The program takes what has come of what it wants.
  void read(std::size_t from, std::size_t to) {
    auto& w = wire(from, to);
    auto const now = std::min(w.came, w.wanted);
    if (now == w.read) return;
    w.read = now;
    if (link_.window > 0) later(event::kind::heard, half_trip(), from, to, now);
  }

  link_speed link_;
  machine_speed machine_;
  std::vector<timeline_of> players_;
  std::vector<connection> wires_;
  std::size_t free_;                 // processors
  std::deque<std::size_t> waiting_;  // players, for one
  std::priority_queue<event> coming_;
  double now_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace koi::detail
