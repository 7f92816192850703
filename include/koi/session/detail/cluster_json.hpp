// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/session/detail/nearest.hpp>
#include <koi/session/detail/parse_json.hpp>
#include <koi/session/endpoint.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// How the links between players are protected.
enum class transport {
  automatic,  ///< TLS where the player has keys; plain only on loopback
  tls,
  plain,
};

namespace detail {

/// What a configuration says about one player.
struct player_entry {
  std::string name;
  endpoint address;                // what the others call
  std::optional<endpoint> listen;  // where it listens, if that is another
  std::string pin;                 // fingerprint of its key; empty: any that the authority signed
};

struct cluster_file {
  std::vector<player_entry> players;
  koi::transport transport = koi::transport::automatic;
  std::filesystem::path keys = "keys";
  std::filesystem::path password_file;
};

/// Reads a configuration, flat or with "players". What fails is a bad_option with `source` in front.
class cluster_reader {
 public:
  explicit cluster_reader(std::string const& source) : source_(source) {}

  [[nodiscard]] cluster_file read(std::string const& text) const {
    auto const document = parse_json(text, source_);
    if (!document.is_object()) fail("must be one object, {\"player\": \"host:port\", ...}");
    cluster_file out;
    bool const rich = document.contains("players");
    if (rich && !document["players"].is_object())
      fail("the value of 'players' must be an object, {\"player\": {\"address\": \"host:port\"}, ...}");
    for (auto const& [key, value] : document.items()) {
      if (setting(out, key, value)) continue;
      if (!rich)
        add(out, key, value);
      else if (key == "players")
        for (auto const& [name, entry] : value.items()) add(out, name, entry);
      else
        unknown(key, "the configuration", {"players", "transport", "keys", "password_file"});
    }
    if (out.players.empty()) fail("names no player");
    return out;
  }

 private:
  using json = nlohmann::ordered_json;

  [[noreturn]] void fail(std::string const& why) const { throw bad_option(fmt::format("{}: {}", source_, why)); }
  [[noreturn]] void unknown(std::string const& key, std::string_view where,
                            std::vector<std::string> const& known) const {
    fail(fmt::format("{} has no '{}'. {}", where, key, suggestion(key, known)));
  }

  std::string const& text_at(std::string const& key, json const& value) const {
    if (!value.is_string()) fail(fmt::format("the value of '{}' must be a text in quotes", key));
    return value.get_ref<std::string const&>();
  }

  /// Whether the key is a setting and no player.
  bool setting(cluster_file& out, std::string const& key, json const& value) const {
    if (key == "transport") {
      auto const& content = text_at(key, value);
      if (content != "tls" && content != "plain")
        fail(fmt::format("transport is '{}'; the values are \"tls\" and \"plain\"", content));
      out.transport = content == "tls" ? koi::transport::tls : koi::transport::plain;
      return true;
    }
    if (key != "keys" && key != "password_file") return false;
    auto const& content = text_at(key, value);
    if (content.empty()) fail(fmt::format("the value of '{}' is empty", key));
    (key == "keys" ? out.keys : out.password_file) = content;
    return true;
  }

  endpoint endpoint_at(std::string const& player, std::string const& text) const {
    try {
      return parse_endpoint(player, text);
    } catch (bad_option const& e) {
      fail(e.what());
    }
  }

  void add(cluster_file& out, std::string const& name, json const& value) const {
    if (name.empty()) fail("a player has an empty name");
    player_entry p;
    p.name = name;
    if (value.is_object()) {
      bool addressed = false;
      for (auto const& [key, content] : value.items()) {
        auto const label = fmt::format("{}' of player '{}", key, name);
        if (key == "address") {
          p.address = endpoint_at(name, text_at(label, content));
          addressed = true;
        } else if (key == "listen") {
          p.listen = endpoint_at(name, text_at(label, content));
        } else if (key == "certificate") {
          p.pin = pin(name, text_at(label, content));
        } else {
          unknown(key, fmt::format("player '{}'", name), {"address", "listen", "certificate"});
        }
      }
      if (!addressed) fail(fmt::format("player '{}' has no 'address'", name));
    } else {
      p.address = endpoint_at(name, text_at(name, value));
    }
    out.players.push_back(std::move(p));
  }

  /// As fingerprint_of writes it.
  std::string pin(std::string const& name, std::string_view text) const {
    std::string out = "sha256:";
    bool good = text.starts_with(out);
    for (char const c : good ? text.substr(out.size()) : std::string_view{}) {
      if (c == ':') continue;
      good = good && std::isxdigit(static_cast<unsigned char>(c)) != 0;
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (!good || out.size() != std::string_view{"sha256:"}.size() + 64)
      fail(
          fmt::format("the certificate of player '{}' must be \"sha256:\" and 64 hexadecimal digits, as `koi keys` "
                      "prints it",
                      name));
    return out;
  }

  std::string const& source_;
};

}  // namespace detail
}  // namespace koi
