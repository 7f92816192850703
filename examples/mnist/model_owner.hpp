// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace mnist {

using matrix = xt::xarray<float>;

/// One parameter of the network and what Adam remembers about it.
class adam_parameter {
 public:
  explicit adam_parameter(matrix value)
      : value_(std::move(value)), mean_(xt::zeros_like(value_)), square_(xt::zeros_like(value_)) {}

  [[nodiscard]] matrix const& value() const noexcept { return value_; }

  /// Moves the parameter against the gradient, as the step-th update, counted from 1.
  void update(matrix const& gradient, float rate, int step) {
    constexpr float keep_mean = 0.9F;
    constexpr float keep_square = 0.999F;
    auto const scale = rate * std::sqrt(1 - std::pow(keep_square, static_cast<float>(step))) /
                       (1 - std::pow(keep_mean, static_cast<float>(step)));
    xt::noalias(mean_) = keep_mean * mean_ + (1 - keep_mean) * gradient;
    xt::noalias(square_) = keep_square * square_ + (1 - keep_square) * gradient * gradient;
    xt::noalias(value_) = value_ - scale * mean_ / (xt::sqrt(square_) + 1e-8F);
  }

 private:
  matrix value_;
  matrix mean_;
  matrix square_;
};

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

  /// Share of the images for which the largest logit is the label's.
  [[nodiscard]] double accuracy(labelled_images const& set) const {
    auto const hits = count_hits(argmax_of_rows(logits(set.images)), set.labels);
    return static_cast<double>(hits) / static_cast<double>(set.size());
  }

 private:
  static constexpr std::size_t inputs = digit_side * digit_side;
  static constexpr std::size_t width = 512;
  static constexpr std::size_t classes = 10;
  static constexpr std::size_t batch = 128;

  [[nodiscard]] matrix hidden(matrix const& x) const {
    matrix h = xt::linalg::dot(x, parameters_[0].value());
    xt::noalias(h) = xt::maximum(h + parameters_[1].value(), 0.0F);
    return h;
  }

  [[nodiscard]] matrix output(matrix const& h) const {
    return xt::linalg::dot(h, parameters_[2].value()) + parameters_[3].value();
  }

  void initialise(std::mt19937& random) {
    auto const normal = [&](std::size_t rows, std::size_t columns) {
      std::normal_distribution<float> draw(0, std::sqrt(2.0F / static_cast<float>(rows)));
      auto result = matrix::from_shape({rows, columns});
      std::generate(result.begin(), result.end(), [&] { return draw(random); });
      return result;
    };
    parameters_.emplace_back(normal(inputs, width));
    parameters_.emplace_back(matrix(xt::zeros<float>({width})));
    parameters_.emplace_back(normal(width, classes));
    parameters_.emplace_back(matrix(xt::zeros<float>({classes})));
  }

  struct progress {
    double loss = 0;
    double hits = 0;
  };

  /// One step on one batch: softmax with cross entropy, backwards through both layers, Adam.
  void learn(matrix const& x, std::vector<std::uint8_t> const& labels, float rate, int step, progress& so_far) {
    auto const n = labels.size();
    auto const h = hidden(x);
    auto const z = output(h);
    so_far.hits += static_cast<double>(count_hits(argmax_of_rows(z), labels));

    matrix const largest = xt::amax(z, {1}, xt::keep_dims);
    matrix p = xt::exp(z - largest);
    p /= matrix(xt::sum(p, {1}, xt::keep_dims));
    for (std::size_t i = 0; i < n; ++i) {
      so_far.loss -= std::log(std::max(p(i, labels[i]), 1e-30F));
      p(i, labels[i]) -= 1;
    }
    matrix const dz = p / static_cast<float>(n);
    matrix dh = xt::linalg::dot(dz, xt::transpose(parameters_[2].value()));
    xt::noalias(dh) = dh * xt::cast<float>(h > 0.0F);

    matrix const dw1 = xt::linalg::dot(xt::transpose(x), dh);
    matrix const db1 = xt::sum(dh, {0});
    matrix const dw2 = xt::linalg::dot(xt::transpose(h), dz);
    matrix const db2 = xt::sum(dz, {0});
    parameters_[0].update(dw1, rate, step);
    parameters_[1].update(db1, rate, step);
    parameters_[2].update(dw2, rate, step);
    parameters_[3].update(db2, rate, step);
  }

  void train() {
    auto const& set = training_set_;
    if (set.size() == 0) throw koi::bad_argument("ModelOwner: no training images");
    auto const started = std::chrono::steady_clock::now();
    std::mt19937 random(2026);
    initialise(random);
    std::vector<std::size_t> order(set.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const steps = static_cast<float>(epochs_) * static_cast<float>((set.size() + batch - 1) / batch);

    int step = 0;
    for (int epoch = 1; epoch <= epochs_; ++epoch) {
      std::shuffle(order.begin(), order.end(), random);
      progress so_far;
      for (std::size_t begin = 0; begin < set.size(); begin += batch) {
        auto const n = std::min(batch, set.size() - begin);
        auto x = matrix::from_shape({n, inputs});
        std::vector<std::uint8_t> labels(n);
        for (std::size_t i = 0; i < n; ++i) {
          auto const from = order[begin + i];
          std::copy_n(set.images.data() + from * inputs, inputs, x.data() + i * inputs);
          labels[i] = set.labels[from];
        }
        auto const rate = 0.5F * 0.002F * (1 + std::cos(3.14159F * static_cast<float>(step) / steps));
        learn(x, labels, rate, ++step, so_far);
      }
      auto const n = static_cast<double>(set.size());
      auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started);
      fmt::print("model owner: epoch {}/{}: loss {:.4f}, accuracy {:.2f} %, {:.1f} s\n", epoch, epochs_,
                 so_far.loss / n, 100 * so_far.hits / n, seconds.count());
      std::fflush(stdout);
    }
  }

  labelled_images training_set_;
  int epochs_;
  std::function<void()> when_trained_;
  std::vector<adam_parameter> parameters_;
};

}  // namespace mnist
