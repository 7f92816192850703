// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

template <PowerOfTwoRing R, std::size_t FracBits, std::size_t Radix>
using with_tree = pond<R, FracBits, assisted, pond_policy::carry_tree<Radix>>;
using pond8_radix_2 = with_tree<ring8, 2, 2>;
using pond64_radix_2 = with_tree<ring64, 16, 2>;
using pond8_radix_3 = with_tree<ring8, 2, 3>;
using pond64_radix_3 = with_tree<ring64, 16, 3>;

TEST_CASE_TEMPLATE("pond with a carry tree in radix 2 or 3 passes the suite", P, pond8_radix_2, pond64_radix_2, pond8_radix_3,
                   pond64_radix_3) {
  protocol_suite<P>();
}

}  // namespace koi::testing
