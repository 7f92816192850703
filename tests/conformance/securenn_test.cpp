// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/securenn.hpp>

#include "protocol_suite.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("securenn passes the suite", P, securenn<ring8, 2>,
                   securenn<ring64, 16> KOI_IN_LONG_TESTS(securenn<ring32, 8>, securenn<ring128, 40>)) {
  protocol_suite<P>();
}

TEST_CASE("securenn with local truncation") { local_truncation_suite<securenn<ring64, 16, local>>(); }

}  // namespace koi::testing
