// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/crypto/detail/issue.hpp>
#include <koi/net/credentials.hpp>
#include <koi/session/detail/key_folder.hpp>
#include <koi/session/detail/secret_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace koi {

struct key_options {
  std::chrono::hours authority_valid{24 * 825};
  std::chrono::hours player_valid{24 * 397};  ///< and no longer than the authority
  /// Certificates are valid from an hour before, so that players whose clocks differ a little can start.
  std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
  detail::secret_text password;            ///< encrypts the players' keys; empty for none
  detail::secret_text authority_password;  ///< encrypts, or opens, the authority's key; empty for none
  bool replace = false;                    ///< of players that have keys already
};

/// A player's new key.
struct written_key {
  std::string player;
  std::string fingerprint;  ///< as the configuration pins it
  std::chrono::system_clock::time_point valid_until{};
};

namespace detail {

/// A player's name as it stands in certificates and folders.
inline void check_key_name(std::string const& name) {
  auto const good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (name.empty() || name.size() > 63 || name.front() == '.' || name.front() == '-' ||
      !std::all_of(name.begin(), name.end(), good))
    throw bad_option(
        fmt::format("'{}' cannot stand in a certificate: a player's name has 1 to 63 letters, digits, '-', "
                    "'_' and '.', and begins with a letter, a digit or '_'",
                    printable(name, 63)));
}

/// Who signs: read from the folder, or made there.
struct authority {
  x509_ptr certificate;
  private_key_ptr key;

  static authority in(std::filesystem::path const& folder, key_options const& options) {
    auto const key = folder / "authority.key", certificate = folder / "authority.crt";
    std::error_code ignored;
    bool const has_key = std::filesystem::exists(key, ignored),
               has_certificate = std::filesystem::exists(certificate, ignored);
    if (has_key && has_certificate) return read(key, certificate, options);
    if (has_key || has_certificate)
      throw bad_option(
          fmt::format("{} is missing: players can be added only where the authority's key and certificate "
                      "both are. To begin anew, take another folder",
                      (has_key ? certificate : key).string()));
    auto out = make(options);
    write_new(key, to_pem(out.key.get(), options.authority_password));
    write_new(certificate, to_pem(out.certificate.get()));
    return out;
  }

 private:
  static authority make(key_options const& options) {
    std::array<unsigned char, 4> mark;
    fill_from_os(writable_bytes_of(mark.data(), mark.size()));
    authority out;
    out.key = make_private_key();
    certificate_request request;
    request.name = fmt::format("koi-authority-{:02x}{:02x}{:02x}{:02x}", mark[0], mark[1], mark[2], mark[3]);
    request.from = options.now - std::chrono::hours{1};
    request.until = options.now + options.authority_valid;
    out.certificate = make_certificate(request, out.key.get(), out.key.get());
    return out;
  }

  static authority read(std::filesystem::path const& key, std::filesystem::path const& certificate,
                        key_options const& options) {
    authority out;
    out.certificate =
        read_certificate(read_key_file(certificate, "the authority's certificate", key_access::anybody_reads));
    if (!out.certificate) throw bad_option(fmt::format("{} holds no certificate in PEM form", certificate.string()));
    std::optional<const_byte_span> password;
    if (!options.authority_password.empty()) password = options.authority_password.bytes();
    auto [opened, result] =
        read_private_key(read_key_file(key, "the authority's private key", key_access::owner_only), password);
    if (result == key_reading::needs_password || result == key_reading::wrong_password)
      throw bad_option(fmt::format("{} is encrypted, and {}", key.string(),
                                   password ? "the password does not open it" : "there is no password for it"));
    if (!opened || X509_check_private_key(out.certificate.get(), opened.get()) != 1) {
      ERR_clear_error();
      throw bad_option(fmt::format("{} is not the key of {}", key.string(), certificate.string()));
    }
    out.key = std::move(opened);
    if (valid_until(out.certificate.get()) <= options.now)
      throw bad_option(fmt::format("the authority in {} expired on {}. Begin anew in another folder, for all players",
                                   certificate.string(), date_text(valid_until(out.certificate.get()))));
    return out;
  }
};

}  // namespace detail

/// Makes keys and certificates for players, for TLS links:
///
///   folder/authority.key, authority.crt   the authority, made if it is not there; its key is needed to
///                                         add players and for nothing else, so keep it off their machines
///   folder/PLAYER/player.key, player.crt, authority.crt   what goes to the machine of that player
///
/// Files are their owner's alone. A player's folder appears as a whole or not at all.
///
/// Throws  bad_option: a name that cannot stand in a certificate, a player that has keys already, an
///         authority that cannot be used, a folder that cannot be written. Nothing is overwritten then
inline std::vector<written_key> write_keys(std::filesystem::path const& folder, std::vector<std::string> const& players,
                                           key_options const& options = {}) {
  if (players.empty()) throw bad_option("keys for no player were asked for");
  for (auto const& name : players) {
    detail::check_key_name(name);
    if (std::count(players.begin(), players.end(), name) != 1)
      throw bad_option(fmt::format("player '{}' stands there twice", name));
    std::error_code ignored;
    if (!options.replace && std::filesystem::exists(folder / name, ignored))
      throw bad_option(fmt::format("{} is there already, and keys are not overwritten unless that is asked for",
                                   (folder / name).string()));
  }
  detail::make_private_folder(folder);
  auto const authority = detail::authority::in(folder, options);
  auto const until = std::min(options.now + options.player_valid, detail::valid_until(authority.certificate.get()));

  std::vector<written_key> out;
  for (auto const& name : players) {
    auto const key = detail::make_private_key();
    auto const certificate =
        detail::make_certificate({name, options.now - std::chrono::hours{1}, until, authority.certificate.get()},
                                 key.get(), authority.key.get());
    detail::pending_folder bundle(folder / name);
    detail::write_new(bundle.path() / "player.key", detail::to_pem(key.get(), options.password));
    detail::write_new(bundle.path() / "player.crt", detail::to_pem(certificate.get()));
    detail::write_new(bundle.path() / "authority.crt", detail::to_pem(authority.certificate.get()));
    bundle.commit(options.replace);
    out.push_back({name, detail::fingerprint_of(certificate.get()), detail::valid_until(certificate.get())});
  }
  return out;
}

}  // namespace koi
