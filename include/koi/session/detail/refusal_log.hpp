// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/fate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace koi::detail {

/// Says why callers are refused, without letting them fill a log: in a minute each reason once and few reasons, and
/// afterwards how often there were more.
class refusal_log {
 public:
  using on_line = std::function<void(std::string const&)>;
  static constexpr auto period = std::chrono::minutes{1};
  static constexpr std::size_t most = 8;  ///< reasons in a period

  explicit refusal_log(on_line say) : say_(std::move(say)) {}

  void put(std::string const& line, net_clock::time_point now) {
    look(now);
    if (said_.empty()) began_ = now;
    auto const known = std::find_if(said_.begin(), said_.end(), [&line](auto const& r) { return r.line == line; });
    if (known != said_.end()) {
      ++known->more;
    } else if (said_.size() == most) {
      ++others_;
    } else {
      said_.push_back({line, 0});
      say_(line);
    }
  }

  /// Says what was left out, when its time has come.
  void look(net_clock::time_point now) {
    if (said_.empty() || now - began_ < period) return;
    auto const said = std::exchange(said_, {});
    auto const others = std::exchange(others_, 0);
    for (auto const& r : said)
      if (r.more != 0) say_(fmt::format("{} ({} times more in a minute)", r.line, r.more));
    if (others != 0) say_(fmt::format("{} more callers were refused in a minute, for other reasons", others));
  }

 private:
  struct reason {
    std::string line;
    std::size_t more = 0;
  };

  on_line say_;
  std::vector<reason> said_;
  std::size_t others_ = 0;
  net_clock::time_point began_{};
};

}  // namespace koi::detail
