// expect: :8:[0-9]+: error: (no matching function for call to '(koi::)?divide)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/koi.hpp>

using pond64 = koi::pond<koi::ring64, 16>;

auto quotient(koi::private_tensor<pond64> const& x, koi::private_tensor<pond64> const& y) { return koi::divide(x, y); }
