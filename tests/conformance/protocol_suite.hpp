// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bilinear_suite.hpp"
#include "comparison_suite.hpp"
#include "failure_suite.hpp"
#include "linear_suite.hpp"
#include "prepared_suite.hpp"
#include "product_suite.hpp"
#include "tests/support/long_tests.hpp"

namespace koi::testing {

/// What every protocol promises: values, declared costs, masks and clean ends. One folder that
/// satisfies ComparingProtocol passes this and is usable by all that stands above.
///
/// `range` bounds what the protocol compares: every word whose signed value lies in [-2^range, 2^range).
template <ComparingProtocol P>
void protocol_suite(std::size_t range = P::ring::bits - 1) {
  SUBCASE("inputs and outputs") { inputs_and_outputs<P>(); }
  SUBCASE("sums and public factors") { sums<P>(); }
  SUBCASE("changes of shape") { changes_of_shape<P>(); }
  SUBCASE("products") { products<P>(); }
  SUBCASE("maps of all kinds") { maps_of_all_kinds<P>(); }
  SUBCASE("masks follow values") { masks_follow_values<P>(); }
  SUBCASE("weights last") { weights_last<P>(); }
  SUBCASE("truncation") { truncation<P>(); }
  SUBCASE("signs and relu") { signs_and_relu<P>(range); }
  SUBCASE("relu of high bits") { relu_of_high_bits<P>(range); }
  SUBCASE("truncation with relu") { truncation_with_relu<P>(); }
  SUBCASE("prepared runs") { prepared_runs<P>(); }
  SUBCASE("other runs than the prepared one") { other_runs_than_the_prepared_one<P>(); }
  SUBCASE("prepared products keep their operands") { prepared_products_keep_their_operands<P>(); }
  SUBCASE("masks of prepared runs") { masks_of_prepared_runs<P>(); }
  SUBCASE("mismatches leave the session usable") { mismatches_leave_the_session_usable<P>(); }
  SUBCASE("a dying wire ends cleanly") { a_dying_wire_ends_cleanly<P>(false); }
  SUBCASE("a dying wire ends a prepared run cleanly") { a_dying_wire_ends_cleanly<P>(true); }
}

/// What changes with a protocol's `local` truncation.
template <ComparingProtocol P>
void local_truncation_suite() {
  truncation<P>();
  truncation_with_relu<P>();
}

}  // namespace koi::testing
