// expect: koi: the operands belong to different protocols, rings or fixed-point types. they cannot be mixed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using assisted = koi::pond<koi::ring64, 16, koi::assisted>;
using local = koi::pond<koi::ring64, 16, koi::local>;

auto mixed(koi::private_tensor<assisted> const& x, koi::private_tensor<local> const& y) { return x + y; }
