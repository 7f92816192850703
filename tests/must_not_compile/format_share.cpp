// expect: Cannot format an argument|koi: a private value cannot be printed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

auto text(koi::share<koi::ring64> const& x) { return fmt::format("{}", x); }
