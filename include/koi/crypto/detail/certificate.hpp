// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/crypto/detail/openssl_x509.hpp>
#include <koi/crypto/sha256.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace koi::detail {

using wall_clock = std::chrono::system_clock;

/// "2026-11-21 20:13 UTC".
[[nodiscard]] inline std::string date_text(wall_clock::time_point when) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(wall_clock::to_time_t(when)));
}

/// Dates end in the year 9999, and the clock's type earlier: what it does not hold is the last or first that it does.
[[nodiscard]] inline wall_clock::time_point time_of(ASN1_TIME const* t) {
  using std::chrono::time_point_cast, std::chrono::seconds;
  std::tm parts{};
  require_crypto(t != nullptr && ASN1_TIME_to_tm(t, &parts) == 1, "reading a date");
  auto const first = time_point_cast<seconds>(wall_clock::time_point::min()).time_since_epoch().count(),
             last = time_point_cast<seconds>(wall_clock::time_point::max()).time_since_epoch().count();
  return wall_clock::from_time_t(std::clamp<std::time_t>(::timegm(&parts), first, last));
}
[[nodiscard]] inline wall_clock::time_point valid_from(X509 const* c) { return time_of(X509_get0_notBefore(c)); }
[[nodiscard]] inline wall_clock::time_point valid_until(X509 const* c) { return time_of(X509_get0_notAfter(c)); }

[[nodiscard]] inline std::string text_of(ASN1_STRING const* s) {
  return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(s)), static_cast<std::size_t>(ASN1_STRING_length(s))};
}

/// The common name that comes last; empty if there is none. Written by whoever made the certificate.
[[nodiscard]] inline std::string common_name(X509_NAME const* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
  return last < 0 ? std::string{} : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
}
[[nodiscard]] inline std::string subject_of(X509 const* c) { return common_name(X509_get_subject_name(c)); }
[[nodiscard]] inline std::string issuer_of(X509 const* c) { return common_name(X509_get_issuer_name(c)); }

/// Whom a certificate is for: its DNS names, or where it has none its common name.
[[nodiscard]] inline std::vector<std::string> names_of(X509 const* c) {
  std::vector<std::string> names;
  x509_owner<GENERAL_NAMES> const all{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(c, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    auto const* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  if (names.empty())
    if (auto name = subject_of(c); !name.empty()) names.push_back(std::move(name));
  return names;
}

/// "sha256:" and the digest of the public key in hexadecimal digits. It stays when a certificate is
/// renewed with the same key.
[[nodiscard]] inline std::string fingerprint_of(X509 const* c) {
  unsigned char* der = nullptr;
  int const length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c), &der);
  require_crypto(length > 0, "reading a public key");
  auto const digest = sha256(bytes_of(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  std::string out = "sha256:";
  for (auto const byte : digest) out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return out;
}

[[nodiscard]] inline x509_owner<BIO> reading(const_byte_span bytes) {
  x509_owner<BIO> out{BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
  require_crypto(out != nullptr, "reading from memory");
  return out;
}

/// A certificate from PEM; none if that is no certificate.
[[nodiscard]] inline x509_ptr read_certificate(const_byte_span pem) {
  x509_ptr out{PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  return out;
}

enum class key_reading { done, no_key, needs_password, wrong_password };

/// A private key from PEM.
[[nodiscard]] inline std::pair<private_key_ptr, key_reading> read_private_key(const_byte_span pem,
                                                                              std::optional<const_byte_span> password) {
  struct request {
    std::optional<const_byte_span> password;
    bool made = false;
  } asked{password};
  auto const answer = [](char* into, int room, int, void* from) -> int {
    auto& r = *static_cast<request*>(from);
    r.made = true;
    if (!r.password || r.password->size() > static_cast<std::size_t>(room)) return -1;
    std::memcpy(into, r.password->data(), r.password->size());
    return static_cast<int>(r.password->size());
  };
  private_key_ptr key{PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, answer, &asked)};
  ERR_clear_error();
  if (key) return {std::move(key), key_reading::done};
  if (!asked.made) return {nullptr, key_reading::no_key};
  return {nullptr, password ? key_reading::wrong_password : key_reading::needs_password};
}

}  // namespace koi::detail
