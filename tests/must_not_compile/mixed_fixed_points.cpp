// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// expect: :13:[0-9]+: *(required from here|note: in instantiation)
// expect: :14:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using usual = koi::pond<koi::ring64, 16>;
using coarse = koi::pond<koi::ring64, 8>;
using free_of_charge = koi::pond<koi::ring64, 16, koi::local>;
using koi::private_tensor;

void fraction_bits(private_tensor<usual> const& x, private_tensor<coarse> const& y) { x + y; }
void truncation(private_tensor<usual> const& x, private_tensor<free_of_charge> const& y) { x * y; }
