// expect: no match for 'operator[+]'|invalid operands to binary expression
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor.hpp>

auto sum(koi::tensor<koi::ring64> const& x, koi::tensor<koi::ring32> const& y) { return x + y; }
