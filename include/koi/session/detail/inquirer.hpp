// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/net/detail/conversation.hpp>
#include <koi/session/detail/link_security.hpp>

#include <optional>
#include <string>
#include <vector>

namespace koi::detail {

/// Who asks, without meaning to meet, what a player's hello would say: the player that it has proven to be, or nobody
/// in particular on this machine where links are plain. None: it may not know.
[[nodiscard]] inline std::optional<std::string> inquirer(conversation const& visitor,
                                                         std::vector<std::string> const& players,
                                                         link_security const& security) {
  if (!visitor.secure) {
    boost::system::error_code ec;
    auto const from = visitor.socket.remote_endpoint(ec);
    return !ec && from.address().is_loopback() ? std::optional<std::string>("") : std::nullopt;
  }
  auto const who = visitor.secure->peer();
  for (auto const& name : players)
    if (security.stranger(name, who).empty()) return name;
  return std::nullopt;
}

}  // namespace koi::detail
