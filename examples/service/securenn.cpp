// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include <koi/protocol/securenn.hpp>

int service::serve_with_securenn(koi::serve::group_settings const& group, std::string const& player) {
  return serve<koi::securenn<koi::ring64, 16>>(group, player);
}
