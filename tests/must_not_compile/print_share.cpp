// expect: no match for 'operator<<'|invalid operands to binary expression|koi: a private value cannot be printed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

#include <iostream>

void print(koi::share<koi::ring64> const& x) { std::cout << x; }
