// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model_owner.hpp"

#include "../common/private_prediction.hpp"

namespace mnist {

/// The program that every player runs; each does only its own part. `owner` and `client` are
/// touched by the callables alone, which run at their player.
template <class P>
void private_prediction(koi::session<P>& on, options const& how, ModelOwner& owner, PredictionClient& client,
                        prediction_costs& costs) {
  using namespace koi::nn;
  sequential<P> model{input{784}, dense{512}, relu{}, dense{10}};
  on.load_weights(model, "model-owner", [&] { return owner.provide_weights(); });
  predict_batches(on, model, how, client, costs);
}

}  // namespace mnist
