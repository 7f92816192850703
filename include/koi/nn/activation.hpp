// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/ops/comparison.hpp>
#include <koi/ops/functions/smooth.hpp>
#include <koi/ops/functions/softmax.hpp>
#include <koi/ops/selection.hpp>

namespace koi::nn {

namespace detail {

/// A layer that gives the shape that it gets.
template <class L>
struct elementwise {
  static constexpr bool is_monotonic = false;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const { return only(L::name, in); }
};

template <ComparingProtocol P>
class relu_layer final : public layer<P> {
 public:
  using typename layer<P>::tensors;
  using typename layer<P>::narrow_tensor;
  private_tensor<P> forward(tensors const& x) const override { return koi::relu(x[0]); }
  bool takes_product() const noexcept override { return P::frac_bits > 0; }
  private_tensor<P> after_product(private_tensor<P> const& x) const override {
    return {x.self(), P::truncate_relu(x.self(), x.share(), P::frac_bits)};
  }
  bool takes_narrow() const noexcept override { return NarrowingProtocol<P>; }
  private_tensor<P> after_narrow(narrow_tensor const& x) const override {
    if constexpr (NarrowingProtocol<P>) {
      using wide = typename P::ring;
      return {x.self(), narrowed<P>::template widened_relu<wide>(x.self(), x.share())};
    }
    return layer<P>::after_narrow(x);
  }
  bool is_monotonic() const noexcept override { return true; }
};

}  // namespace detail

/// max(x, 0), exact. After a linear layer one operation with its truncation.
///
/// Cost    P::relu, or P::truncate_relu after a linear layer
struct relu : detail::elementwise<relu> {
  static constexpr std::string_view name = "relu";
  static constexpr bool keeps_samples_apart = true;
  template <ComparingProtocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const&) const {
    return std::make_unique<detail::relu_layer<P>>();
  }
};

/// max(x, 0) + alpha min(x, 0).
///
/// Cost    P::relu and P::truncate
struct leaky_relu : detail::elementwise<leaky_relu> {
  static constexpr std::string_view name = "leaky_relu";
  static constexpr bool keeps_samples_apart = true;
  double alpha = 0.3;

  explicit leaky_relu(double slope = 0.3) : alpha(slope) {}
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return x[0] * alpha + koi::relu(x[0]) * (1 - alpha);
  }
};

/// 1 / (1 + exp(-x)) for every x; see koi::sigmoid for error and cost.
struct sigmoid : detail::elementwise<sigmoid> {
  static constexpr std::string_view name = "sigmoid";
  static constexpr bool keeps_samples_apart = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_splines<P>;
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return koi::sigmoid(x[0]);
  }
};

/// Hyperbolic tangent for every x; see koi::tanh for error and cost.
struct tanh : detail::elementwise<tanh> {
  static constexpr std::string_view name = "tanh";
  static constexpr bool keeps_samples_apart = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_splines<P>;
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return koi::tanh(x[0]);
  }
};

/// Shares of one, by exp of each number, over one axis, the last one unless another is named; see koi::softmax for
/// error and cost. Axis 0 counts samples, negative ones count from the end.
struct softmax {
  std::ptrdiff_t axis = -1;

  explicit softmax(std::ptrdiff_t over = -1) : axis(over) {}
  static constexpr std::string_view name = "softmax";
  [[nodiscard]] bool keeps_apart() const noexcept { return detail::is_inside_samples(axis); }
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const& shape = detail::only(name, in);
    (void)detail::axis_at(name, axis, shape.size());
    return shape;
  }
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_softmax<P>;
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return koi::softmax(x[0], detail::axis_at(name, axis, x[0].shape().size()));
  }
};

/// One of these functions, chosen when the model is made, as Keras's Activation.
struct activation : detail::elementwise<activation> {
  enum class function : std::uint8_t { linear, relu, sigmoid, tanh, softmax };

  static constexpr std::string_view name = "activation";
  static constexpr bool keeps_samples_apart = true;
  function chosen = function::linear;

  explicit activation(function f) : chosen(f) {}
  template <ComparingProtocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const;
};

/// The identity: what is dropped in training stays in a prediction.
struct dropout : detail::elementwise<dropout> {
  static constexpr std::string_view name = "dropout";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  double rate = 0.5;

  explicit dropout(double dropped = 0.5) : rate(dropped) {}
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return x[0];
  }
};

template <ComparingProtocol P>
std::unique_ptr<layer<P>> activation::build(std::vector<shape_type> const& in) const {
  switch (chosen) {
    case function::relu:
      return detail::built<P>(nn::relu{}, in);
    case function::sigmoid:
      return detail::built<P>(nn::sigmoid{}, in);
    case function::tanh:
      return detail::built<P>(nn::tanh{}, in);
    case function::softmax:
      return detail::built<P>(nn::softmax{}, in);
    case function::linear:
      break;
  }
  return detail::built<P>(dropout{0}, in);
}

}  // namespace koi::nn
