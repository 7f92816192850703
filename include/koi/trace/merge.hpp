// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/session/detail/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::trace {

namespace detail {

inline void write_text(std::filesystem::path const& path, std::string const& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw bad_option(fmt::format("cannot write {}", path.string()));
}

/// How far players' clocks are ahead of one player's, along the links whose estimates are best.
class clock_map {
 public:
  /// a's clock says that b's is so many nanoseconds ahead, give or take the error. Less than the error is no
  /// difference: clocks of one machine stay one clock.
  void add(std::string const& a, std::string const& b, double ahead, double error) {
    links_.push_back({a, b, std::abs(ahead) > error ? ahead : 0, error});
  }

  /// By player; a player that no link leads to is left out.
  [[nodiscard]] std::map<std::string, double> ahead_of(std::string const& one) const {
    struct place {
      double ahead, error;
    };
    std::map<std::string, place> known{{one, {0, 0}}};
    auto const follow = [&](std::string const& a, std::string const& b, double ahead, double error) {
      auto const from = known.find(a);
      if (from == known.end()) return false;
      place const reached{from->second.ahead + ahead, from->second.error + error};
      auto const [to, is_new] = known.emplace(b, reached);
      if (is_new || reached.error >= to->second.error) return is_new;
      to->second = reached;
      return true;
    };
    for (bool more = true; more;) {
      more = false;
      for (auto const& l : links_) {
        more = follow(l.from, l.to, l.ahead, l.error) || more;
        more = follow(l.to, l.from, -l.ahead, l.error) || more;
      }
    }
    std::map<std::string, double> out;
    for (auto const& [player, at] : known) out[player] = at.ahead;
    return out;
  }

 private:
  struct link {
    std::string from, to;
    double ahead, error;
  };
  std::vector<link> links_;
};

/// What a file says of clocks, as trace::chrome writes it: {"server0": {"server1": {"ahead_ns": 5, "error_ns": 7}}}.
inline void read_clocks(clock_map& into, nlohmann::ordered_json const& of) {
  for (auto const& [a, peers] : of.items())
    for (auto const& [b, clock] : peers.items()) {
      auto const ahead = clock.at("ahead_ns").get<double>(), error = clock.at("error_ns").get<double>();
      if (error >= 0) into.add(a, b, ahead, error);
    }
}

}  // namespace detail

/// Puts Chrome traces of several players into one, all times by the clock of one player: `by`, or else the first that
/// the first file has. Where players ran on several machines, each file knows from the hellos how far the clocks of
/// those that its player called were ahead.
///
/// Throws  bad_option that names a file that cannot be read, or is no trace; or where nobody is called `by`
inline void merge_traces(std::vector<std::filesystem::path> const& from, std::filesystem::path const& into,
                         std::string by = {}) {
  using json = nlohmann::ordered_json;
  auto all = json::array();
  std::map<json, std::string> names;  // by process
  detail::clock_map clocks;
  for (auto const& path : from) {
    std::ifstream file(path, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(file), {});
    try {
      auto const one = json::parse(text);
      for (auto const& e : one.at("traceEvents")) {
        if (e.value("name", "") == "process_name") names[e.at("pid")] = e.at("args").at("name");
        if (e.contains("ts")) (void)e.at("ts").get<double>();
        if (by.empty() && !names.empty()) by = names.begin()->second;
        all.push_back(e);
      }
      if (one.contains("otherData")) detail::read_clocks(clocks, one["otherData"].value("clocks", json::object()));
    } catch (json::exception const&) {
      throw bad_option(fmt::format("{} is no trace", path.string()));
    }
  }
  auto const known = std::any_of(names.begin(), names.end(), [&](auto const& n) { return n.second == by; });
  if (!known && !by.empty()) throw bad_option(fmt::format("no trace of {} is among the files", by));

  auto const ahead = clocks.ahead_of(by);
  for (auto& e : all) {
    auto const name = names.find(e.value("pid", json()));
    if (name == names.end() || !e.contains("ts")) continue;
    auto const clock = ahead.find(name->second);
    if (clock != ahead.end()) e["ts"] = e["ts"].get<double>() - clock->second / 1e3;
  }
  detail::write_text(into, json{{"displayTimeUnit", "ms"}, {"traceEvents", std::move(all)}}.dump());
}

}  // namespace koi::trace
