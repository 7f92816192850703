// expect: (could not convert|no viable conversion|conversion from) .*private_tensor|no matching .*
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

koi::plain_tensor opened(koi::private_tensor<koi::pond<koi::ring64, 16>> const& x) { return x; }
