// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/credentials.hpp>
#include <koi/net/detail/asio.hpp>
#include <koi/net/hello.hpp>
#include <koi/net/identity.hpp>
#include <koi/session/cluster.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace koi::detail {

/// How the links of one player are protected, and who counts as whom.
class link_security {
 public:
  using on_line = std::function<void(std::string const&)>;

  /// Throws  bad_option if TLS is due and the player's keys are of no use, or if nobody can say whether there are any
  link_security(cluster const& players, std::string me, on_line say)
      : players_(players), me_(std::move(me)), say_(std::move(say)) {
    if (players.is_local() || players.transport() == transport::plain) return;
    auto const files = players.keys_of(me_);
    if (players.transport() == transport::automatic && !exists(files.key.parent_path())) return;
    mine_ = credentials::load(files);
    mine_->check(me_);
  }

  /// Null for plain links.
  [[nodiscard]] credentials const* tls() const noexcept { return mine_ ? &*mine_ : nullptr; }

  /// What the user should know before anybody is met.
  void say_first() const {
    if (mine_) return warn_of_end(fmt::format("this player's certificate ({})", me_), mine_->self());
    if (players_.transport() == transport::automatic)
      say_(fmt::format("{} speaks plain TCP, on this machine only: there are no keys in {}. `koi keys` makes some", me_,
                       players_.keys_of(me_).key.parent_path().string()));
  }

  /// What forbids a link to or from there, if anything does.
  [[nodiscard]] std::optional<bad_option> forbids(std::string const& whom, tcp::endpoint const& to) {
    if (mine_ || to.address().is_loopback()) return std::nullopt;
    if (!players_.plain_transport())
      return bad_option(fmt::format(
          "{} is at {}, and links to other machines need TLS, but {} has no keys in {}. Make some with `koi "
          "keys`; or, if you trust the network between the players, put \"transport\": \"plain\" into the "
          "configuration",
          whom, to.address().to_string(), me_, players_.keys_of(me_).key.parent_path().string()));
    if (!std::exchange(warned_, true))
      say_(
          "warning: \"transport\" is \"plain\": whoever is on the network between the players can read and change "
          "all messages, and so learn every input");
    return std::nullopt;
  }

  /// Why whoever is at the other end is not this player; empty if it is.
  [[nodiscard]] std::string stranger(std::string const& player, identity const& who) const {
    if (!who.is(player))
      return fmt::format("swapped identity: {} was expected, but the certificate there is for '{}'",
                         printable(player, max_hello_text), printable(fmt::format("{}", fmt::join(who.names, "', '"))));
    auto const& pin = players_.pin(player);
    if (!pin.empty() && pin != who.fingerprint)
      return fmt::format(
          "the certificate of {} is not the one that the configuration of {} pins: it has {}, and {} "
          "was expected",
          player, me_, who.fingerprint, pin);
    return {};
  }

  void warn_of_end(std::string const& whose, identity const& who) const {
    auto const left = who.valid_until - wall_clock::now();
    if (left > expiry_warning) return;
    say_(fmt::format("warning: {} expires on {}, in {} days. Make a new one with `koi keys`", whose,
                     date_text(who.valid_until), std::chrono::duration_cast<std::chrono::hours>(left).count() / 24));
  }

 private:
  /// Whether anything is there. A folder that cannot be looked at is not a folder that is missing: links would be
  /// plain.
  static bool exists(std::filesystem::path const& folder) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) == 0) return true;
    if (errno == ENOENT) return false;
    throw bad_option(fmt::format(
        "{} (the player's keys) cannot be looked at: {}. Give this user the right to enter the folders on the way, or "
        "put \"transport\": \"plain\" into the configuration if there are to be no keys",
        folder.string(), std::generic_category().message(errno)));
  }

  cluster const& players_;
  std::string me_;
  on_line say_;
  std::optional<credentials> mine_;
  bool warned_ = false;
};

}  // namespace koi::detail
