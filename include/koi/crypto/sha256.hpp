// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/crypto/detail/openssl.hpp>

#include <array>

namespace koi {

/// SHA-256 of some bytes.
[[nodiscard]] inline std::array<std::byte, 32> sha256(const_byte_span bytes) {
  std::array<std::byte, 32> digest{};
  unsigned length = 0;
  detail::require_crypto(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                                    &length, EVP_sha256(), nullptr) == 1 &&
                             length == digest.size(),
                         "SHA-256");
  return digest;
}

}  // namespace koi
