// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

namespace koi {

/// Fills a buffer with randomness of the operating system.
///
/// Throws  no_entropy if the system gives none; there is no fallback
inline void fill_from_os(byte_span out) {
  while (!out.empty()) {
    auto const chunk = std::min<std::size_t>(out.size(), 256);
    if (::getentropy(out.data(), chunk) != 0)
      throw no_entropy(
          fmt::format("the operating system gave no entropy (errno {}); koi does not run without it", errno));
    out = out.subspan(chunk);
  }
}

}  // namespace koi
