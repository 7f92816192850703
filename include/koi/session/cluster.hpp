// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/credentials.hpp>
#include <koi/session/detail/cluster_json.hpp>
#include <koi/session/endpoint.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// The players of a computation, in the order of the configuration, and where they listen.
///
/// Two kinds: `load` gives players that run as programs of their own and meet over the network;
/// `local_cluster` gives names only, for all players in one process.
class cluster {
 public:
  /// Reads a JSON object, {"server0": "127.0.0.1:4440", ...}, or with more to say about a player:
  ///
  ///   {"players": {"server0": {"address": "10.0.0.1:4440",    // what the others call
  ///                            "listen": "0.0.0.0:4440",      // where it listens, if that is another
  ///                            "certificate": "sha256:..."},  // pins its key; "host:port" alone is a player too
  ///                ...},
  ///    "transport": "tls",        // or "plain"; see koi::transport for what holds without it
  ///    "keys": "keys",            // folder with a folder for each player, from the file's own folder
  ///    "password_file": "..."}    // opens the player's own key, if that is encrypted
  ///
  /// The order of the file is the order of the players.
  ///
  /// Throws  bad_option that names the file and what is wrong with it
  [[nodiscard]] static cluster load(std::filesystem::path const& path) {
    std::ifstream file(path);
    if (!file) throw bad_option(fmt::format("cannot read the configuration {}", path.string()));
    std::ostringstream text;
    text << file.rdbuf();
    return parse(text.str(), path.string());
  }

  /// The same from text; `source`, a path, stands in messages, and folders are looked for beside it.
  [[nodiscard]] static cluster parse(std::string const& text, std::string const& source) {
    cluster out;
    out.file_ = detail::cluster_reader{source}.read(text);
    auto const beside = std::filesystem::path(source).parent_path();
    out.file_.keys = beside / out.file_.keys;
    if (!out.file_.password_file.empty()) out.file_.password_file = beside / out.file_.password_file;
    for (auto const& p : out.file_.players) out.add_name(p.name, source);
    return out;
  }

  [[nodiscard]] std::vector<std::string> const& players() const noexcept { return names_; }

  /// Whether all players run in this process.
  [[nodiscard]] bool is_local() const noexcept { return local_; }

  [[nodiscard]] koi::transport transport() const noexcept { return file_.transport; }

  /// Whether the configuration asks for links without encryption, also to other machines.
  [[nodiscard]] bool plain_transport() const noexcept { return file_.transport == koi::transport::plain; }

  /// Where a player's own keys are, whether they exist or not.
  [[nodiscard]] key_files keys_of(std::string_view player) const {
    auto out = key_files::in(file_.keys, player);
    out.password_file = file_.password_file;
    return out;
  }
  [[nodiscard]] std::filesystem::path const& keys_folder() const noexcept { return file_.keys; }

  /// Position of a player; throws bad_option that lists the names there are.
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    auto const at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end())
      throw bad_option(fmt::format("there is no player '{}'; the players are {}", name, fmt::join(names_, ", ")));
    return static_cast<std::size_t>(at - names_.begin());
  }

  /// What the others call. Throws bad_option for an unknown player, and for a local cluster, which has
  /// no addresses.
  [[nodiscard]] koi::endpoint const& endpoint(std::string_view name) const { return entry(name).address; }

  /// Where a player listens: its address, unless the configuration says otherwise.
  [[nodiscard]] koi::endpoint const& listen_endpoint(std::string_view name) const {
    auto const& p = entry(name);
    return p.listen ? *p.listen : p.address;
  }

  /// Fingerprint of the one key that a player may have; empty if the authority decides alone.
  [[nodiscard]] std::string const& pin(std::string_view name) const { return entry(name).pin; }

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
    out.file_ = file_;
    out.file_.players.clear();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (std::find(names.begin(), names.end(), names_[i]) == names.end()) continue;
      out.names_.push_back(names_[i]);
      if (!local_) out.file_.players.push_back(file_.players[i]);
    }
    return out;
  }

  friend cluster local_cluster(std::vector<std::string> names);

 private:
  cluster() = default;

  detail::player_entry const& entry(std::string_view name) const {
    auto const at = index_of(name);
    if (local_) throw bad_option(fmt::format("player '{}' has no address: the cluster is local", name));
    return file_.players[at];
  }

  void add_name(std::string const& name, std::string const& source) {
    if (name.empty()) throw bad_option(fmt::format("{}: a player has an empty name", source));
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      throw bad_option(fmt::format("{}: player '{}' stands there twice", source, name));
    names_.push_back(name);
  }

  std::vector<std::string> names_;
  detail::cluster_file file_;  // players in the order of names_, unless the cluster is local
  bool local_ = false;
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

}  // namespace koi
