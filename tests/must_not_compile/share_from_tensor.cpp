// expect: (could not convert|no viable conversion|conversion from) .*
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

koi::share<koi::ring64> shared(koi::tensor<koi::ring64> const& x) { return x; }
