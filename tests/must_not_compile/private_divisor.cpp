// expect: koi: a private divisor needs a division protocol with a stated domain
// expect: :11:[0-9]+: *(required from here|note: in instantiation)
// expect: :12:[0-9]+: *(required from here|note: in instantiation)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using securenn64 = koi::securenn<koi::ring64, 16>;

void quotient(koi::private_tensor<pond64> const& x, koi::private_tensor<pond64> const& y) { x / y; }
void reciprocal(koi::private_tensor<securenn64> const& y) { 1.0 / y; }
