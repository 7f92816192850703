// expect: koi::fixed_point: the ring cannot hold one product at this many fraction bits
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

auto double_of(koi::private_tensor<koi::pond<koi::ring32, 15>> const& x) { return x + x; }
