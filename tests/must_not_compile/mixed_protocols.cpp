// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// expect: :18:[0-9]+: *(required from here|note: in instantiation)
// expect: :19:[0-9]+: *(required from here|note: in instantiation)
// expect: :20:[0-9]+: *(required from here|note: in instantiation)
// expect: :21:[0-9]+: *(required from here|note: in instantiation)
// expect: :22:[0-9]+: *(required from here|note: in instantiation)
// expect: :23:[0-9]+: *(required from here|note: in instantiation)
// expect: :24:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using securenn64 = koi::securenn<koi::ring64, 16>;
using koi::private_tensor;
using koi::public_tensor;

void sum(private_tensor<pond64> const& x, private_tensor<securenn64> const& y) { x + y; }
void difference(private_tensor<securenn64> const& x, private_tensor<pond64> const& y) { x - y; }
void product(public_tensor<pond64> const& x, private_tensor<securenn64> const& y) { x * y; }
void quotient(private_tensor<pond64> const& x, public_tensor<securenn64> const& y) { x / y; }
void matrices(private_tensor<securenn64> const& x, public_tensor<pond64> const& y) { koi::matmul(x, y); }
void larger(public_tensor<securenn64> const& x, private_tensor<pond64> const& y) { koi::maximum(x, y); }
void both_public(public_tensor<pond64> const& x, public_tensor<securenn64> const& y) { x + y; }
