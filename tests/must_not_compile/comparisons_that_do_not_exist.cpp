// expect: koi: a carry tree joins 2, 3 or 4 positions a level
// expect: koi: a comparison's width is 2 bits or more, or 0 for the whole ring
// expect: koi: a comparison's width is at most the bits of the ring
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using koi::pond_policy::carry_tree;
using koi::pond_policy::comparison_keys;

template <class Comparison>
using pond_with = koi::pond<koi::ring64, 16, koi::assisted, Comparison>;

auto fives(koi::private_tensor<pond_with<carry_tree<5>>> const& x) { return koi::relu(x); }
auto narrow(koi::private_tensor<pond_with<comparison_keys<1>>> const& x) { return koi::relu(x); }
auto wide(koi::private_tensor<pond_with<comparison_keys<65>>> const& x) { return koi::relu(x); }
