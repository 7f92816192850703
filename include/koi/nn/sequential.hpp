// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>

namespace koi::nn {

/// Layers one after the other.
///
///   koi::nn::sequential<protocol> model{koi::nn::dense{784, 512}, koi::nn::relu{}, koi::nn::dense{512, 10}};
///   model.set_weights(weights);
///   auto logits = model(x);
///
/// Threads  one object: one thread at a time
template <Protocol P>
class sequential {
 public:
  template <class... Layers>
  explicit sequential(Layers const&... layers) {
    (layers_.push_back(layers.template build<P>()), ...);
  }

  /// Shapes of all weights: what their owner declares.
  [[nodiscard]] std::vector<shape_type> weight_shapes() const {
    std::vector<shape_type> all;
    for (auto const& l : layers_)
      for (auto const& shape : l->weight_shapes()) all.push_back(shape);
    return all;
  }

  /// Takes the weights of all layers in order. Throws bad_argument or shape_mismatch.
  void set_weights(std::vector<private_tensor<P>> const& weights) {
    auto const shapes = weight_shapes();
    if (weights.size() != shapes.size())
      throw bad_argument(
          fmt::format("set_weights: the model has {} tensors of weights, {} came", shapes.size(), weights.size()));
    for (std::size_t i = 0; i < shapes.size(); ++i)
      if (weights[i].shape() != shapes[i]) throw shape_mismatch("set_weights", shapes[i], weights[i].shape());
    std::size_t at = 0;
    for (auto const& l : layers_) {
      auto const count = l->weight_shapes().size();
      l->set_weights({weights.begin() + static_cast<std::ptrdiff_t>(at),
                      weights.begin() + static_cast<std::ptrdiff_t>(at + count)});
      at += count;
    }
  }

  /// The prediction for a batch.
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> x) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i]->is_linear() && i + 1 < layers_.size() && layers_[i + 1]->takes_product()) {
        x = layers_[i + 1]->after_product(layers_[i]->product(x));
        ++i;
      } else {
        x = layers_[i]->forward(x);
      }
    }
    return x;
  }

 private:
  std::vector<std::unique_ptr<layer<P>>> layers_;
};

}  // namespace koi::nn
