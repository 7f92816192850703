// expect: no match for 'operator<'|invalid operands to binary expression|koi: a private value cannot be compared
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using pond64 = koi::pond<koi::ring64, 16>;

bool less(koi::private_tensor<pond64> const& x, koi::private_tensor<pond64> const& y) { return x < y; }
