// expect: koi: a private divisor needs a protocol that can compare
// expect: :11:[0-9]+: *(required from here|note: in instantiation)
// expect: :12:[0-9]+: *(required from here|note: in instantiation)
// expect: :13:[0-9]+: error: (no matching function for call to '(koi::)?divide)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

#include "linear_only.hpp"

void quotient(koi::private_tensor<linear_only> const& x, koi::private_tensor<linear_only> const& y) { x / y; }
void reciprocal(koi::private_tensor<linear_only> const& y) { 1.0 / y; }
auto by_name(koi::private_tensor<linear_only> const& x) { return koi::divide(x, x); }
