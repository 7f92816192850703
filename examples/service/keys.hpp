// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// koi keys: an authority, and a bundle of keys for everybody who takes part.
#include <koi/serve/detail/group_players.hpp>
#include <koi/session/cluster.hpp>
#include <koi/session/keys.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace service {

struct keys_options {
  std::string config;
  std::vector<std::string> add;
  std::string folder;
  unsigned days = 397;
  std::string password_file;
  bool only_added = false, pin = false, force = false;
};

/// The players of a cluster's file, or of a group's, which has more to say.
[[nodiscard]] inline koi::cluster players_in(std::filesystem::path const& file) {
  std::ifstream in(file);
  if (!in) throw koi::bad_option(fmt::format("cannot read the configuration {}", file.string()));
  std::ostringstream text;
  text << in.rdbuf();
  auto const document = koi::serve::detail::parse_json(text.str(), file.string());
  bool of_group = document.is_object() && document.size() == 1 && document.contains("players");
  for (auto const& [key, value] : document.items()) of_group = of_group || koi::serve::detail::is_key_of_groups(key);
  return of_group ? koi::serve::detail::players_of(document, file) : koi::cluster::parse(text.str(), file.string());
}

/// First line of a file of its owner's alone.
[[nodiscard]] inline std::string password_in(std::filesystem::path const& file) {
  if (file.empty()) return {};
  auto const all =
      koi::detail::read_key_file(file, "the password of the private keys", koi::detail::key_access::owner_only);
  std::string_view const text(reinterpret_cast<char const*>(all.data()), all.size());
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  if (line.empty()) throw koi::bad_option(fmt::format("{}: there is no password in its first line", file.string()));
  return line;
}

/// The players of a configuration with their pins, as "players" of a richer one.
[[nodiscard]] inline std::string pinned(koi::cluster const& players, std::vector<koi::written_key> const& made) {
  nlohmann::ordered_json all;
  for (auto const& name : players.players()) {
    auto& one = all["players"][name];
    one["address"] = to_string(players.endpoint(name));
    if (!(players.listen_endpoint(name) == players.endpoint(name)))
      one["listen"] = to_string(players.listen_endpoint(name));
    auto pin = players.pin(name);
    for (auto const& m : made)
      if (m.player == name) pin = m.fingerprint;
    if (!pin.empty()) one["certificate"] = pin;
  }
  all["transport"] = "tls";
  return all.dump(2);
}

inline int keys(keys_options const& o) {
  auto const players = players_in(o.config);
  auto const folder = o.folder.empty() ? players.keys_folder() : std::filesystem::path(o.folder);
  std::vector<std::string> names;
  std::error_code ignored;
  for (auto const& name : players.players()) {
    bool const has = std::filesystem::exists(folder / name, ignored);
    if (!o.only_added && !(has && !o.add.empty() && !o.force)) names.push_back(name);
  }
  for (auto const& name : o.add)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  koi::key_options how;
  how.player_valid = std::chrono::hours(24) * o.days;
  how.password = password_in(o.password_file);
  how.replace = o.force;
  auto const made = koi::write_keys(folder, names, how);
  koi::wipe(how.password.data(), how.password.size());

  for (auto const& each : made)
    fmt::print("{:<16} {}  until {}\n", each.player, each.fingerprint, koi::detail::date_text(each.valid_until));
  fmt::print(
      "\nCopy to the machine of each, over a way that nobody else reads, into the folder \"keys\" beside the "
      "configuration:\n");
  for (auto const& each : made) fmt::print("  {}\n", (folder / each.player).string());
  fmt::print("\n{} makes further players and nothing else: keep it off their machines.\n",
             (folder / "authority.key").string());
  if (!o.password_file.empty())
    fmt::print(
        "The keys are encrypted: each machine needs the password in a file of its own, \"password_file\" in "
        "\"players\".\n");
  if (!o.pin) return 0;
  auto const text = pinned(players, made);
  fmt::print(
      "\nWith pins, so that only these keys count, \"players\" of a group's file, or all of a players' file, is:\n{}\n",
      text);
  return 0;
}

/// The sub-command; `chosen` is set where it is what the user asked for.
template <class Settings>
void declare_keys(CLI::App& in, std::function<int(Settings const&)>& chosen) {
  auto const o = std::make_shared<keys_options>();
  auto* const sub = in.add_subcommand("keys", "Make an authority, and keys for all players, owners and clients");
  sub->add_option("--config", o->config, "The group's file, or the players'")->required()->check(CLI::ExistingFile);
  sub->add_option("--add", o->add,
                  "Further names: owners of models and clients. Players that have keys keep them then");
  sub->add_option("--folder", o->folder, "Where to write; without it where the configuration looks for keys");
  sub->add_option("--days", o->days, "How long the keys are valid")->capture_default_str()->check(CLI::Range(1, 825));
  sub->add_option("--password-file", o->password_file, "Encrypt the keys with the first line of this file")
      ->check(CLI::ExistingFile);
  sub->add_flag("--only-added", o->only_added, "Keys for the names of --add alone");
  sub->add_flag("--pin", o->pin, "Print the players with their fingerprints, for the configuration");
  sub->add_flag("--force", o->force, "Replace keys that are there");
  sub->footer(
      "Examples:\n"
      "  koi keys --config group.json --add hospital clinic\n"
      "  koi keys --config group.json --only-added --add clinic --force    # new keys for one client\n"
      "  koi keys --config group.json --days 90 --password-file secret --pin");
  sub->callback([&chosen, o] { chosen = [o](Settings const&) { return keys(*o); }; });
}

}  // namespace service
