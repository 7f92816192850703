// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "predict.hpp"

#include "../common/private_prediction.hpp"

#include <koi/koi.hpp>

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace networks {

/// mnist::run_players, compiled once a protocol.
template <class P>
[[nodiscard]] mnist::prediction_costs run_players(
    mnist::options const& how, std::string const& program,
    std::function<void(koi::session<P>&, mnist::prediction_costs&)> const& predict) {
  return mnist::run_players<P>(mnist::cluster_for<P>(how), how, "networks " + program, predict);
}

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
[[nodiscard]] mnist::prediction_costs predict_digits(network const& what, mnist::options const& how,
                                                     weights_of_owner const& weights, mnist::PredictionClient& client) {
  return run_players<P>(how, what.name, [&](koi::session<P>& on, mnist::prediction_costs& mine) {
    auto const model = private_network<P>(what);
    on.load_weights(*model, "model-owner", weights);
    mnist::predict_batches(on, *model, how, client, mine);
  });
}

}  // namespace networks
