// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/session.hpp>

#include <filesystem>

namespace koi::trace {

/// Every place of a program where values left the shares, as lines of text: who learned them, how often, their shape,
/// and the program's line. What a session opens behind masks is not among them: it is uniform.
template <Protocol P>
[[nodiscard]] std::string audit(session<P> const& on) {
  auto const& list = on.disclosed().list();
  if (list.empty()) return "no value left the shares\n";
  std::string out;
  for (auto const& d : list)
    out += fmt::format("{} learned {} value{} of shape {}{}  {}:{}\n", d.to, d.times, d.times == 1 ? "" : "s",
                       to_string(d.shape), d.scope.empty() ? "" : " in " + d.scope,
                       std::filesystem::path(d.where.file_name()).filename().string(), d.where.line());
  return out;
}

}  // namespace koi::trace
