// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/io/onnx_networks.hpp"

using namespace koi_tests;

TEST_CASE("network: with 128 bits what onnxruntime computes in single precision") {
  for (auto const* const name : {"batch_norm_15", "conv_groups", "div_14", "gemm_11_scaled", "lenet", "residual",
                                 "separable", "slice_13_backwards", "split_18_count", "torch_lenet"})
    for (auto const& sample : samples_of(name)) check_sample<koi::pond<koi::ring128, 32>>(sample, 1e-6);
}
