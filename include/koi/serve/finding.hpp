// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>

namespace koi::serve {

enum class verdict { good, doubtful, broken };

/// One thing that was looked at.
struct finding {
  verdict is = verdict::good;
  std::string where;  ///< this player, or the pair: "server0 and server1"
  std::string what;   ///< "route", "port", "keys", ...
  std::string text;   ///< what was found; where it is not good, the likely cause and what to do
};

[[nodiscard]] inline std::string to_string(finding const& f) {
  auto const mark = f.is == verdict::good ? "ok" : f.is == verdict::doubtful ? "look" : "BROKEN";
  return fmt::format("{:<6} {}: {}: {}", mark, f.where, f.what, f.text);
}

}  // namespace koi::serve
