// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/session.hpp>
#include <koi/trace/detail/event_file.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace koi::trace {

/// What players did, as event files that TensorBoard opens. Its Graphs page shows the program by scope and step with a
/// node for every player that took part: colours by device are the players, colours by compute time and memory come
/// with the run's metadata, and a node's attributes tell rounds, bytes and waiting. Its Scalars page shows `scalar`s.
///
///   koi::trace::tensorboard board("logs/run1");
///   koi::run<protocol>(players, [&](auto& on) {
///     ...
///     board.add(on);
///   });
///   board.write();                                // then: tensorboard --logdir logs
///
/// Players that ran as programs of their own write a folder each, which TensorBoard shows as runs beside each other.
///
/// Threads  any number at the same time
class tensorboard {
 public:
  /// Throws  bad_option if the folder cannot be written
  explicit tensorboard(std::filesystem::path const& folder) : file_(folder) {}

  /// Takes what a player's ledger says so far.
  template <Protocol P>
  void add(session<P>& on) {
    std::lock_guard const lock(mutex_);
    players_ = on.players();
    std::string before;
    auto const& self = on.self();
    bool const owns = self.role_of(self.id()) == role::own;
    for (auto const& row : on.ledger().rows()) {
      if (row.steps == 0 && (owns || row.time.count() == 0)) continue;
      if (owns && messages(row) == 0) continue;  // it knows the step's shapes alone
      node n{name_of(row, on.me()), on.me(), row, {}};
      if (!before.empty()) n.inputs.push_back(before);
      before = n.name;
      nodes_.push_back(std::move(n));
    }
  }

  /// A number over time, such as an accuracy or milliseconds.
  void scalar(std::string_view name, std::int64_t step, double value) {
    std::lock_guard const lock(mutex_);
    file_.add([&](auto& e) {
      e.add_int64(2, step);
      e.add_message(5, detail::message([&](auto& summary) {
                      summary.add_message(1, detail::message([&](auto& v) {
                                            v.add_string(1, std::string(name));
                                            v.add_float(2, static_cast<float>(value));
                                          }));
                    }));
    });
  }

  /// Writes the graph and the run's metadata.
  ///
  /// Throws  bad_option if that is not possible
  void write() {
    std::lock_guard const lock(mutex_);
    connect();
    file_.add([&](auto& e) { e.add_bytes(4, graph()); });
    file_.add([&](auto& e) {
      e.add_message(8, detail::message([&](auto& tagged) {
                      tagged.add_string(1, "the run");
                      tagged.add_bytes(2, metadata());
                    }));
    });
  }

 private:
  using protobuf = detail::protobuf;

  /// One kind of step in one scope at one player.
  struct node {
    std::string name, player;
    ledger_row row;
    std::vector<std::string> inputs;
  };

  /// In letters that TensorFlow has in names.
  static std::string spelt(std::string name) {
    for (auto& c : name)
      if (std::string_view("/-_.").find(c) == std::string_view::npos && !std::isalnum(static_cast<unsigned char>(c)))
        c = '_';
    return name;
  }
  /// Scope, step and player.
  static std::string name_of(ledger_row const& row, std::string const& player) {
    return spelt((row.scope.empty() ? row.operation : row.scope + "/" + row.operation) + "/" + player);
  }
  /// TensorBoard colours by the devices of a run's metadata that have this form, and passes over all others.
  static std::string device_of(std::string const& player) { return "/device:" + spelt(player) + ":0"; }

  /// Messages that go one way only are edges: inputs to servers, what a helper deals, outputs to their players. The
  /// servers' exchanges go both ways and stand in the attributes.
  void connect() {
    std::map<std::string, node*> by_name;
    for (auto& n : nodes_) by_name[n.name] = &n;
    for (auto& n : nodes_)
      for (std::size_t p = 0; p < players_.size(); ++p) {
        auto const there = by_name.find(name_of(n.row, players_[p]));
        if (there == by_name.end() || messages(n.row, p, &meter::received) == 0) continue;
        bool const both_ways = messages(n.row, p, &meter::sent) != 0;
        if (!both_ways && std::find(n.inputs.begin(), n.inputs.end(), there->first) == n.inputs.end())
          n.inputs.push_back(there->first);
      }
  }
  static std::uint64_t messages(ledger_row const& row) {
    std::uint64_t sum = 0;
    for (auto const ph : {phase::set_up, phase::offline, phase::online})
      sum += row.spent.sent(ph).messages + row.spent.received(ph).messages;
    return sum;
  }
  static std::uint64_t messages(ledger_row const& row, std::size_t peer,
                                traffic (meter::*of)(std::size_t, phase) const) {
    std::uint64_t sum = 0;
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) sum += (row.spent.*of)(peer, ph).messages;
    return sum;
  }

  static void attribute(protobuf& to, std::string const& key, std::string const& value) {
    to.add_message(5, detail::message([&](auto& entry) {
                     entry.add_string(1, key);
                     entry.add_message(2, value);
                   }));
  }
  static std::string number(std::uint64_t value) {
    return detail::message([&](auto& v) { v.add_int64(3, static_cast<std::int64_t>(value)); });
  }
  static std::string text(std::string const& value) {
    return detail::message([&](auto& v) { v.add_bytes(2, value); });
  }
  static std::string shapes(std::vector<shape_type> const& of) {
    return detail::message([&](auto& v) {
      v.add_message(1, detail::message([&](auto& list) {
                      for (auto const& shape : of)
                        list.add_message(7, detail::message([&](auto& s) {
                                           for (auto const extent : shape)
                                             s.add_message(2, detail::message([&](auto& dim) {
                                                             dim.add_int64(1, static_cast<std::int64_t>(extent));
                                                           }));
                                         }));
                    }));
    });
  }

  std::string graph() const {
    return detail::message([&](auto& g) {
      for (auto const& n : nodes_)
        g.add_message(
            1, detail::message([&](auto& def) {
              def.add_string(1, n.name);
              def.add_string(2, n.row.operation);
              for (auto const& input : n.inputs) def.add_string(3, input);
              def.add_string(4, device_of(n.player));
              if (!n.row.shapes.empty()) attribute(def, "_output_shapes", shapes(n.row.shapes));
              attribute(def, "player", text(n.player));
              attribute(def, "steps", number(n.row.steps));
              for (auto const& [ph, name] : {std::pair(phase::set_up, "set_up"), std::pair(phase::offline, "offline"),
                                             std::pair(phase::online, "online")}) {
                attribute(def, fmt::format("rounds_{}", name), number(n.row.spent.rounds(ph)));
                attribute(def, fmt::format("bytes_sent_{}", name), number(n.row.spent.sent(ph).bytes));
                attribute(def, fmt::format("bytes_received_{}", name), number(n.row.spent.received(ph).bytes));
              }
              attribute(def, "waiting_microseconds", number(microseconds(n.row.waiting)));
            }));
      g.add_message(4, detail::message([](auto& versions) { versions.add_int32(1, 24); }));
    });
  }

  /// Compute time, without waiting, and memory of each node.
  std::string metadata() const {
    return detail::message([&](auto& run) {
      run.add_message(1, detail::message([&](auto& stats) {
                        for (auto const& player : players_)
                          stats.add_message(1, detail::message([&](auto& device) {
                                              device.add_string(1, device_of(player));
                                              std::uint64_t at = 1;  // a start of 0 counts as none
                                              for (auto const& n : nodes_) {
                                                if (n.player != player) continue;
                                                // a node without time would have no colour
                                                auto const took = microseconds(n.row.time - n.row.waiting) + 1;
                                                device.add_message(
                                                    2, detail::message([&](auto& s) { node_stats(s, n, at, took); }));
                                                at += took;
                                              }
                                            }));
                      }));
    });
  }
  static void node_stats(protobuf& to, node const& n, std::uint64_t start, std::uint64_t took) {
    to.add_string(1, n.name);
    to.add_int64(2, static_cast<std::int64_t>(start));
    to.add_int64(3, 0);
    to.add_int64(4, static_cast<std::int64_t>(took));
    to.add_int64(5, static_cast<std::int64_t>(took));
    to.add_message(6, detail::message([&](auto& memory) {
                     memory.add_string(1, "secret memory");
                     memory.add_int64(2, static_cast<std::int64_t>(n.row.peak_bytes));
                     memory.add_int64(3, static_cast<std::int64_t>(n.row.peak_bytes));
                   }));
  }
  static std::uint64_t microseconds(ledger_row::duration t) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(t).count()));
  }

  std::mutex mutex_;
  detail::event_file file_;
  std::vector<std::string> players_;
  std::vector<node> nodes_;
};

}  // namespace koi::trace
