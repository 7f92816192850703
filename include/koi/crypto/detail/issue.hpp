// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/detail/certificate.hpp>
#include <koi/crypto/entropy.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace koi::detail {

/// A fresh key on the curve P-256.
[[nodiscard]] inline private_key_ptr make_private_key() {
  private_key_ptr key{EVP_EC_gen("P-256")};
  require_crypto(key != nullptr, "making a key");
  return key;
}

struct certificate_request {
  std::string name;
  wall_clock::time_point from;
  wall_clock::time_point until;
  X509* authority = nullptr;  ///< who signs; null for an authority, which signs its own
};

inline void add_extension(X509* to, X509* authority, int kind, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, authority, to, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  x509_owner<X509_EXTENSION> const extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require_crypto(extension != nullptr && X509_add_ext(to, extension.get(), -1) == 1, "extending a certificate");
}

/// A certificate for the public half of `key`, signed with `signer`: for a player, who may be caller
/// and called, or for an authority of players. `request.name` has letters, digits, '.', '-' and '_'.
[[nodiscard]] inline x509_ptr make_certificate(certificate_request const& request, EVP_PKEY* key, EVP_PKEY* signer) {
  x509_ptr out{X509_new()};
  require_crypto(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1, "making a certificate");

  std::array<unsigned char, 16> serial;
  fill_from_os(writable_bytes_of(serial.data(), serial.size()));
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3f) | 0x40);  // positive, and of full length
  x509_owner<BIGNUM> const number{BN_bin2bn(serial.data(), serial.size(), nullptr)};
  require_crypto(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(out.get())) != nullptr,
                 "numbering a certificate");

  auto const from = wall_clock::to_time_t(request.from), until = wall_clock::to_time_t(request.until);
  require_crypto(ASN1_TIME_set(X509_getm_notBefore(out.get()), from) != nullptr &&
                     ASN1_TIME_set(X509_getm_notAfter(out.get()), until) != nullptr,
                 "dating a certificate");

  auto* const subject = X509_get_subject_name(out.get());
  auto const* const name = reinterpret_cast<unsigned char const*>(request.name.data());
  auto* const authority = request.authority == nullptr ? out.get() : request.authority;
  require_crypto(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, static_cast<int>(request.name.size()),
                                            -1, 0) == 1 &&
                     X509_set_issuer_name(out.get(), X509_get_subject_name(authority)) == 1 &&
                     X509_set_pubkey(out.get(), key) == 1,
                 "naming a certificate");

  add_extension(out.get(), authority, NID_subject_key_identifier, "hash");
  if (request.authority == nullptr) {
    add_extension(out.get(), authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(out.get(), authority, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(out.get(), authority, NID_authority_key_identifier, "keyid:always");
    add_extension(out.get(), authority, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(out.get(), authority, NID_key_usage, "critical,digitalSignature");
    add_extension(out.get(), authority, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(out.get(), authority, NID_subject_alt_name, "DNS:" + request.name);
  }
  require_crypto(X509_sign(out.get(), signer, EVP_sha256()) > 0, "signing a certificate");
  return out;
}

[[nodiscard]] inline secret_bytes content_of(BIO* memory) {
  char* data = nullptr;
  auto const length = BIO_get_mem_data(memory, &data);
  require_crypto(length > 0, "writing to memory");
  auto const bytes = bytes_of(data, static_cast<std::size_t>(length));
  secret_bytes out(bytes.begin(), bytes.end());
  OPENSSL_cleanse(data, static_cast<std::size_t>(length));
  return out;
}

[[nodiscard]] inline secret_bytes to_pem(X509* certificate) {
  x509_owner<BIO> const out{BIO_new(BIO_s_mem())};
  require_crypto(out && PEM_write_bio_X509(out.get(), certificate) == 1, "writing a certificate");
  return content_of(out.get());
}

/// With a password the key is under AES-256-CBC; the password goes through PBKDF2 with HMAC-SHA256.
[[nodiscard]] inline secret_bytes to_pem(EVP_PKEY* key, std::string_view password) {
  constexpr int rounds = 600'000;
  x509_owner<BIO> const out{BIO_new(BIO_s_secmem())};
  require_crypto(out != nullptr, "writing a key");
  if (password.empty()) {
    require_crypto(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
                   "writing a key");
    return content_of(out.get());
  }
  x509_owner<PKCS8_PRIV_KEY_INFO> const plain{EVP_PKEY2PKCS8(key)};
  auto* const method = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, nullptr, 0, nullptr, NID_hmacWithSHA256);
  require_crypto(plain && method, "encrypting a key");
  x509_owner<X509_SIG> const sealed{
      PKCS8_set0_pbe(password.data(), static_cast<int>(password.size()), plain.get(), method)};
  require_crypto(sealed && PEM_write_bio_PKCS8(out.get(), sealed.get()) == 1, "encrypting a key");
  return content_of(out.get());
}

}  // namespace koi::detail
