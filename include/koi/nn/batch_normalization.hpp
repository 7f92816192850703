// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/data_format.hpp>
#include <koi/nn/layer.hpp>
#include <koi/ops/functions/roots.hpp>

#include <cmath>

namespace koi::nn {

/// Parameters of a batch normalisation that everybody may know: a number for each channel.
struct normalization_parameters {
  plain_tensor gamma, beta, mean, variance;
};

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

/// The same with parameters that are constants of the program: it has no weights.
template <Protocol P>
class public_normalization_layer final : public layer<P> {
 public:
  using typename layer<P>::tensors;
  using R = typename P::ring;

  public_normalization_layer(normalization_parameters const& known, double epsilon, std::size_t axis, std::size_t axes)
      : axis_(axis), scale_(known.gamma), beta_(known.beta), mean_(known.mean) {
    // a sum, a root, a quotient: each is rounded as IEEE 754 says, so both servers have the same factor
    for (std::size_t i = 0; i < scale_.size(); ++i)
      scale_.data()[i] = known.gamma.data()[i] / std::sqrt(known.variance.data()[i] + epsilon);
    shape_type shape{scale_.size()};
    shape.resize(axes - axis, 1);
    auto const words = [&](plain_tensor const& x) { return encode<typename P::fixed>(x, "batch_normalization"); };
    factor_ = words(scale_).reshaped(shape);
    summand_ = zip([](auto b, auto m, auto s) { return R::sub(R::mul(b, R::power(P::frac_bits)), R::mul(m, s)); },
                   words(beta_), words(mean_), words(scale_))
                   .reshaped(shape);
  }

  bool gives_product() const noexcept override { return true; }
  private_tensor<P> product(tensors const& x) const override {
    auto& self = x[0].self();
    auto const scaled = P::mul_public(x[0].share(), factor_, factor_.shape());
    return {self, P::add_public(self, scaled, summand_, summand_.shape())};
  }
  private_tensor<P> forward(tensors const& x) const override {
    return koi::detail::rescaled<P>(x[0].self(), product(x).share());
  }

  std::optional<std::size_t> scaled_axis() const noexcept override { return axis_; }
  channel_scale scale_of(std::vector<plain_tensor> const&) const override {
    return {scale_, plain_tensor(beta_ - mean_ * scale_)};
  }

 private:
  std::size_t axis_;  // of the channels
  plain_tensor scale_, beta_, mean_;
  tensor<R> factor_, summand_;  // with the fraction bits of a number and of a product
};

}  // namespace detail

/// gamma (x - mean) / sqrt(variance + epsilon) + beta for each channel, with weights gamma, beta, moving mean and
/// moving variance. Where their owner loads them, the scale is computed there in the clear, and becomes a part of
/// a linear layer in front of it whose outputs lie along the same axis; otherwise it is computed from the shares, once.
/// With parameters that everybody knows it has no weights: batch_normalization{.known = {{gamma, beta, mean,
/// variance}}}. An owner who loads the weights in front puts these into them as well.
///
/// Cost    none where the weights in front hold it; else P::mul and P::truncate, with known parameters P::truncate
struct batch_normalization {
  double epsilon = 1e-3;
  data_format format = data_format::channels_last;
  std::optional<normalization_parameters> known = std::nullopt;

  static constexpr std::string_view name = "batch_normalization";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const& shape = detail::only(name, in);
    if (shape.size() < 2) throw bad_argument("batch_normalization: takes a batch of samples with channels");
    if (known) check(*known, shape[detail::channel_axis(format, shape.size())]);
    return shape;
  }
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const {
    auto const axis = detail::channel_axis(format, in[0].size());
    if (known) return std::make_unique<detail::public_normalization_layer<P>>(*known, epsilon, axis, in[0].size());
    return std::make_unique<detail::batch_normalization_layer<P>>(in[0][axis], epsilon, axis, in[0].size());
  }

 private:
  void check(normalization_parameters const& p, std::size_t channels) const {
    for (auto const* const x : {&p.gamma, &p.beta, &p.mean, &p.variance})
      if (shape_type const came(x->shape().begin(), x->shape().end()); came != shape_type{channels})
        throw shape_mismatch::declared(name, {channels}, came);
    for (auto const v : p.variance)
      if (!(v + epsilon > 0)) throw bad_argument(fmt::format("{}: variance {} and epsilon {}", name, v, epsilon));
  }
};

}  // namespace koi::nn
