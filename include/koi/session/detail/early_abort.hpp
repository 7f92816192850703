// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/net/detail/fate.hpp>
#include <koi/net/frame.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace koi::detail {

/// Room for an abort, the largest frame that a peer may send before all are there.
using early_bytes = std::array<std::byte, frame_header_size + max_abort_bytes>;

/// Why a peer stopped, where the first bytes that it sent are a whole abort. What else is wrong with them, the channel
/// says later.
[[nodiscard]] inline std::optional<heard_reason> early_abort(const_byte_span seen, std::string const& peer) {
  try {
    auto const header = decode_header(seen, peer);
    if (header.kind != frame_kind::abort || seen.size() < frame_header_size + header.length) return std::nullopt;
    return heard_reason::of(seen.subspan(frame_header_size, static_cast<std::size_t>(header.length)));
  } catch (bad_frame const&) {
    return std::nullopt;
  }
}

}  // namespace koi::detail
