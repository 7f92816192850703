// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/concepts.hpp>
#include <koi/protocol/tensors.hpp>

namespace koi::nn {

/// One layer of a model under a protocol.
///
/// A linear layer leaves its product with twice the fraction bits, so that the activation that
/// follows can take truncation and its own opening together.
template <Protocol P>
class layer {
 public:
  layer() = default;
  layer(layer const&) = delete;
  layer& operator=(layer const&) = delete;
  virtual ~layer() = default;

  /// Shapes of its weights, in the order that set_weights takes them.
  [[nodiscard]] virtual std::vector<shape_type> weight_shapes() const { return {}; }
  virtual void set_weights(std::vector<private_tensor<P>>) {}

  /// y = f(x), with the fraction bits of one number.
  [[nodiscard]] virtual private_tensor<P> forward(private_tensor<P> const& x) const = 0;

  /// Whether `product` gives what `forward` gives, before truncation.
  [[nodiscard]] virtual bool is_linear() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> product(private_tensor<P> const&) const {
    throw bad_argument("nn: this layer gives no product");
  }

  /// Whether `after_product` takes a linear layer's product in one operation; `sequential` calls it
  /// where such a layer follows a linear one.
  [[nodiscard]] virtual bool takes_product() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> after_product(private_tensor<P> const&) const {
    throw bad_argument("nn: this layer takes no product");
  }
};

}  // namespace koi::nn
