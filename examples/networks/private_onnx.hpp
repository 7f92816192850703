// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "predict.hpp"

#include <koi/io/onnx/network.hpp>
#include <koi/koi.hpp>
#include <koi/session/in_process.hpp>

#include <chrono>

namespace networks {

/// The program for a model that was trained elsewhere, with all players in this process: every player has the
/// graph, its owner the weights, the client the numbers that go in and those that come out.
template <class P>
[[nodiscard]] onnx_prediction predict_onnx(koi::io::onnx::network const& network, koi::plain_tensor const& input) {
  using clock = std::chrono::steady_clock;
  onnx_prediction seen;
  koi::run<P>(koi::local_cluster({"model-owner", "prediction-client"}), [&](koi::session<P>& on) {
    auto model = network.build<P>();
    on.load_weights(model, "model-owner", [&] { return network.weights(); });
    clock::time_point asked;
    koi::shape_type const shape(input.shape().begin(), input.shape().end());
    auto const x = on.private_input("prediction-client", shape, [&] {
      asked = clock::now();
      return input;
    });
    on.output("prediction-client", model(x), [&](auto const& result) {
      std::chrono::duration<double, std::milli> const took = clock::now() - asked;
      seen.result = result;
      seen.milliseconds = took.count();
    });
  });
  return seen;
}

}  // namespace networks
