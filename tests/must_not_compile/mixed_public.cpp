// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using securenn64 = koi::securenn<koi::ring64, 16>;

auto mixed(koi::public_tensor<pond64> const& x, koi::public_tensor<securenn64> const& y) { return x - y; }
