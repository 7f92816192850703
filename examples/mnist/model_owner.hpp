// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../common/data.hpp"
#include "../common/training.hpp"

#include <koi/core/error.hpp>

#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mnist {

/// Has the training images and, from them, the weights of a 784-512-10 network with ReLU. Both stay
/// here: what leaves is what koi makes of provide_weights(), shares.
class ModelOwner {
 public:
  ModelOwner(labelled_images training_set, int epochs) : training_set_(std::move(training_set)), epochs_(epochs) {}

  /// W1 [784, 512], b1 [512], W2 [512, 10], b2 [10]. Trains when it is first called.
  [[nodiscard]] std::vector<xt::xarray<double>> provide_weights() {
    if (parameters_.empty()) {
      train();
      if (when_trained_) when_trained_();
    }
    std::vector<xt::xarray<double>> weights;
    for (auto const& parameter : parameters_) weights.emplace_back(xt::cast<double>(parameter.value()));
    return weights;
  }

  /// Called once, after training and before any weight leaves.
  void when_trained(std::function<void()> action) { when_trained_ = std::move(action); }

  /// What the network says in the clear: [n, 784] -> [n, 10]. Call provide_weights() first.
  [[nodiscard]] matrix logits(matrix const& images) const {
    if (parameters_.empty()) throw koi::bad_argument("ModelOwner::logits: the model is not trained");
    return output(hidden(images));
  }

  /// What its layers give in the clear, by their names in private_prediction.hpp. Call provide_weights() first.
  [[nodiscard]] std::map<std::string, xt::xarray<double>> layers(matrix const& images) const {
    auto const h = hidden(images);
    return {{"relu_2", xt::cast<double>(h)}, {"dense_3", xt::cast<double>(output(h))}};
  }

  /// The mean loss of each epoch of the training.
  [[nodiscard]] std::vector<double> const& losses() const noexcept { return losses_; }

  /// Share of the images for which the largest logit is the label's.
  [[nodiscard]] double accuracy(labelled_images const& set) const {
    auto const hits = count_hits(argmax_of_rows(logits(set.images)), set.labels);
    return static_cast<double>(hits) / static_cast<double>(set.size());
  }

 private:
  static constexpr std::size_t inputs = digit_side * digit_side;
  static constexpr std::size_t width = 512;
  static constexpr std::size_t classes = 10;

  [[nodiscard]] matrix hidden(matrix const& x) const {
    matrix h = xt::linalg::dot(x, parameters_[0].value());
    xt::noalias(h) = xt::maximum(h + parameters_[1].value(), 0.0F);
    return h;
  }

  [[nodiscard]] matrix output(matrix const& h) const {
    return xt::linalg::dot(h, parameters_[2].value()) + parameters_[3].value();
  }

  void initialise(std::mt19937& random) {
    parameters_.emplace_back(initial_weights(inputs, width, random));
    parameters_.emplace_back(matrix(xt::zeros<float>({width})));
    parameters_.emplace_back(initial_weights(width, classes, random));
    parameters_.emplace_back(matrix(xt::zeros<float>({classes})));
  }

  /// One step on one batch: backwards through both layers, then Adam.
  void learn(matrix const& x, std::vector<std::uint8_t> const& labels, training_step const& step,
             training_progress& so_far) {
    auto const h = hidden(x);
    matrix const dz = loss_gradient(output(h), labels, so_far);
    matrix dh = xt::linalg::dot(dz, xt::transpose(parameters_[2].value()));
    xt::noalias(dh) = dh * xt::cast<float>(h > 0.0F);

    matrix const dw1 = xt::linalg::dot(xt::transpose(x), dh);
    matrix const db1 = xt::sum(dh, {0});
    matrix const dw2 = xt::linalg::dot(xt::transpose(h), dz);
    matrix const db2 = xt::sum(dz, {0});
    parameters_[0].update(dw1, step);
    parameters_[1].update(db1, step);
    parameters_[2].update(dw2, step);
    parameters_[3].update(db2, step);
  }

  void train() {
    std::mt19937 random(2026);
    initialise(random);
    losses_ = mnist::train(training_set_, epochs_, random, [&](auto&&... of_step) { learn(of_step...); });
  }

  labelled_images training_set_;
  int epochs_;
  std::function<void()> when_trained_;
  std::vector<adam_parameter> parameters_;
  std::vector<double> losses_;
};

}  // namespace mnist
