// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/detail/json.hpp>
#include <koi/session/session.hpp>
#include <koi/trace/merge.hpp>

#include <mutex>

namespace koi::trace {

namespace detail {

/// Tracks of a player's process in the picture.
enum class track : std::uint8_t { compute = 1, send, wait };

inline nlohmann::ordered_json named(std::string_view what, std::size_t pid, std::uint8_t tid, std::string_view name) {
  return {{"ph", "M"}, {"name", what}, {"pid", pid}, {"tid", tid}, {"args", {{"name", name}}}};
}

}  // namespace detail

/// What players did and when, as Chrome trace JSON, which Perfetto and chrome://tracing open: a process a player with a
/// track each for steps, sends and waits, an arrow for every message, and the bytes and rounds so far.
///
///   koi::trace::chrome picture;
///   koi::run<protocol>(players, [&](auto& on) {
///     on.record();
///     ...
///     picture.add(on);
///   });
///   picture.write("trace.json");
///
/// Players that ran as programs of their own write a file each, with times by their machines' clocks and what the
/// hellos told of others'; merge() puts them together, by one clock.
///
/// Threads  any number at the same time
class chrome {
 public:
  /// Throws  bad_argument if the session recorded nothing
  template <Protocol P>
  void add(session<P> const& on) {
    auto const& recorded = on.recording();
    if (!recorded) throw bad_argument(fmt::format("trace::chrome: {} recorded nothing; call record() first", on.me()));
    auto const& players = on.players();
    auto const pid = static_cast<std::size_t>(std::find(players.begin(), players.end(), on.me()) - players.begin());
    player_events out(pid, on.me(), recorded->begun());
    for (auto const& e : recorded->events()) out.add(e, on.ledger().rows().at(e.row), players);
    if (recorded->left_out() != 0) out.say_left_out(recorded->left_out());
    std::lock_guard const lock(mutex_);
    for (auto& e : out.list) events_.push_back(std::move(e));
    for (std::size_t p = 0; p < players.size(); ++p)
      if (auto const& clock = recorded->clocks()[p])
        clocks_[on.me()][players[p]] = {{"ahead_ns", clock->ahead.count()}, {"error_ns", clock->error.count()}};
  }

  [[nodiscard]] std::string text() const {
    std::lock_guard const lock(mutex_);
    json whole{{"displayTimeUnit", "ms"}, {"traceEvents", events_}};
    if (!clocks_.empty()) whole["otherData"] = {{"clocks", clocks_}};
    return whole.dump();
  }
  /// Throws  bad_option if the file cannot be written
  void write(std::filesystem::path const& path) const { detail::write_text(path, text()); }

  /// Puts the files of several players into one: merge_traces.
  static void merge(std::vector<std::filesystem::path> const& from, std::filesystem::path const& into,
                    std::string by = {}) {
    merge_traces(from, into, std::move(by));
  }

 private:
  using json = nlohmann::ordered_json;

  /// Events of one player.
  struct player_events {
    player_events(std::size_t number, std::string const& me, std::chrono::system_clock::time_point begun)
        : pid(number), name(me), start(begun.time_since_epoch()) {
      list.push_back(detail::named("process_name", pid, 0, me));
      list.push_back(detail::named("thread_name", pid, 1, "steps"));
      list.push_back(detail::named("thread_name", pid, 2, "sends"));
      list.push_back(detail::named("thread_name", pid, 3, "waits"));
    }

    void add(timeline_event const& e, ledger_row const& of, std::vector<std::string> const& players) {
      using kind = timeline_event::kind;
      auto const full = of.scope.empty() ? of.operation : of.scope + "/" + of.operation;
      json out{{"ph", "X"},
               {"pid", pid},
               {"ts", microseconds(e.from)},
               {"dur", static_cast<double>((e.until - e.from).count()) / 1e3}};
      if (e.what == kind::step) {
        out["tid"] = detail::track::compute;
        out["name"] = of.operation;
        out["cat"] = "step";
        out["args"] = {{"scope", of.scope}, {"operation", e.operation}};
        list.push_back(std::move(out));
        return;
      }
      bool const sends = e.what == kind::send;
      auto const& peer = players.at(e.peer);
      out["tid"] = sends ? detail::track::send : detail::track::wait;
      out["name"] = sends ? "to " + peer : "from " + peer;
      out["cat"] = "message";
      out["args"] = {{"step", full}, {"operation", e.operation}, {"bytes", e.bytes}, {"phase", phase_name(e.ph)}};
      list.push_back(std::move(out));

      json arrow{{"ph", sends ? "s" : "f"}, {"pid", pid}, {"cat", "message"}, {"name", "message"}};
      arrow["tid"] = sends ? detail::track::send : detail::track::wait;
      arrow["ts"] = sends ? microseconds(e.from) : microseconds(e.until);
      arrow["id"] =
          sends ? fmt::format("{}>{}:{}", name, peer, e.message) : fmt::format("{}>{}:{}", peer, name, e.message);
      if (!sends) arrow["bp"] = "e";
      list.push_back(std::move(arrow));

      (sends ? bytes_sent : bytes_received) += e.bytes;
      list.push_back({{"ph", "C"},
                      {"pid", pid},
                      {"name", "bytes"},
                      {"ts", microseconds(e.until)},
                      {"args", {{"sent", bytes_sent}, {"received", bytes_received}}}});
      if (!sends && e.ph == phase::online)
        list.push_back({{"ph", "C"},
                        {"pid", pid},
                        {"name", "rounds"},
                        {"ts", microseconds(e.until)},
                        {"args", {{"online", e.rounds}}}});
    }

    void say_left_out(std::uint64_t count) {
      list.push_back({{"ph", "M"},
                      {"name", "process_labels"},
                      {"pid", pid},
                      {"args", {{"labels", fmt::format("{} events left out: no room", count)}}}});
    }

    [[nodiscard]] double microseconds(std::chrono::nanoseconds t) const {
      return static_cast<double>((std::chrono::duration_cast<std::chrono::nanoseconds>(start) + t).count()) / 1e3;
    }
    static char const* phase_name(phase ph) {
      return ph == phase::set_up ? "set-up" : ph == phase::offline ? "offline" : "online";
    }

    std::size_t pid;
    std::string name;
    std::chrono::system_clock::duration start;
    std::uint64_t bytes_sent = 0, bytes_received = 0;
    std::vector<json> list;
  };

  mutable std::mutex mutex_;
  std::vector<json> events_;
  json clocks_;  // by player and peer
};

}  // namespace koi::trace
