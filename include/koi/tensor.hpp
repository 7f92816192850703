// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 5, tensor: local ring data on xtensor containers. Knows no share, no party, no wire.

#include <koi/crypto.hpp>
#include <koi/tensor/along_axis.hpp>
#include <koi/tensor/conv2d.hpp>
#include <koi/tensor/elementwise.hpp>
#include <koi/tensor/encode.hpp>
#include <koi/tensor/matmul.hpp>
#include <koi/tensor/reduce.hpp>
#include <koi/tensor/tensor.hpp>
#include <koi/tensor/uniform.hpp>
#include <koi/tensor/view.hpp>
#include <koi/tensor/window.hpp>
