// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/entropy.hpp>

#include <array>
#include <cstdint>

namespace koi {

/// 256 secret bits, wiped on release. Two players that share one can draw the same streams.
class seed {
 public:
  static constexpr std::size_t size = 32;

  /// A seed of the caller's bytes; random ones come from `from_os`.
  explicit seed(std::array<std::byte, size> const& bytes) noexcept : bytes_(bytes) {}
  seed(seed const&) noexcept = default;
  seed& operator=(seed const&) noexcept = default;
  ~seed() { wipe(bytes_.data(), size); }

  /// A fresh seed of the operating system. Throws no_entropy.
  [[nodiscard]] static seed from_os() {
    std::array<std::byte, size> bytes;
    fill_from_os(bytes);
    seed fresh(bytes);
    wipe(bytes.data(), size);
    return fresh;
  }

  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes_; }

 private:
  std::array<std::byte, size> bytes_;
};

}  // namespace koi
