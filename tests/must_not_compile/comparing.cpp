// expect: :15:[0-9]+: error: (no match for 'operator=='|invalid operands to binary expression)
// expect: :16:[0-9]+: error: (no match for 'operator!='|invalid operands to binary expression)
// expect: :17:[0-9]+: error: (no match for 'operator<'|invalid operands to binary expression)
// expect: :18:[0-9]+: error: (no match for 'operator=='|invalid operands to binary expression)
// expect: :19:[0-9]+: error: (no match for 'operator=='|invalid operands to binary expression)
// expect: :20:[0-9]+: error: (no match for 'operator<'|invalid operands to binary expression)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using x_type = koi::private_tensor<pond64>;
using share_type = koi::share<koi::ring64>;

bool same(x_type const& x, x_type const& y) { return x == y; }
bool other(x_type const& x, x_type const& y) { return x != y; }
bool less(x_type const& x, x_type const& y) { return x < y; }
bool zero(x_type const& x) { return x == 0; }
bool same(share_type const& x, share_type const& y) { return x == y; }
bool less(share_type const& x, share_type const& y) { return x < y; }
