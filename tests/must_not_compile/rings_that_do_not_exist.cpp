// expect: koi::z2k: rings of 8 .for exhaustive tests., 32, 64 and 128 bits exist
// expect: koi::zp: an odd prime below 256 is needed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring.hpp>

auto none = koi::z2k<0>::bits;
auto short_one = koi::z2k<16>::bits;
auto composite = koi::zp<69>::modulus;
auto even = koi::zp<2>::modulus;
auto large = koi::zp<257>::modulus;
