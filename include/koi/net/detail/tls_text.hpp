// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/detail/certificate.hpp>
#include <koi/net/detail/openssl_ssl.hpp>
#include <koi/net/frame.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>

// What people read when certificates or TLS itself are refused. The texts are predicates: "its
// certificate has expired"; the caller puts the player in front.
namespace koi::detail {

[[nodiscard]] inline std::string clock_text() {
  return fmt::format("this machine's clock says {}", date_text(wall_clock::now()));
}

[[nodiscard]] inline std::string named(X509 const* c) {
  return printable(fmt::format("'{}'", fmt::join(names_of(c), "', '")), 128);
}

/// Why `c` does not pass. `whose` is "its" or "this player's"; `trusted` the authority's certificate.
[[nodiscard]] inline std::string refusal_text(int code, X509* c, X509 const* trusted, std::string_view whose) {
  bool const by_authority = X509_check_ca(c) != 0;
  auto const what = by_authority ? fmt::format("the authority's certificate ({})", named(c))
                                 : fmt::format("{} certificate ({})", whose, named(c));
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}; {}. Make a new one with `koi keys`, or set the clock", what,
                         date_text(valid_until(c)), clock_text());
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}; {}. One of the two clocks is wrong", what,
                         date_text(valid_from(c)), clock_text());
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return fmt::format(
          "{} was signed by another authority ('{}') than the one that this player trusts ('{}'). Keys "
          "of one run of `koi keys` belong together",
          what, printable(issuer_of(c), 64), printable(subject_of(trusted), 64));
    default:
      return fmt::format("{} cannot be accepted: {}", what, X509_verify_cert_error_string(code));
  }
}

/// What the other side meant by an alert, said to the player who has the certificate `mine`.
[[nodiscard]] inline std::string alert_text(int alert, X509 const* mine) {
  auto const dates = [mine] {
    return fmt::format("it is valid from {} until {}, and {}", date_text(valid_from(mine)),
                       date_text(valid_until(mine)), clock_text());
  };
  switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED:
      return fmt::format("it refuses this player's certificate as expired: {}", dates());
    case SSL_AD_BAD_CERTIFICATE:
      return fmt::format("it refuses this player's certificate as not valid, or not valid yet by its clock: {}",
                         dates());
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_DECRYPT_ERROR:
      return fmt::format(
          "it refuses this player's certificate, because it trusts another authority than '{}', which "
          "signed it",
          printable(issuer_of(mine), 64));
    case SSL_AD_CERTIFICATE_REQUIRED:
      return "it asks for a certificate, and this player sent none";
    case SSL_AD_PROTOCOL_VERSION:
      return "it speaks no TLS 1.3, the only version that koi uses";
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_ACCESS_DENIED:
      return fmt::format("it refuses this player's certificate ({}): {}", SSL_alert_desc_string_long(alert), dates());
    default:
      return fmt::format("it ended TLS with the alert '{}'", SSL_alert_desc_string_long(alert));
  }
}

}  // namespace koi::detail
