// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "predict.hpp"

#include "../common/private_prediction.hpp"

#include <koi/koi.hpp>

#include <memory>
#include <variant>

namespace networks {

/// The network under a protocol; it has no weights yet.
template <class P>
[[nodiscard]] std::unique_ptr<koi::nn::model<P>> private_network(network const& what) {
  auto model = std::make_unique<koi::nn::model<P>>(what.sample);
  auto last = model->input();
  for (auto const& described : what.layers)
    last = std::visit([&](auto const& l) { return model->add(l, {last}); }, described);
  return model;
}

/// The program that every player runs; each does only its own part.
template <class P>
[[nodiscard]] outcome predict(network const& what, mnist::options const& how, weights_of_owner const& weights,
                              mnist::PredictionClient& client) {
  auto costs =
      mnist::run_players<P>(mnist::cluster_for<P>(how), how, "networks " + what.name, [&](auto& on, auto& mine) {
        auto const model = private_network<P>(what);
        on.load_weights(*model, "model-owner", weights);
        mnist::predict_batches(on, *model, how, client, mine);
      });
  return {P::ring::bits, P::frac_bits, std::move(costs)};
}

}  // namespace networks
