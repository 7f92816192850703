// expect: :7:[0-9]+: error: (no matching (function for call to|constructor for initialization of) '[^']*seed|no matching conversion.*seed|cannot convert|no viable conversion)
// expect: :8:[0-9]+: error: (no matching (function for call to|constructor for initialization of) '[^']*seed|no matching conversion.*seed|cannot convert|no viable conversion)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto.hpp>

koi::seed constant;
koi::seed number(42);
