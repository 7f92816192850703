// expect: ComparingProtocol
// expect: :15:[0-9]+: error: (no matching function for call to '(koi::)?relu)
// expect: :16:[0-9]+: error: (no matching function for call to '(koi::)?is_nonnegative)
// expect: :17:[0-9]+: error: (no matching function for call to '(koi::)?maximum)
// expect: :18:[0-9]+: error: (no matching function for call to '(koi::)?argmax)
// expect: :19:[0-9]+: error: (no matching function for call to '(koi::)?sigmoid)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "linear_only.hpp"

using x_type = koi::private_tensor<linear_only>;

x_type what_it_can_do(x_type const& x) { return koi::matmul(x, x) + x * x; }

auto positive(x_type const& x) { return koi::relu(x); }
auto sign(x_type const& x) { return koi::is_nonnegative(x); }
auto larger(x_type const& x) { return koi::maximum(x, x); }
auto largest(x_type const& x) { return koi::argmax(x, 0); }
auto curve(x_type const& x) { return koi::sigmoid(x); }
