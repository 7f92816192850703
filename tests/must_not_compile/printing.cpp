// expect: :12:[0-9]+: error: (no match for 'operator<<'|invalid operands to binary expression)
// expect: :13:[0-9]+: error: (no match for 'operator<<'|invalid operands to binary expression)
// expect: :14:[0-9]+: error: (no match for 'operator<<'|invalid operands to binary expression)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

#include <iostream>

using pond64 = koi::pond<koi::ring64, 16>;

void print(koi::private_tensor<pond64> const& x) { std::cout << x; }
void print(koi::share<koi::ring64> const& x) { std::cout << x; }
void print(koi::seed const& x) { std::cout << x; }
