// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace koi {

/// Who the other end of a TLS link has proven to be.
struct identity {
  std::vector<std::string> names;  ///< the certificate's DNS names, or its common name if it has none
  std::string fingerprint;         ///< "sha256:" and the digest of its public key
  std::chrono::system_clock::time_point valid_until{};

  [[nodiscard]] bool is(std::string_view player) const {
    return std::find(names.begin(), names.end(), player) != names.end();
  }
};

/// One of the two ends of a link refused the other's certificate, or the way it wants to speak. Trying
/// again does not help: keys, clocks or the configuration have to change.
class bad_identity final : public channel_error {
 public:
  using channel_error::channel_error;
};

}  // namespace koi
