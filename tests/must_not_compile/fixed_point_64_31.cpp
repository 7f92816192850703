// expect: koi::fixed_point: the ring cannot hold one product at this many fraction bits
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring.hpp>

auto number = koi::fixed_point<koi::ring64, 31>::encode(1.0);
