// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks.hpp"
#include "onnx_client.hpp"

#include "../common/options.hpp"
#include "../common/prediction_client.hpp"
#include "../common/report.hpp"

#include <xtensor/xarray.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace networks {

/// A network's weights in the order of koi::nn::model::weight_shapes(); called at their owner alone.
using weights_of_owner = std::function<std::vector<xt::xarray<double>>()>;

/// Private predictions with one protocol and ring: all players in this process, or the one that the options name.
struct predictions {
  std::size_t ring_bits = 0;
  std::size_t frac_bits = 0;
  /// Of the client's images, by a network that is described here.
  mnist::prediction_costs (*of_digits)(network const& what, mnist::options const& how, weights_of_owner const& weights,
                                       mnist::PredictionClient& client) = nullptr;
  /// Of the client's samples, by the model in an ONNX file.
  mnist::prediction_costs (*of_onnx)(std::filesystem::path const& model, mnist::options const& how,
                                     OnnxClient& client) = nullptr;
};

/// Each protocol is in a file of its own, because it takes long to compile.
[[nodiscard]] predictions with_pond();
[[nodiscard]] predictions with_securenn();

/// The same with a ring of 128 bits, 32 of them for fractions; nothing where the build has left it out.
[[nodiscard]] std::optional<predictions> with_wide_pond();
[[nodiscard]] std::optional<predictions> with_wide_securenn();

}  // namespace networks
