// expect: bool
// expect: :11:[0-9]+: error: (no match for 'operator[*]'|invalid operands to binary expression)
// expect: :12:[0-9]+: error: (no match for 'operator[+]'|invalid operands to binary expression)
// expect: :13:[0-9]+: error: (no match for 'operator/'|invalid operands to binary expression)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using x_type = koi::private_tensor<koi::pond<koi::ring64, 16>>;

auto product(x_type const& x) { return x * true; }
auto sum(x_type const& x) { return true + x; }
auto quotient(x_type const& x) { return x / true; }
