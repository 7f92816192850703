// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/detail/openssl.hpp>
#include <koi/crypto/seed.hpp>

#include <algorithm>
#include <array>

namespace koi {

/// A stream of pseudorandom bytes: AES-128 in counter mode.
///
/// The seed's first half is the key and its second half the starting counter block, so two streams
/// meet only if their seeds do. A stream belongs to one purpose of one operation (see party).
///
/// Threads  distinct objects: safe; one object: one thread at a time
class prg {
 public:
  explicit prg(seed const& from) : context_(EVP_CIPHER_CTX_new()) {
    auto const* bytes = reinterpret_cast<unsigned char const*>(from.bytes().data());
    detail::require_crypto(
        context_ && EVP_EncryptInit_ex2(context_.get(), detail::aes_128_ctr(), bytes, bytes + 16, nullptr) == 1,
        "starting AES-128-CTR");
  }

  /// Overwrites a buffer with the next bytes of the stream.
  void fill(byte_span out) {
    static constexpr std::array<unsigned char, 8 * 1024> zeros{};  // stays in the first-level cache, beside its tile
    while (!out.empty()) {
      auto const now = out.first(std::min(out.size(), zeros.size()));
      int length = 0;
      detail::require_crypto(EVP_EncryptUpdate(context_.get(), reinterpret_cast<unsigned char*>(now.data()), &length,
                                               zeros.data(), static_cast<int>(now.size())) == 1,
                             "AES-128-CTR");
      out = out.subspan(now.size());
    }
  }

 private:
  detail::cipher_context context_;
};

}  // namespace koi
