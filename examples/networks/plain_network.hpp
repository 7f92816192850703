// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks.hpp"
#include "plain_layers.hpp"

#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <variant>
#include <vector>

namespace networks {

/// A network in the clear.
class plain_network {
 public:
  using plain_weights = std::vector<xt::xarray<double>>;

  /// With weights drawn by `random`.
  plain_network(network const& what, std::mt19937& random) : sample_(what.sample) {
    auto shape = what.sample;
    shape.insert(shape.begin(), 1);
    for (auto const& described : what.layers) {
      std::visit(
          [&](auto const& l) {
            auto out = l.output_shape({shape});
            layers_.push_back(in_the_clear(l, shape, out, random));
            shape = std::move(out);
          },
          described);
    }
    layers_.front()->is_first();
  }

  /// [n, pixels] -> [n, 10]
  [[nodiscard]] matrix logits(matrix const& images) { return values(images).back(); }

  /// One step on one batch.
  void learn(matrix const& images, std::vector<std::uint8_t> const& labels, training_step const& step,
             mnist::training_progress& so_far) {
    auto const v = values(images);
    auto gradient = mnist::loss_gradient(v.back(), labels, so_far);
    for (auto i = layers_.size(); i-- > 0;) gradient = layers_[i]->backward(v[i], v[i + 1], std::move(gradient), step);
  }

  /// In the order of koi::nn::model::weight_shapes().
  [[nodiscard]] plain_weights weights() const {
    plain_weights all;
    for (auto const& [parameter, shape] : parameters()) {
      all.emplace_back(xt::cast<double>(parameter->value()));
      all.back().reshape(shape);
    }
    return all;
  }

  [[nodiscard]] std::vector<koi::shape_type> weight_shapes() const {
    std::vector<koi::shape_type> all;
    for (auto& each : parameters()) all.push_back(std::move(each.shape));
    return all;
  }
  /// Takes weights of these shapes.
  void set_weights(plain_weights const& from) {
    auto const all = parameters();
    for (std::size_t i = 0; i < all.size(); ++i) {
      matrix value = xt::cast<float>(from.at(i));
      value.reshape(all[i].parameter->value().shape());
      *all[i].parameter = adam_parameter(std::move(value));
    }
  }

 private:
  using in_and_out = koi::shape_type const&;
  using built = std::unique_ptr<plain_layer>;
  static built in_the_clear(koi::nn::conv2d const& l, in_and_out in, in_and_out out, std::mt19937& random) {
    return std::make_unique<plain_conv2d>(l, in, out, random);
  }
  static built in_the_clear(koi::nn::dense const& l, in_and_out in, in_and_out, std::mt19937& random) {
    return std::make_unique<plain_dense>(in.back(), l.units, random);
  }
  static built in_the_clear(koi::nn::flatten const&, in_and_out, in_and_out, std::mt19937&) {
    return std::make_unique<plain_flatten>();
  }
  static built in_the_clear(koi::nn::max_pooling2d const&, in_and_out, in_and_out, std::mt19937&) {
    return std::make_unique<plain_max_pooling2d>();
  }
  static built in_the_clear(koi::nn::relu const&, in_and_out, in_and_out, std::mt19937&) {
    return std::make_unique<plain_relu>();
  }

  /// The images, and what each layer gives.
  [[nodiscard]] std::vector<matrix> values(matrix images) {
    auto shape = sample_;
    shape.insert(shape.begin(), images.shape()[0]);
    images.reshape(shape);
    std::vector<matrix> all{std::move(images)};
    for (auto const& each : layers_) all.push_back(each->forward(all.back()));
    return all;
  }

  [[nodiscard]] std::vector<parameter_and_shape> parameters() const {
    std::vector<parameter_and_shape> all;
    for (auto const& each : layers_)
      for (auto& parameter : each->parameters()) all.push_back(std::move(parameter));
    return all;
  }

  koi::shape_type sample_;
  std::vector<std::unique_ptr<plain_layer>> layers_;
};

}  // namespace networks
