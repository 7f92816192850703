// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 3, ring: scalars, and the encoding of reals. Knows no shape and no randomness.

#include <koi/kernels.hpp>
#include <koi/ring/concepts.hpp>
#include <koi/ring/fixed_point.hpp>
#include <koi/ring/z2k.hpp>
#include <koi/ring/z2k_minus_1.hpp>
#include <koi/ring/zp.hpp>
