// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace koi {

/// How far a peer's clock is ahead of this machine's, as far as one question and its answer tell.
struct clock_offset {
  std::chrono::nanoseconds ahead{};
  std::chrono::nanoseconds error{};  ///< the most that `ahead` is off
};

/// The time on this machine's clock, as machines tell it each other: since 1970.
[[nodiscard]] inline std::chrono::nanoseconds clock_reading() noexcept {
  return std::chrono::system_clock::now().time_since_epoch();
}

/// From a question that left here at `asked`, found the peer's clock at `theirs`, and was answered here at `heard`:
/// the peer read its clock between the two, at an unknown moment.
[[nodiscard]] inline clock_offset offset_of(std::chrono::nanoseconds asked, std::chrono::nanoseconds theirs,
                                            std::chrono::nanoseconds heard) noexcept {
  auto const half = std::max(heard - asked, std::chrono::nanoseconds{0}) / 2;
  return {theirs - (asked + half), half};
}

/// Clocks that are farther apart are worth a word: each judges the other's certificates by its own.
inline constexpr std::chrono::seconds clocks_agree{5};
/// Clocks that are farther apart make certificates seem not valid yet, or expired.
inline constexpr std::chrono::minutes clocks_contradict{5};

/// How far two clocks are apart at least.
[[nodiscard]] inline std::chrono::nanoseconds least_distance(clock_offset const& o) noexcept {
  return std::max(std::chrono::abs(o.ahead) - o.error, std::chrono::nanoseconds{0});
}

/// "the clock of server0 is 12.0 s ahead of this player's", for messages.
[[nodiscard]] inline std::string offset_text(std::string_view whose, clock_offset const& o) {
  return fmt::format("the clock of {} is {:.1f} s {} this player's", whose,
                     std::chrono::duration<double>(std::chrono::abs(o.ahead)).count(),
                     o.ahead.count() < 0 ? "behind" : "ahead of");
}

/// What comes of clocks that are apart, and what helps.
inline constexpr std::string_view clock_advice =
    "certificates seem not valid yet, or expired, where a clock is wrong: have both machines follow time servers (NTP)";

/// What to say of a peer's clock, if it is worth a word.
[[nodiscard]] inline std::optional<std::string> clock_warning(std::string_view whose, clock_offset const& o) {
  if (least_distance(o) <= clocks_agree) return std::nullopt;
  return fmt::format("warning: {}; {}", offset_text(whose, o), clock_advice);
}

}  // namespace koi
