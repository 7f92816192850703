// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 2, ring: scalars. Machine words, their vectors, and the encoding of reals. Knows no shape
/// and no randomness.

#include <koi/core.hpp>
#include <koi/ring/concepts.hpp>
#include <koi/ring/fixed_point.hpp>
#include <koi/ring/z2k.hpp>
#include <koi/ring/z2k_minus_1.hpp>
#include <koi/ring/zp.hpp>
