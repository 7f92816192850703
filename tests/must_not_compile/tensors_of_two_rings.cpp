// expect: :12:[0-9]+: error: (no matching function for call to 'matmul)
// expect: :13:[0-9]+: error: (no match for 'operator[+]'|invalid operands to binary expression)
// expect: :14:[0-9]+: error: (no match for 'operator=='|invalid operands to binary expression)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor.hpp>

using koi::ring32;
using koi::ring64;
using koi::tensor;

auto matrices(tensor<ring64> const& x, tensor<ring32> const& y) { return koi::matmul(x, y); }
auto sum(tensor<ring64> const& x, tensor<ring32> const& y) { return x + y; }
auto same(tensor<ring64> const& x, tensor<ring32> const& y) { return x == y; }
