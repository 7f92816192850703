// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace mnist {

using matrix = xt::xarray<float>;

/// How far one step of training goes, and which one it is, counted from 1.
struct training_step {
  float rate = 0;
  int number = 0;
};

/// One parameter of a network and what Adam remembers about it.
class adam_parameter {
 public:
  explicit adam_parameter(matrix value)
      : value_(std::move(value)), mean_(xt::zeros_like(value_)), square_(xt::zeros_like(value_)) {}

  [[nodiscard]] matrix const& value() const noexcept { return value_; }

  /// Moves the parameter against the gradient.
  void update(matrix const& gradient, training_step const& step) {
    constexpr float keep_mean = 0.9F;
    constexpr float keep_square = 0.999F;
    auto const number = static_cast<float>(step.number);
    auto const scale = step.rate * std::sqrt(1 - std::pow(keep_square, number)) / (1 - std::pow(keep_mean, number));
    xt::noalias(mean_) = keep_mean * mean_ + (1 - keep_mean) * gradient;
    xt::noalias(square_) = keep_square * square_ + (1 - keep_square) * gradient * gradient;
    xt::noalias(value_) = value_ - scale * mean_ / (xt::sqrt(square_) + 1e-8F);
  }

 private:
  matrix value_;
  matrix mean_;
  matrix square_;
};

/// Normal numbers as layers with ReLU start best with: of variance 2 / rows.
inline matrix initial_weights(std::size_t rows, std::size_t columns, std::mt19937& random) {
  std::normal_distribution<float> draw(0, std::sqrt(2.0F / static_cast<float>(rows)));
  auto result = matrix::from_shape({rows, columns});
  std::generate(result.begin(), result.end(), [&] { return draw(random); });
  return result;
}

struct training_progress {
  double loss = 0;
  double hits = 0;
};

/// Softmax with cross entropy: the gradient of the batch's mean loss with respect to its logits [n, classes].
inline matrix loss_gradient(matrix const& logits, std::vector<std::uint8_t> const& labels, training_progress& so_far) {
  so_far.hits += static_cast<double>(count_hits(argmax_of_rows(logits), labels));
  matrix const largest = xt::amax(logits, {1}, xt::keep_dims);
  matrix p = xt::exp(logits - largest);
  p /= matrix(xt::sum(p, {1}, xt::keep_dims));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    so_far.loss -= std::log(std::max(p(i, labels[i]), 1e-30F));
    p(i, labels[i]) -= 1;
  }
  return p / static_cast<float>(labels.size());
}

/// Shows all images to `learn(images [n, 784], labels, step, progress)`, in batches, in another order each epoch, with
/// a rate that falls along a cosine. Returns each epoch's mean loss.
template <class Learn>
std::vector<double> train(labelled_images const& set, int epochs, std::mt19937& random, Learn learn) {
  constexpr std::size_t batch = 128;
  constexpr std::size_t pixels = digit_side * digit_side;
  if (set.size() == 0) throw koi::bad_argument("train: no training images");
  auto const started = std::chrono::steady_clock::now();
  std::vector<std::size_t> order(set.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const steps = static_cast<float>(epochs) * static_cast<float>((set.size() + batch - 1) / batch);

  int step = 0;
  std::vector<double> losses;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    training_progress so_far;
    for (std::size_t begin = 0; begin < set.size(); begin += batch) {
      auto const n = std::min(batch, set.size() - begin);
      auto x = matrix::from_shape({n, pixels});
      std::vector<std::uint8_t> labels(n);
      for (std::size_t i = 0; i < n; ++i) {
        auto const from = order[begin + i];
        std::copy_n(set.images.data() + from * pixels, pixels, x.data() + i * pixels);
        labels[i] = set.labels[from];
      }
      auto const rate = 0.5F * 0.002F * (1 + std::cos(3.14159F * static_cast<float>(step) / steps));
      learn(x, labels, training_step{rate, ++step}, so_far);
    }
    auto const n = static_cast<double>(set.size());
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started);
    fmt::print("model owner: epoch {}/{}: loss {:.4f}, accuracy {:.2f} %, {:.1f} s\n", epoch, epochs, so_far.loss / n,
               100 * so_far.hits / n, seconds.count());
    std::fflush(stdout);
    losses.push_back(so_far.loss / n);
  }
  return losses;
}

}  // namespace mnist
