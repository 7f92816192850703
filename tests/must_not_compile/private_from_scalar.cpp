// expect: (could not convert|no viable conversion|conversion from) .*
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

koi::private_tensor<koi::pond<koi::ring64, 16>> hidden() { return 1.0; }
