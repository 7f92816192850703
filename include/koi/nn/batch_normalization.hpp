// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/conv2d.hpp>
#include <koi/ops/functions/roots.hpp>

#include <cmath>

namespace koi::nn {

namespace detail {

template <Protocol P>
class batch_normalization_layer final : public layer<P> {
 public:
  using typename layer<P>::tensors;

  batch_normalization_layer(std::size_t channels, double epsilon, std::size_t axis, std::size_t axes)
      : channels_(channels), epsilon_(epsilon), axis_(axis), trailing_(axes - 1 - axis) {}

  std::vector<shape_type> weight_shapes() const override { return std::vector<shape_type>(4, shape_type{channels_}); }
  std::vector<shape_type> shared_shapes() const override { return std::vector<shape_type>(2, shape_type{channels_}); }
  std::vector<plain_tensor> shared_weights(std::vector<plain_tensor> weights) const override {
    auto known = scale_of(weights);
    return {std::move(known.scale), std::move(known.shift)};
  }

  void set_weights(tensors weights) override {
    bool const last =
        std::all_of(weights.begin(), weights.end(), [](private_tensor<P> const& w) { return w.share().lasts(); });
    if constexpr (koi::detail::has_roots<P>) {
      auto const scale = weights[0] * inverse_sqrt(weights[3] + epsilon_);
      weights = {scale, weights[1] - weights[2] * scale};
    } else {
      throw bad_argument(
          "batch_normalization: a private variance takes a protocol that has roots; have the owner load the weights");
    }
    if (last)
      for (auto const& w : weights) w.share().make_lasting();
    set_shared_weights(std::move(weights));
  }
  void set_shared_weights(tensors weights) override {
    shape_type shape{channels_};
    shape.resize(1 + trailing_, 1);
    for (auto& w : weights) w = reshaped_weights(w, shape);
    weights_ = std::move(weights);
  }

  bool gives_product() const noexcept override { return true; }
  private_tensor<P> product(tensors const& x) const override {
    check_weights("batch_normalization", !weights_.empty());
    auto& self = x[0].self();
    auto const shift = P::scale(weights_[1].share(), P::ring::power(P::frac_bits));
    return {self, P::add(P::mul(self, x[0].share(), weights_[0].share()), shift)};
  }
  private_tensor<P> forward(tensors const& x) const override {
    return koi::detail::rescaled<P>(x[0].self(), product(x).share());
  }

  std::optional<std::size_t> scaled_axis() const noexcept override { return axis_; }
  channel_scale scale_of(std::vector<plain_tensor> const& weights) const override {
    plain_tensor const scale = weights[0] / xt::sqrt(weights[3] + epsilon_);
    return {scale, plain_tensor(weights[1] - weights[2] * scale)};
  }

 private:
  std::size_t channels_;
  double epsilon_;
  std::size_t axis_;      // of the channels
  std::size_t trailing_;  // axes after it
  tensors weights_;       // scale, shift
};

}  // namespace detail

/// gamma (x - mean) / sqrt(variance + epsilon) + beta for each channel, with weights gamma, beta, moving mean and
/// moving variance. Where their owner loads them, the scale is computed there in the clear, and becomes a part of
/// a linear layer in front of it whose outputs lie along the same axis; otherwise it is computed from the shares, once.
///
/// Cost    none after a linear layer; else P::mul and P::truncate
struct batch_normalization {
  double epsilon = 1e-3;
  data_format format = data_format::channels_last;

  static constexpr std::string_view name = "batch_normalization";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const& shape = detail::only(name, in);
    if (shape.size() < 2) throw bad_argument("batch_normalization: takes a batch of samples with channels");
    return shape;
  }
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const {
    auto const axis = detail::channel_axis(format, in[0].size());
    return std::make_unique<detail::batch_normalization_layer<P>>(in[0][axis], epsilon, axis, in[0].size());
  }
};

}  // namespace koi::nn
