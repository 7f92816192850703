// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/crypto/detail/openssl.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace koi {

/// 128 bits, as a permutation takes them. Bit 0 is the lowest of `low`.
struct block128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(block128 const&, block128 const&) = default;
};
static_assert(sizeof(block128) == 16 && std::is_trivially_copyable_v<block128>);

/// A public permutation of blocks: AES-128 under a key that every party of a step knows. A one-way
/// expansion of secret blocks is built on it (see comparison_key).
///
/// The key is drawn anew for every step, so that no table of images made before serves an attacker.
/// Threads  distinct objects: safe; one object: one thread at a time
class permutation {
 public:
  static constexpr std::size_t key_size = 16;
  using key_type = std::array<std::byte, key_size>;

  explicit permutation(key_type const& key) : context_(EVP_CIPHER_CTX_new()) {
    auto const* const bytes = reinterpret_cast<unsigned char const*>(key.data());
    detail::require_crypto(
        context_ && EVP_EncryptInit_ex2(context_.get(), detail::aes_128_ecb(), bytes, nullptr, nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1,
        "starting AES-128-ECB");
  }

  /// Replaces every block by its image.
  void operator()(std::span<block128> blocks) {
    constexpr std::size_t most = std::size_t{1} << 26;  // the library counts bytes in an int
    while (!blocks.empty()) {
      auto const now = blocks.first(std::min(blocks.size(), most));
      auto* const p = reinterpret_cast<unsigned char*>(now.data());
      int length = 0;
      detail::require_crypto(EVP_EncryptUpdate(context_.get(), p, &length, p, static_cast<int>(now.size_bytes())) == 1,
                             "AES-128-ECB");
      blocks = blocks.subspan(now.size());
    }
  }

 private:
  detail::cipher_context context_;
};

}  // namespace koi
