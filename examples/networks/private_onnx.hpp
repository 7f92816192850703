// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "private_network.hpp"

#include <koi/io/onnx/network.hpp>

#include <fmt/format.h>

namespace networks {

/// The program for a model that was trained elsewhere: every player has its graph, the owner the weights, the client
/// what goes in and what comes out.
template <class P>
[[nodiscard]] mnist::prediction_costs predict_onnx(std::filesystem::path const& file, mnist::options const& how,
                                                   OnnxClient& client) {
  auto const network = koi::io::onnx::network::read(file);
  auto const asked = client.shape();
  return run_players<P>(how, "onnx", [&](koi::session<P>& on, mnist::prediction_costs& mine) {
    auto model = network.build<P>();
    auto due = model.shape_of(model.input());
    if (asked.size() == due.size()) due[0] = asked[0];
    if (asked != due)
      throw koi::bad_argument(fmt::format("{}: takes samples as in {}, not an input of shape {}", file.string(),
                                          koi::to_string(due), koi::to_string(asked)));
    on.load_weights(model, "model-owner", [&] { return network.weights(); });
    mnist::predict_batches(on, model, how, client, mine);
  });
}

/// Both programs with one protocol.
template <class P>
[[nodiscard]] predictions predictions_with() {
  return {P::ring::bits, P::frac_bits, &predict_digits<P>, &predict_onnx<P>};
}

}  // namespace networks
