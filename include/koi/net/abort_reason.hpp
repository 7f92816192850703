// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <concepts>
#include <string_view>

namespace koi {

/// What a player tells the others when it stops: why, and whom it lost if that is why. So the others know who is away,
/// even those who hear it from somebody else first. It refers to text of the caller.
struct abort_reason {
  template <std::convertible_to<std::string_view> Text>
  abort_reason(Text const& text, std::string_view player = {}) : why(text), lost(player) {}
  abort_reason(channel_error const& e) : why(e.what()), lost(e.lost()) {}

  std::string_view why;
  std::string_view lost;  ///< a player's name, or empty
};

}  // namespace koi
