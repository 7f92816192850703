// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks.hpp"

#include "../common/options.hpp"
#include "../common/prediction_client.hpp"
#include "../common/report.hpp"

#include <xtensor/xarray.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

namespace networks {

/// A network's weights in the order of koi::nn::model::weight_shapes(); called at their owner alone.
using weights_of_owner = std::function<std::vector<xt::xarray<double>>()>;

struct outcome {
  std::size_t ring_bits = 0;
  std::size_t frac_bits = 0;
  mnist::prediction_costs costs;
};

/// Predicts the client's images privately; one function a protocol, each in a file of its own, because those take long
/// to compile. All players in this process, or the one that the options name.
[[nodiscard]] outcome predict_with_pond(network const& what, mnist::options const& how, weights_of_owner const& weights,
                                        mnist::PredictionClient& client);
[[nodiscard]] outcome predict_with_securenn(network const& what, mnist::options const& how,
                                            weights_of_owner const& weights, mnist::PredictionClient& client);

struct onnx_prediction {
  xt::xarray<double> result;
  double milliseconds = 0;  ///< from the client's upload to its result
};

/// The same for a model in an ONNX file.
[[nodiscard]] onnx_prediction predict_onnx_with_pond(std::filesystem::path const& model,
                                                     xt::xarray<double> const& input);
[[nodiscard]] onnx_prediction predict_onnx_with_securenn(std::filesystem::path const& model,
                                                         xt::xarray<double> const& input);

}  // namespace networks
