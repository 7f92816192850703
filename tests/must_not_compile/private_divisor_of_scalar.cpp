// expect: koi: a private divisor needs a division protocol with a stated domain
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

void quotient(koi::private_tensor<koi::pond<koi::ring64, 16>> const& y) { 1.0 / y; }
