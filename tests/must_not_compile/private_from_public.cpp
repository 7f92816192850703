// expect: (could not convert|no viable conversion|conversion from) .*
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

using pond64 = koi::pond<koi::ring64, 16>;

koi::private_tensor<pond64> hidden(koi::public_tensor<pond64> const& x) { return x; }
