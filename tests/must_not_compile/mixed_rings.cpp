// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// expect: :14:[0-9]+: *(required from here|note: in instantiation)
// expect: :15:[0-9]+: *(required from here|note: in instantiation)
// expect: :16:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 8>;
using pond32 = koi::pond<koi::ring32, 8>;
using koi::private_tensor;
using koi::public_tensor;

void sum(private_tensor<pond64> const& x, private_tensor<pond32> const& y) { x + y; }
void matrices(private_tensor<pond32> const& x, private_tensor<pond64> const& y) { koi::matmul(x, y); }
void product(private_tensor<pond64> const& x, public_tensor<pond32> const& y) { x * y; }
