// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/protocol/comparison.hpp>

namespace koi::nn {

namespace detail {

template <ComparingProtocol P>
class relu_layer final : public layer<P> {
 public:
  private_tensor<P> forward(private_tensor<P> const& x) const override { return koi::relu(x); }
  bool takes_product() const noexcept override { return P::frac_bits > 0; }
  private_tensor<P> after_product(private_tensor<P> const& x) const override {
    return {x.self(), P::truncate_relu(x.self(), x.share(), P::frac_bits)};
  }
};

}  // namespace detail

/// max(x, 0), exact. After a linear layer one operation with its truncation.
///
/// Cost    P::relu, or P::truncate_relu after a linear layer
struct relu {
  template <ComparingProtocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build() const {
    return std::make_unique<detail::relu_layer<P>>();
  }
};

}  // namespace koi::nn
