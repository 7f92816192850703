// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "serve.hpp"

#include <koi/protocol/pond.hpp>

int service::serve_with_pond(koi::serve::group_settings const& group, std::string const& player) {
  return serve<koi::pond<koi::ring64, 16>>(group, player);
}
