// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 8, ops: private and public tensors of fixed-point numbers, and everything that programs do with
/// them, over the concept Protocol; no policy by name.

#include <koi/ops/approx.hpp>
#include <koi/ops/arrangement.hpp>
#include <koi/ops/axes.hpp>
#include <koi/ops/comparison.hpp>
#include <koi/ops/conv2d.hpp>
#include <koi/ops/division.hpp>
#include <koi/ops/exponential.hpp>
#include <koi/ops/extrema.hpp>
#include <koi/ops/gelu.hpp>
#include <koi/ops/logarithm.hpp>
#include <koi/ops/long_division.hpp>
#include <koi/ops/matmul.hpp>
#include <koi/ops/normalized.hpp>
#include <koi/ops/operators.hpp>
#include <koi/ops/pieces.hpp>
#include <koi/ops/polynomial.hpp>
#include <koi/ops/pooling.hpp>
#include <koi/ops/roots.hpp>
#include <koi/ops/rows.hpp>
#include <koi/ops/selection.hpp>
#include <koi/ops/smooth.hpp>
#include <koi/ops/softmax.hpp>
#include <koi/ops/spline.hpp>
#include <koi/ops/sums.hpp>
#include <koi/ops/tensors.hpp>
#include <koi/protocol.hpp>
