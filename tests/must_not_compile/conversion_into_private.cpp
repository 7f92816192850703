// expect: :15:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :16:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :17:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :18:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :19:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :20:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// expect: :21:[0-9]+: error: (could not convert|cannot convert|no viable conversion|conversion from|no matching function for call)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

using pond64 = koi::pond<koi::ring64, 16>;
using x_type = koi::private_tensor<pond64>;

x_type plain(koi::plain_tensor const& v) { return v; }
x_type ring(koi::tensor<koi::ring64> const& v) { return v; }
x_type scalar() { return 1.0; }
x_type whole() { return 1; }
x_type known(koi::public_tensor<pond64> const& v) { return v; }
koi::share<koi::ring64> share(koi::tensor<koi::ring64> const& v) { return v; }
koi::share<koi::ring64> shape(koi::shape_type const& v) { return v; }
