// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/io/onnx_networks.hpp"

using namespace koi_tests;

TEST_CASE("network: every model in the folder under Pond, in batches of other sizes too") {
  auto const samples = all_samples();
  CHECK(samples.size() > 150);
  std::size_t open_batches = 0;
  for (auto const& sample : samples) {
    check_sample<koi::pond<koi::ring64, 16>>(sample, 1e-3);
    open_batches += sample.any_batch ? 1 : 0;
  }
  CHECK(open_batches > 5);
}
