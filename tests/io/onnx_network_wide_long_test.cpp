// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/io/onnx_networks.hpp"

using namespace koi_tests;

TEST_CASE("network: with 128 bits what onnxruntime computes in single precision, every model in the folder") {
  for (auto const& sample : all_samples()) check_sample<koi::pond<koi::ring128, 32>>(sample, wide_error(sample));
}
