// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/ops/matmul.hpp>

namespace koi::nn {

/// Whether a layer adds a number to each output.
enum class bias : bool { no, yes };

namespace detail {

/// A linear layer with a kernel whose last axis counts the outputs, and a summand for each; `output_axis` counts them
/// in the result. `Map` is the bilinear map of the input and the kernel: shape, steps' name, and how it is added to a
/// sum.
template <Protocol P, class Map>
class linear_layer final : public layer<P> {
 public:
  using typename layer<P>::tensors;

  linear_layer(Map map, shape_type kernel, bias with_bias, std::size_t output_axis)
      : map_(std::move(map)),
        kernel_(std::move(kernel)),
        declared_bias_(with_bias),
        has_bias_(with_bias),
        output_axis_(output_axis) {}

  std::vector<shape_type> weight_shapes() const override { return shapes(declared_bias_); }
  std::vector<shape_type> shared_shapes() const override { return shapes(has_bias_); }
  void set_weights(tensors weights) override {
    weights_ = std::move(weights);
    weights_[0] = map_.stored(weights_[0]);
  }

  bool gives_product() const noexcept override { return true; }
  private_tensor<P> product(tensors const& x) const override {
    check_weights(Map::name, !weights_.empty());
    auto& self = x[0].self();
    auto y = map_(x[0], weights_[0]);
    if (weights_.size() == 2) y = P::add(y, P::scale(weights_[1].share(), P::ring::power(P::frac_bits)));
    return map_.finished(private_tensor<P>(self, std::move(y)));
  }
  private_tensor<P> forward(tensors const& x) const override {
    return koi::detail::rescaled<P>(x[0].self(), product(x).share());
  }

  std::optional<std::size_t> output_axis() const noexcept override { return output_axis_; }
  void expect_scale() override { has_bias_ = bias::yes; }
  std::vector<plain_tensor> scaled_weights(std::vector<plain_tensor> weights, channel_scale const& by) const override {
    weights[0] = plain_tensor(weights[0] * map_.per_output(by.scale, kernel_));
    plain_tensor shift = weights.size() == 2 ? plain_tensor(weights[1] * by.scale + by.shift) : by.shift;
    weights.resize(1);
    weights.push_back(std::move(shift));
    return weights;
  }

 private:
  std::vector<shape_type> shapes(bias with) const {
    if (with == bias::no) return {kernel_};
    return {kernel_, {map_.outputs(kernel_)}};
  }

  Map map_;
  shape_type kernel_;
  bias declared_bias_, has_bias_;
  std::size_t output_axis_;
  tensors weights_;
};

struct dense_map {
  static constexpr std::string_view name = "dense";

  template <Protocol P>
  typename P::share_type operator()(private_tensor<P> const& x, private_tensor<P> const& w) const {
    return P::matmul(x.self(), x.share(), w.share());
  }
  template <class T>
  static T const& stored(T const& w) {
    return w;
  }
  template <class T>
  static T finished(T y) {
    return y;
  }
  static std::size_t outputs(shape_type const& kernel) { return kernel.back(); }
  static plain_tensor const& per_output(plain_tensor const& scale, shape_type const&) { return scale; }
};

}  // namespace detail

/// y = x W + b, with x: [..., inputs], W: [inputs, units], b: [units].
///
/// Cost    P::matmul and P::truncate; before a ReLU the truncation is part of that
struct dense {
  std::size_t units;
  bias use_bias = bias::yes;

  static constexpr std::string_view name = "dense";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto shape = detail::only(name, in);
    if (shape.empty()) throw bad_argument("dense: takes an input with at least one axis");
    shape.back() = units;
    return shape;
  }
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const {
    return std::make_unique<detail::linear_layer<P, detail::dense_map>>(
        detail::dense_map{}, shape_type{in[0].back(), units}, use_bias, in[0].size() - 1);
  }
};

}  // namespace koi::nn
