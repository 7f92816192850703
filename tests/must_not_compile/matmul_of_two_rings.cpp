// expect: no match(ing|) (function|for call).*matmul|no matching function for call to 'matmul'
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor.hpp>

auto product(koi::tensor<koi::ring64> const& x, koi::tensor<koi::ring32> const& y) { return koi::matmul(x, y); }
