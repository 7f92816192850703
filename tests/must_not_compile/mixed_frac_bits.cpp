// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using coarse = koi::pond<koi::ring64, 8>;
using fine = koi::pond<koi::ring64, 16>;

auto mixed(koi::public_tensor<coarse> const& x, koi::private_tensor<fine> const& y) { return x * y; }
