// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/detail/checked_json.hpp>
#include <koi/session/cluster.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace koi::serve::detail {

/// Whether a key is one of a group's file that cluster::load does not know.
[[nodiscard]] inline bool is_key_of_groups(std::string_view key) {
  static constexpr std::array<std::string_view, 8> keys{"protocol", "clients",  "status", "data",
                                                        "policy",   "batching", "limits", "times"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Whether a document has players alone, as cluster::load reads them: {"server0": "host:port", ...}.
[[nodiscard]] inline bool is_flat(json const& document) {
  if (!document.is_object() || document.empty() || document.contains("players")) return false;
  for (auto const& [key, value] : document.items())
    if (is_key_of_groups(key) || !(value.is_string() || (value.is_object() && value.contains("address")))) return false;
  return true;
}

/// The players of a group's file, which are all of it where it is flat.
///
/// Throws  bad_option that names the file
[[nodiscard]] inline cluster players_of(json const& document, std::filesystem::path const& file) {
  auto const where = file.string();
  if (is_flat(document)) return cluster::parse(document.dump(), where);
  auto const players = document.find("players");
  if (players == document.end())
    throw bad_option(fmt::format("{}: 'players' is missing: who computes, and where", where));
  return players->is_string() ? cluster::load(file.parent_path() / players->get<std::string>())
                              : cluster::parse(players->dump(), where + ": players");
}

/// Throws  bad_option for a key that cluster::load knows, and that stands beside 'players'
inline void refuse_settings_of_players(json const& document, std::string const& where) {
  for (auto const* const key : {"transport", "keys", "password_file"})
    if (document.contains(key))
      throw bad_option(fmt::format("{}: '{}' belongs inside 'players', beside their names", where, key));
  for (auto const* const key : {"address", "listen", "certificate"})
    if (document.contains(key))
      throw bad_option(
          fmt::format("{0}: '{1}' belongs inside 'players', to one of them, as in {{\"server0\": "
                      "{{\"address\": \"host:port\", ...}}}}",
                      where, key));
}

/// The names that a protocol's helper may have, see Protocol's helper_names().
[[nodiscard]] inline std::vector<std::string> helpers_of(std::string_view protocol) {
  if (protocol == "securenn") return {"server2"};
  return {"crypto-producer", "crypto_producer", "server2"};
}

/// The protocol that a group computes with: what its file says, or else the one that its helper's name is usual for.
///
/// Throws  bad_option where the file says one, and the helper is another one's
[[nodiscard]] inline std::string protocol_of(cluster const& players, std::string const& said,
                                             std::string const& where) {
  auto const& names = players.players();
  auto const has = [&](std::string const& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  bool const producer = has("crypto-producer") || has("crypto_producer");
  std::string const usual = !producer && has("server2") ? "securenn" : "pond";
  if (said.empty()) return usual;
  auto const due = helpers_of(said);
  if (std::none_of(due.begin(), due.end(), has) && said != usual)
    throw bad_option(
        fmt::format("{}: 'protocol' is \"{}\", whose helper is called {}; the players are {}, as for \"{}\"", where,
                    said, fmt::join(due, " or "), fmt::join(names, ", "), usual));
  return said;
}

/// Where clients call, if nothing is said: at each server's own address, so many ports further on.
inline constexpr std::uint16_t ports_to_clients = 1000;

/// Throws  bad_option where that is no port, or a server is missing
[[nodiscard]] inline std::map<std::string, endpoint> usual_clients(cluster const& players, std::string const& where) {
  std::map<std::string, endpoint> out;
  auto const& names = players.players();
  for (std::string const name : {"server0", "server1"}) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw bad_option(
          fmt::format("{}: there is no {} among the players, who are {}", where, name, fmt::join(names, ", ")));
    auto at = players.endpoint(name);
    if (at.port > 65535 - ports_to_clients)
      throw bad_option(fmt::format("{}: clients would call {} at port {} + {}, which is none: say where in 'clients'",
                                   where, name, at.port, ports_to_clients));
    at.port = static_cast<std::uint16_t>(at.port + ports_to_clients);
    out[name] = std::move(at);
  }
  return out;
}

}  // namespace koi::serve::detail
