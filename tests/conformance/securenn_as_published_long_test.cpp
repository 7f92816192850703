// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/securenn.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

template <PowerOfTwoRing R, std::size_t FracBits, class Truncation = assisted>
using as_published = securenn<R, FracBits, Truncation, securenn_policy::as_published>;

TEST_CASE_TEMPLATE("securenn as published passes the suite", P, as_published<ring8, 2>, as_published<ring64, 16>) {
  protocol_suite<P>(P::ring::bits - 2);
}

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("what is compared as published in the other rings", P, as_published<ring32, 8>,
                   as_published<ring128, 40>) {
  signs_and_relu<P>(P::ring::bits - 2);
  relu_of_high_bits<P>(P::ring::bits - 2);
  truncation_with_relu<P>();
}
#endif

TEST_CASE("securenn as published with local truncation") { local_truncation_suite<as_published<ring64, 16, local>>(); }

}  // namespace koi::testing
