// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/protocol/smooth.hpp>

namespace koi::nn {

namespace detail {

template <Protocol P, auto Function>
class function_layer final : public layer<P> {
 public:
  private_tensor<P> forward(private_tensor<P> const& x) const override { return Function(x); }
};

}  // namespace detail

/// 1 / (1 + exp(-x)) for every x; see koi::sigmoid for error and cost.
struct sigmoid {
  template <ComparingProtocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build() const {
    return std::make_unique<detail::function_layer<P, [](private_tensor<P> const& x) { return koi::sigmoid(x); }>>();
  }
};

/// Hyperbolic tangent for every x; see koi::tanh for error and cost.
struct tanh {
  template <ComparingProtocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build() const {
    return std::make_unique<detail::function_layer<P, [](private_tensor<P> const& x) { return koi::tanh(x); }>>();
  }
};

}  // namespace koi::nn
