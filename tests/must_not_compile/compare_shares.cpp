// expect: no match for 'operator=='|invalid operands to binary expression|koi: a private value cannot be compared
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

bool same(koi::share<koi::ring64> const& x, koi::share<koi::ring64> const& y) { return x == y; }
