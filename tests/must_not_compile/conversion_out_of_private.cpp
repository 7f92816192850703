// expect: :15:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :16:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :17:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :18:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :19:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call|value of type)
// expect: :20:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using x_type = koi::private_tensor<pond64>;
using share_type = koi::share<koi::ring64>;

koi::tensor<koi::ring64> piece(share_type const& x) { return x; }
bool decided(share_type const& x) { return x; }
koi::plain_tensor plain(x_type const& x) { return x; }
double number(x_type const& x) { return x; }
bool decided(x_type const& x) { return x ? true : false; }
koi::public_tensor<pond64> known(x_type const& x) { return x; }
