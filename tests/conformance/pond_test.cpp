// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("pond passes the suite", P, pond<ring8, 2>,
                   pond<ring64, 16> KOI_IN_LONG_TESTS(pond<ring32, 8>, pond<ring128, 40>)) {
  protocol_suite<P>();
}

TEST_CASE("pond with local truncation") { local_truncation_suite<pond<ring64, 16, local>>(); }

}  // namespace koi::testing
