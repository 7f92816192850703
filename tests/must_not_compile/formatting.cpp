// expect: Cannot format an argument
// expect: :13:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

using pond64 = koi::pond<koi::ring64, 16>;

auto text(koi::private_tensor<pond64> const& x) { return fmt::format("{}", x); }
