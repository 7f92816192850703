// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

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

}  // namespace koi
