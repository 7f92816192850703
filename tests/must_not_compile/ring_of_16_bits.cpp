// expect: koi::z2k: rings of 8 .for exhaustive tests., 32, 64 and 128 bits exist
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring.hpp>

koi::z2k<16>::value_type element;
