// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

#include <koi/protocol/securenn.hpp>

#include "tests/io/onnx_networks.hpp"

using namespace koi_tests;

TEST_CASE("network: every model in the folder under SecureNN") {
  for (auto const& sample : all_samples()) check_sample<koi::securenn<koi::ring64, 16>>(sample, 1e-3);
}

TEST_CASE("network: every model in the folder, with comparisons in half the ring") {
  using few = koi::securenn<koi::ring64, 16, koi::assisted, koi::securenn_policy::three_round<46>>;
  for (auto const& sample : all_samples()) check_sample<few>(sample, 1e-3);
}
