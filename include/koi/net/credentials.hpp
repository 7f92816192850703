// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/detail/key_file.hpp>
#include <koi/net/detail/openssl_ssl.hpp>
#include <koi/net/detail/tls_text.hpp>
#include <koi/net/identity.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi {

/// Where a player's own certificate and key lie, and the certificate of the authority that it trusts.
struct key_files {
  std::filesystem::path authority;
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path password_file;  ///< its first line opens the key; empty if the key is not encrypted

  /// The files as `write_keys` names them.
  [[nodiscard]] static key_files in(std::filesystem::path const& folder, std::string_view player) {
    auto const own = folder / player;
    return {own / "authority.crt", own / "player.crt", own / "player.key", {}};
  }
};

/// How long before its end a certificate is warned about.
inline constexpr auto expiry_warning = std::chrono::hours{24 * 14};

/// What a player proves itself with on TLS links, and what it asks of others: TLS 1.3, certificates of
/// one authority at both ends, no resumption and no early data.
///
/// Threads  safe: links take their own state from it
class credentials {
 public:
  /// Reads the files; `check` says whether the certificate is of use.
  ///
  /// Throws  bad_option that names the file: it is missing, no certificate or key, readable by others,
  ///         encrypted with no or another password, or not the key of the certificate
  [[nodiscard]] static credentials load(key_files const& files) {
    using detail::key_access;
    auto authority = certificate(files.authority, "the authority's certificate");
    auto own = certificate(files.certificate, "the player's certificate");
    auto key = private_key(files);
    if (X509_check_private_key(own.get(), key.get()) != 1) {
      ERR_clear_error();
      throw bad_option(
          fmt::format("{} is not the key of the certificate {}: the two come from different runs of `koi "
                      "keys`",
                      files.key.string(), files.certificate.string()));
    }
    credentials out;
    out.files_ = files;
    out.context_ = make_context(authority.get(), own.get(), key.get());
    out.authority_ = std::move(authority);
    return out;
  }

  /// Looks at the own certificate as the others will.
  ///
  /// Throws  bad_option: it is for another player, expired, not valid yet, or of another authority
  void check(std::string_view player) const {
    auto const fail = [this](std::string const& why) {
      throw bad_option(fmt::format("{}: {}", files_.certificate.string(), why));
    };
    if (!self().is(player)) fail(fmt::format("this certificate is for {}, not for {}", detail::named(own()), player));
    detail::x509_owner<X509_STORE_CTX> const look{X509_STORE_CTX_new()};
    detail::require_crypto(
        look && X509_STORE_CTX_init(look.get(), SSL_CTX_get_cert_store(context_.get()), own(), nullptr) == 1,
        "looking at a certificate");
    if (X509_verify_cert(look.get()) == 1) return;
    auto* const at = X509_STORE_CTX_get_current_cert(look.get());
    auto const code = X509_STORE_CTX_get_error(look.get());
    ERR_clear_error();
    fail(detail::refusal_text(code, at == nullptr ? own() : at, authority_.get(), "this player's"));
  }

  /// The own certificate's names, key and end.
  [[nodiscard]] identity self() const { return {detail::names_of(own()), detail::fingerprint_of(own()), until()}; }

  [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
  [[nodiscard]] X509* own() const noexcept { return SSL_CTX_get0_certificate(context_.get()); }
  [[nodiscard]] X509 const* authority() const noexcept { return authority_.get(); }

 private:
  credentials() = default;

  /// The certificate and its authority's, whichever ends first.
  [[nodiscard]] std::chrono::system_clock::time_point until() const {
    return std::min(detail::valid_until(own()), detail::valid_until(authority_.get()));
  }

  static detail::x509_ptr certificate(std::filesystem::path const& path, std::string_view what) {
    auto out = detail::read_certificate(detail::read_key_file(path, what, detail::key_access::anybody_reads));
    if (!out) throw bad_option(fmt::format("{} ({}) holds no certificate in PEM form", path.string(), what));
    return out;
  }

  static detail::private_key_ptr private_key(key_files const& files) {
    auto const pem = detail::read_key_file(files.key, "the player's private key", detail::key_access::owner_only);
    secret_bytes password;
    std::optional<const_byte_span> given;
    if (!files.password_file.empty()) {
      password =
          detail::read_key_file(files.password_file, "the password of the private key", detail::key_access::owner_only);
      auto const end = std::find_if(password.begin(), password.end(),
                                    [](std::byte b) { return b == std::byte{'\n'} || b == std::byte{'\r'}; });
      given = const_byte_span{password}.first(static_cast<std::size_t>(end - password.begin()));
    }
    auto [key, result] = detail::read_private_key(pem, given);
    auto const fail = [&files](std::string const& why) {
      throw bad_option(fmt::format("{} (the player's private key) {}", files.key.string(), why));
    };
    switch (result) {
      case detail::key_reading::no_key:
        fail("holds no private key in PEM form");
        break;
      case detail::key_reading::needs_password:
        fail(
            "is encrypted, and there is no password: name a file that holds it as \"password_file\" in the "
            "configuration");
        break;
      case detail::key_reading::wrong_password:
        fail(fmt::format("is encrypted, and the password in {} does not open it", files.password_file.string()));
        break;
      case detail::key_reading::done:
        break;
    }
    return std::move(key);
  }

  static std::shared_ptr<SSL_CTX> make_context(X509* authority, X509* own, EVP_PKEY* key) {
    std::shared_ptr<SSL_CTX> const out{SSL_CTX_new(TLS_method()), detail::ssl_deleter{}};
    detail::require_crypto(out != nullptr, "setting up TLS");
    auto* const c = out.get();
    SSL_CTX_set_options(c,
                        SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(c, SSL_MODE_NO_AUTO_CHAIN);  // the other end has the authority's certificate
    SSL_CTX_set_read_ahead(c, 1);
    // two records: OpenSSL moves all that it has read ahead to the front of its buffer for every record
    SSL_CTX_set_default_read_buffer_len(c, 2 * (SSL3_RT_MAX_PLAIN_LENGTH + 64));
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    detail::require_crypto(
        SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1 &&
            SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) == 1 &&
            SSL_CTX_set_ciphersuites(c, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") ==
                1 &&
            SSL_CTX_set_num_tickets(c, 0) == 1 && SSL_CTX_use_certificate(c, own) == 1 &&
            SSL_CTX_use_PrivateKey(c, key) == 1 && X509_STORE_add_cert(SSL_CTX_get_cert_store(c), authority) == 1 &&
            SSL_CTX_add_client_CA(c, authority) == 1,
        "setting up TLS");
    return out;
  }

  key_files files_;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<X509> authority_;
};

}  // namespace koi
