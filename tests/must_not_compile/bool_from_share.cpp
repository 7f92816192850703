// expect: (could not convert|cannot convert|no viable conversion|conversion from|value of type) .*share
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol.hpp>

bool decided(koi::share<koi::ring64> const& x) { return x; }
