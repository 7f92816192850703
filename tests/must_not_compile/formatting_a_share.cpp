// expect: Cannot format an argument
// expect: :11:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

auto text(koi::share<koi::ring64> const& x) { return fmt::format("{}", x); }
