// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/detail/openssl.hpp>
#include <koi/crypto/seed.hpp>

#include <string_view>
#include <vector>

namespace koi {

/// Derives a seed from another: HMAC-SHA256 under the parent, over a label and numbers.
///
/// Distinct (label, numbers) give independent seeds; the encoding is injective, because the label's
/// length and the number of numbers come first.
[[nodiscard]] inline seed derive(seed const& parent, std::string_view label,
                                 std::initializer_list<std::uint64_t> numbers = {}) {
  std::array<std::byte, 16 + 64 + 8 * 8> info;
  if (label.size() > 64 || numbers.size() > 8)
    throw bad_argument(fmt::format("derive: a label has at most 64 bytes and 8 numbers, here {} and {}", label.size(),
                                   numbers.size()));
  std::size_t used = 0;
  auto const put = [&](std::uint64_t word) {
    std::memcpy(info.data() + used, &word, sizeof word);
    used += sizeof word;
  };
  put(label.size());
  put(numbers.size());
  std::memcpy(info.data() + used, label.data(), label.size());
  used += label.size();
  for (auto const number : numbers) put(number);

  std::array<std::byte, seed::size> out;
  unsigned length = 0;
  auto const key = parent.bytes();
  detail::require_crypto(
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(info.data()),
           used, reinterpret_cast<unsigned char*>(out.data()), &length) != nullptr &&
          length == seed::size,
      "HMAC-SHA256");
  seed child(out);
  wipe(out.data(), out.size());
  wipe(info.data(), info.size());
  return child;
}

}  // namespace koi
