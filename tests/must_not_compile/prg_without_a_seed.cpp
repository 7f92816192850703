// expect: :9:[0-9]+: error: (no matching (function for call to|constructor for initialization of) '[^']*prg|no matching conversion.*prg|cannot convert|no viable conversion)
// expect: :10:[0-9]+: error: (no matching (function for call to|constructor for initialization of) '[^']*prg|no matching conversion.*prg|cannot convert|no viable conversion)
// expect: :11:[0-9]+: error: (conversion from|could not convert|no viable conversion)
// expect: :12:[0-9]+: error: (use of deleted function|functional-style cast from .* uses deleted function)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/crypto.hpp>

koi::prg constant;
koi::prg number(42);
koi::prg unasked = koi::seed::from_os();
koi::prg twice(koi::prg& stream) { return koi::prg(stream); }
