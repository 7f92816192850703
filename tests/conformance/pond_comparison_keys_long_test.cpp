// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

template <PowerOfTwoRing R, std::size_t FracBits, class Truncation = assisted>
using with_keys = pond<R, FracBits, Truncation, pond_policy::comparison_keys<>>;

TEST_CASE_TEMPLATE("pond with comparison keys passes the suite", P, with_keys<ring8, 2>, with_keys<ring64, 16>) {
  protocol_suite<P>();
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("what the keys compute in the other rings", P, with_keys<ring32, 8>, with_keys<ring128, 40>) {
  signs_and_relu<P>(P::ring::bits - 1);
  relu_of_high_bits<P>(P::ring::bits - 1);
  truncation_with_relu<P>();
}
#endif

TEST_CASE("pond with comparison keys and local truncation") { local_truncation_suite<with_keys<ring64, 16, local>>(); }

}  // namespace koi::testing
