// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Further types of a templated test case, in the long tests only.
#if defined(KOI_LONG_TESTS)
#define KOI_IN_LONG_TESTS(...) , __VA_ARGS__
#else
#define KOI_IN_LONG_TESTS(...)
#endif
