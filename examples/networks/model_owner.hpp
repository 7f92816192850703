// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plain_network.hpp"

#include "../common/data.hpp"
#include "../common/training.hpp"

#include <koi/core/error.hpp>
#include <koi/io/weights.hpp>

#include <fmt/format.h>
#include <xtensor/xarray.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <random>
#include <utility>

namespace networks {

/// Has the training images and, from them, the weights of a network. Both stay here: what leaves is what koi makes of
/// provide_weights(), shares.
class ModelOwner {
 public:
  /// The weights are read from the file if it is there; else they are trained, and written to it if it has a name.
  ModelOwner(network const& what, mnist::data_source data, int epochs, std::filesystem::path file)
      : data_(std::move(data)), epochs_(epochs), file_(std::move(file)), network_(what, random_) {}

  /// In the order of koi::nn::model::weight_shapes(). Trains, or reads them, when it is first called.
  [[nodiscard]] plain_network::plain_weights provide_weights() {
    if (!ready_) {
      if (!file_.empty() && std::filesystem::exists(file_)) {
        read();
      } else {
        mnist::train(data_.training_set(), epochs_, random_, [&](auto&&... of_step) { network_.learn(of_step...); });
        if (!file_.empty()) koi::io::write_weights(file_, network_.weights());
      }
      ready_ = true;
      if (when_trained_) when_trained_();
    }
    return network_.weights();
  }

  /// Called once, when there are weights and before any of them leaves.
  void when_trained(std::function<void()> action) { when_trained_ = std::move(action); }

  /// What the network says in the clear: [n, 784] -> [n, 10]. Call provide_weights() first.
  [[nodiscard]] matrix logits(matrix const& images) {
    if (!ready_) throw koi::bad_argument("ModelOwner::logits: the model is not trained");
    constexpr std::size_t at_a_time = 100;
    auto const n = images.shape()[0];
    auto result = matrix::from_shape({n, std::size_t{10}});
    for (std::size_t begin = 0; begin < n; begin += at_a_time) {
      auto const end = std::min(begin + at_a_time, n);
      xt::view(result, xt::range(begin, end), xt::all()) =
          network_.logits(xt::view(images, xt::range(begin, end), xt::all()));
    }
    return result;
  }

 private:
  void read() {
    network_.set_weights(koi::io::read_weights(file_, network_.weight_shapes()));
    fmt::print("model owner: weights of {}\n", file_.string());
  }

  mnist::data_source data_;
  int epochs_;
  std::filesystem::path file_;
  std::mt19937 random_{2026};
  plain_network network_;
  std::function<void()> when_trained_;
  bool ready_ = false;
};

}  // namespace networks
