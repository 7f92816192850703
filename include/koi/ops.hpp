// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 8, ops: private and public tensors of fixed-point numbers, and everything that programs do with
/// them, over the concept Protocol; no policy by name.

#include <koi/ops/arrangement.hpp>
#include <koi/ops/axes.hpp>
#include <koi/ops/comparison.hpp>
#include <koi/ops/conv2d.hpp>
#include <koi/ops/extrema.hpp>
#include <koi/ops/functions/approx.hpp>
#include <koi/ops/functions/division.hpp>
#include <koi/ops/functions/exponential.hpp>
#include <koi/ops/functions/gelu.hpp>
#include <koi/ops/functions/logarithm.hpp>
#include <koi/ops/functions/long_division.hpp>
#include <koi/ops/functions/roots.hpp>
#include <koi/ops/functions/smooth.hpp>
#include <koi/ops/functions/softmax.hpp>
#include <koi/ops/matmul.hpp>
#include <koi/ops/operators.hpp>
#include <koi/ops/pooling.hpp>
#include <koi/ops/public_comparison.hpp>
#include <koi/ops/selection.hpp>
#include <koi/ops/sums.hpp>
#include <koi/ops/tensors.hpp>
#include <koi/ops/watch.hpp>
#include <koi/protocol.hpp>
