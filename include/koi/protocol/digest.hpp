// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace koi {

/// A digest with one more word, by splitmix64. It tells programs and values apart by their public
/// history and authenticates nothing.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t digest, std::uint64_t word) noexcept {
  auto x = digest ^ (word + 0x9e3779b97f4a7c15u);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// With a text and with a sequence of numbers; the length comes first.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t digest, std::string_view text) noexcept {
  digest = mixed(digest, std::uint64_t{text.size()});
  for (char const c : text) digest = mixed(digest, std::uint64_t{static_cast<unsigned char>(c)});
  return digest;
}
template <class Sequence>
  requires requires(Sequence const& s) { mixed(0, std::uint64_t{*s.begin()}); }
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t digest, Sequence const& numbers) noexcept {
  digest = mixed(digest, std::uint64_t{numbers.size()});
  for (auto const n : numbers) digest = mixed(digest, std::uint64_t{n});
  return digest;
}

}  // namespace koi
