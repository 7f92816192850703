// expect: koi::zp: an odd prime below 256 is needed
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ring.hpp>

koi::zp<69>::value_type element = koi::zp<69>::add(1, 2);
