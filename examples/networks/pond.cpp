// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "private_network.hpp"
#include "private_onnx.hpp"

networks::outcome networks::predict_with_pond(network const& what, mnist::options const& how,
                                              weights_of_owner const& weights, mnist::PredictionClient& client) {
  return predict<koi::pond<koi::ring64, 16>>(what, how, weights, client);
}

networks::onnx_prediction networks::predict_onnx_with_pond(std::filesystem::path const& model,
                                                           xt::xarray<double> const& input) {
  return predict_onnx<koi::pond<koi::ring64, 16>>(koi::io::onnx::network::read(model), input);
}
