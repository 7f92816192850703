// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/crypto/sha256.hpp>
#include <koi/serve/settings.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace koi::serve {

/// The keys of a group's file that all players must have the same values of, for messages.
inline constexpr std::string_view common_settings =
    "\"protocol\", \"batching\", \"stock_mib\", \"tick_ms\", \"lost_after_ms\" and \"step_ms\"";

/// A digest of them, which players compare when they meet: with other times one is called lost that is not, and with
/// another stock a helper has no room for what server 0 orders.
[[nodiscard]] inline std::uint64_t settings_digest(group_settings const& g) {
  auto const text = fmt::format(
      "koi settings 1\nprotocol {}\nsamples {}\nwait_ms {}\nstock {}\ntick_ms {}\nlost_after_ms {}\nstep_ms {}\n",
      g.protocol, g.desk.max_samples, g.desk.batch_wait.count(), g.stock_bytes, g.tick.count(), g.lost_after.count(),
      g.step.count());
  return load<std::uint64_t>(sha256(bytes_of(text.data(), text.size())));
}

}  // namespace koi::serve
