// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 8, nn: layers and models over the concept Protocol; no policy by name.

#include <koi/nn/dense.hpp>
#include <koi/nn/layer.hpp>
#include <koi/nn/relu.hpp>
#include <koi/nn/sequential.hpp>
#include <koi/nn/smooth.hpp>
