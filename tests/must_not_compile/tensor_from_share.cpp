// expect: (could not convert|no viable conversion|conversion from) .*share
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

koi::tensor<koi::ring64> opened(koi::share<koi::ring64> const& x) { return x; }
