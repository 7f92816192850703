// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/server_views.hpp"

namespace koi::testing {

namespace {

template <Protocol P>
typename P::share_type both_selections(party& self, typename P::share_type const& x) {
  auto const y = P::relu(self, x);
  return P::truncate_relu(self, P::add(x, y), P::frac_bits);
}

}  // namespace

TEST_CASE("as published: a server's view does not tell inputs apart") {
  using P = securenn<ring8, 2, assisted, securenn_policy::as_published>;
  check_views<P>(telling_inputs<ring8>({2}, 4), both_selections<P>);
}

TEST_CASE("64 bits: a server's view does not tell inputs apart") {
  using P = securenn<ring64, 16>;
  check_views<P>(telling_inputs<ring64>({1}, 60), both_selections<P>, 2500);
}

TEST_SUITE("long") {
  TEST_CASE("64 bits and bit planes: a server's view does not tell inputs apart") {
    using P = pond<ring64, 16>;
    check_views<P>(telling_inputs<ring64>({1}, 60), both_selections<P>, 6000);
  }
}

}  // namespace koi::testing
