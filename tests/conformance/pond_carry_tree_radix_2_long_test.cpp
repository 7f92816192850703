// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

template <PowerOfTwoRing R, std::size_t FracBits>
using binary = pond<R, FracBits, assisted, pond_policy::carry_tree<2>>;

TEST_CASE_TEMPLATE("pond with a carry tree in radix 2 passes the suite", P, binary<ring8, 2>, binary<ring64, 16>) {
  protocol_suite<P>();
}

}  // namespace koi::testing
