// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

namespace koi::detail {

/// Stops when the cryptographic library fails; there is nothing weaker to fall back to.
inline void require_crypto(bool ok, char const* what) {
  if (!ok) throw error(fmt::format("{} failed in the cryptographic library (error {:#x})", what, ERR_get_error()));
}

struct cipher_deleter {
  void operator()(EVP_CIPHER* p) const noexcept { EVP_CIPHER_free(p); }
};
struct cipher_context_deleter {
  void operator()(EVP_CIPHER_CTX* p) const noexcept { EVP_CIPHER_CTX_free(p); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, cipher_context_deleter>;

/// AES-128 in counter mode, looked up once.
inline EVP_CIPHER const* aes_128_ctr() {
  static std::unique_ptr<EVP_CIPHER, cipher_deleter> const cipher{EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr)};
  require_crypto(cipher != nullptr, "looking up AES-128-CTR");
  return cipher.get();
}

/// AES-128 block by block, looked up once: a permutation, not a way to encrypt.
inline EVP_CIPHER const* aes_128_ecb() {
  static std::unique_ptr<EVP_CIPHER, cipher_deleter> const cipher{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  require_crypto(cipher != nullptr, "looking up AES-128-ECB");
  return cipher.get();
}

}  // namespace koi::detail
