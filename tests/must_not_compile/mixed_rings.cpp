// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using pond64 = koi::pond<koi::ring64, 8>;
using pond32 = koi::pond<koi::ring32, 8>;

auto mixed(koi::private_tensor<pond64> const& x, koi::public_tensor<pond32> const& y) { return x + y; }
