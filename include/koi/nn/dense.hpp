// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/protocol/functions.hpp>

namespace koi::nn {

namespace detail {

template <Protocol P>
class dense_layer final : public layer<P> {
 public:
  dense_layer(std::size_t inputs, std::size_t outputs) : inputs_(inputs), outputs_(outputs) {}

  std::vector<shape_type> weight_shapes() const override { return {{inputs_, outputs_}, {outputs_}}; }
  void set_weights(std::vector<private_tensor<P>> weights) override { weights_ = std::move(weights); }

  bool is_linear() const noexcept override { return true; }
  private_tensor<P> product(private_tensor<P> const& x) const override {
    if (weights_.empty())
      throw bad_argument(fmt::format("dense {}x{}: set_weights comes before the first call", inputs_, outputs_));
    auto& self = x.self();
    auto const bias = P::scale(weights_[1].share(), P::ring::power(P::frac_bits));
    return {self, P::add(P::matmul(self, x.share(), weights_[0].share()), bias)};
  }
  private_tensor<P> forward(private_tensor<P> const& x) const override {
    return koi::detail::rescaled<P>(x.self(), product(x).share());
  }

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::vector<private_tensor<P>> weights_;
};

}  // namespace detail

/// y = x W + b, with x: [..., inputs], W: [inputs, outputs], b: [outputs].
///
/// Cost    P::matmul and P::truncate; before a ReLU the truncation is part of that
struct dense {
  std::size_t inputs;
  std::size_t outputs;

  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build() const {
    return std::make_unique<detail::dense_layer<P>>(inputs, outputs);
  }
};

}  // namespace koi::nn
