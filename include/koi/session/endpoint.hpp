// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace koi {

/// Where a player is reached, or listens.
struct endpoint {
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 0;

  friend bool operator==(endpoint const&, endpoint const&) = default;
};

/// "host:port", with brackets around an IPv6 address.
[[nodiscard]] inline std::string to_string(endpoint const& e) {
  auto const bare = e.host.find(':') == std::string::npos;
  return bare ? fmt::format("{}:{}", e.host, e.port) : fmt::format("[{}]:{}", e.host, e.port);
}

/// Reads "host:port" or "[address]:port".
///
/// Throws  bad_option that names `player`
[[nodiscard]] inline endpoint parse_endpoint(std::string_view player, std::string_view text) {
  auto const fail = [&](std::string_view why) {
    throw bad_option(fmt::format("'{}' of player '{}' is no \"host:port\": {}", text, player, why));
  };
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos) fail("there is no port");
  auto host = text.substr(0, colon);
  auto const digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    fail("an IPv6 address needs brackets, as in [::1]:4440");
  if (host.empty() || host.find_first_of(" \t\r\n[]/@") != std::string_view::npos) fail("the host is empty or no name");

  unsigned port = 0;
  auto const end = digits.data() + digits.size();
  auto const [stop, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0 || port > 65535) fail("the port must be 1 to 65535");
  return {std::string{host}, static_cast<std::uint16_t>(port)};
}

}  // namespace koi
