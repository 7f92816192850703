// expect: koi::fixed_point: the ring cannot hold one product at this many fraction bits
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring.hpp>

auto of_32 = koi::fixed_point<koi::ring32, 15>::frac_bits;
auto of_8 = koi::fixed_point<koi::ring8, 3>::frac_bits;
