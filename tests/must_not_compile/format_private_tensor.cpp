// expect: Cannot format an argument|koi: a private value cannot be printed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

#include <fmt/format.h>

auto text(koi::private_tensor<koi::pond<koi::ring64, 16>> const& x) { return fmt::format("{}", x); }
