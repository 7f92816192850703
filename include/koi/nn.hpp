// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 9, nn: layers and models over the concept Protocol; no policy by name.

#include <koi/nn/activation.hpp>
#include <koi/nn/batch_normalization.hpp>
#include <koi/nn/conv2d.hpp>
#include <koi/nn/data_format.hpp>
#include <koi/nn/dense.hpp>
#include <koi/nn/layer.hpp>
#include <koi/nn/merge.hpp>
#include <koi/nn/model.hpp>
#include <koi/nn/pooling.hpp>
#include <koi/nn/sequential.hpp>
#include <koi/nn/shapes.hpp>
