// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/session/detail/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// Where a player listens.
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

/// The players of a computation, in the order of the configuration, and where they listen.
///
/// Two kinds: `load` gives players that run as programs of their own and meet over the network;
/// `local_cluster` gives names only, for all players in one process.
class cluster {
 public:
  /// Reads a flat JSON object, {"server0": "127.0.0.1:4440", ...}. The order of the file is the
  /// order of the players. `"transport": "plain"` allows links without encryption to other
  /// machines.
  ///
  /// Throws  bad_option that names the file and what is wrong with it
  [[nodiscard]] static cluster load(std::filesystem::path const& path) {
    std::ifstream file(path);
    if (!file) throw bad_option(fmt::format("cannot read the configuration {}", path.string()));
    std::ostringstream text;
    text << file.rdbuf();
    return parse(text.str(), path.string());
  }

  /// The same from text; `source` stands in messages.
  [[nodiscard]] static cluster parse(std::string const& text, std::string const& source);

  [[nodiscard]] std::vector<std::string> const& players() const noexcept { return names_; }

  /// Whether all players run in this process.
  [[nodiscard]] bool is_local() const noexcept { return local_; }

  /// Whether the configuration allows unencrypted links to other machines.
  [[nodiscard]] bool plain_transport() const noexcept { return plain_; }

  /// Position of a player; throws bad_option that lists the names there are.
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    auto const at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end())
      throw bad_option(fmt::format("there is no player '{}'; the players are {}", name, fmt::join(names_, ", ")));
    return static_cast<std::size_t>(at - names_.begin());
  }

  /// Throws bad_option for an unknown player, and for a local cluster, which has no addresses.
  [[nodiscard]] koi::endpoint const& endpoint(std::string_view name) const {
    auto const at = index_of(name);
    if (local_) throw bad_option(fmt::format("player '{}' has no address: the cluster is local", name));
    return endpoints_[at];
  }

  /// The cluster of these players alone, in the order that they have here.
  ///
  /// Throws  bad_option that names the players that are missing, and those that are there
  [[nodiscard]] cluster only(std::vector<std::string> const& names) const {
    std::vector<std::string> missing;
    for (auto const& name : names)
      if (std::find(names_.begin(), names_.end(), name) == names_.end()) missing.push_back(name);
    if (!missing.empty())
      throw bad_option(fmt::format("the program needs the player{} {}; the configuration has {}",
                                   missing.size() == 1 ? "" : "s", fmt::join(missing, ", "), fmt::join(names_, ", ")));
    cluster out;
    out.local_ = local_;
    out.plain_ = plain_;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (std::find(names.begin(), names.end(), names_[i]) == names.end()) continue;
      out.names_.push_back(names_[i]);
      if (!local_) out.endpoints_.push_back(endpoints_[i]);
    }
    return out;
  }

  friend cluster local_cluster(std::vector<std::string> names);

 private:
  cluster() = default;

  void add_name(std::string const& name, std::string const& source) {
    if (name.empty()) throw bad_option(fmt::format("{}: a player has an empty name", source));
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      throw bad_option(fmt::format("{}: player '{}' stands there twice", source, name));
    names_.push_back(name);
  }

  std::vector<std::string> names_;
  std::vector<koi::endpoint> endpoints_;
  bool local_ = false;
  bool plain_ = false;
};

/// Players without addresses, all to be run in this process.
///
/// Throws  bad_option for no names, an empty one, or one that stands there twice
[[nodiscard]] inline cluster local_cluster(std::vector<std::string> names) {
  if (names.empty()) throw bad_option("a local cluster needs at least one player");
  cluster out;
  out.local_ = true;
  for (auto const& name : names) out.add_name(name, "local_cluster");
  return out;
}

inline cluster cluster::parse(std::string const& text, std::string const& source) {
  using json = nlohmann::ordered_json;
  auto const fail = [&source](std::string const& why) -> void { throw bad_option(fmt::format("{}: {}", source, why)); };

  // The document keeps one of two equal keys, so keys are looked at as they come.
  std::vector<std::string> seen;
  std::optional<std::string> twice;
  auto const keys = [&](int depth, json::parse_event_t event, json& value) {
    if (event != json::parse_event_t::key || depth != 1) return true;
    auto const key = value.get<std::string>();
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) twice = key;
    seen.push_back(key);
    return true;
  };
  json document;
  try {
    document = json::parse(text, keys);
  } catch (json::parse_error const& e) {
    auto const upto = text.begin() + static_cast<std::ptrdiff_t>(std::min(e.byte, text.size()));
    fail(fmt::format("no JSON: line {}, byte {}", 1 + std::count(text.begin(), upto, '\n'), e.byte));
  }
  if (twice) fail(fmt::format("'{}' stands there twice", *twice));
  if (!document.is_object()) fail("must be one object, {\"player\": \"host:port\", ...}");

  cluster out;
  for (auto const& [key, value] : document.items()) {
    if (!value.is_string()) fail(fmt::format("the value of '{}' must be a text in quotes", key));
    auto const& content = value.get_ref<std::string const&>();
    if (key == "transport") {
      if (content != "plain") fail(fmt::format("transport is '{}'; the only value is \"plain\"", content));
      out.plain_ = true;
      continue;
    }
    out.add_name(key, source);
    try {
      out.endpoints_.push_back(parse_endpoint(key, content));
    } catch (bad_option const& e) {
      fail(e.what());
    }
  }
  if (out.names_.empty()) fail("names no player");
  return out;
}

}  // namespace koi
