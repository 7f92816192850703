// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/support/online.hpp"

/// The networks whose predictions are timed, with constant weights. Timing only: tests/nn and examples/ check results.
namespace koi::bench {

template <Protocol P>
private_tensor<P> filled(party& self, shape_type const& shape, double value) {
  auto const word = P::fixed::encode(value);
  return {self, P::input(self, 3, shape, [&] { return tensor<typename P::ring>(shape, word); })};
}

/// The model with its weights, shared once; they are masked in the runs that warm up.
template <ComparingProtocol P, class... Layers>
auto with_weights(party& self, Layers const&... layers) {
  auto model = std::make_unique<nn::sequential<P>>(layers...);
  std::vector<private_tensor<P>> weights;
  for (auto const& shape : model->weight_shapes()) {
    weights.push_back(filled<P>(self, shape, 0.03125));
    weights.back().share().make_lasting();
  }
  model->set_weights(weights);
  return model;
}

/// 784-512-10.
struct network_h {
  static constexpr std::string_view name = "h";
  static constexpr double multiply_adds = 784 * 512 + 512 * 10;
  template <ComparingProtocol P>
  static auto make(party& self) {
    return with_weights<P>(self, nn::input{28, 28, 1}, nn::flatten{}, nn::dense{512}, nn::relu{}, nn::dense{10});
  }
};
/// 784-128-128-10.
struct network_a {
  static constexpr std::string_view name = "a";
  static constexpr double multiply_adds = 784 * 128 + 128 * 128 + 128 * 10;
  template <ComparingProtocol P>
  static auto make(party& self) {
    return with_weights<P>(self, nn::input{28, 28, 1}, nn::flatten{}, nn::dense{128}, nn::relu{}, nn::dense{128},
                           nn::relu{}, nn::dense{10});
  }
};
/// Two convolutions with maxima, and 256-100-10.
struct network_b {
  static constexpr std::string_view name = "b";
  static constexpr double multiply_adds = 24 * 24 * 25 * 16 + 8 * 8 * 25 * 16 * 16 + 256 * 100 + 100 * 10;
  template <ComparingProtocol P>
  static auto make(party& self) {
    return with_weights<P>(self, nn::input{28, 28, 1}, nn::conv2d{16, {5, 5}}, nn::relu{}, nn::max_pooling2d{},
                           nn::conv2d{16, {5, 5}}, nn::relu{}, nn::max_pooling2d{}, nn::flatten{}, nn::dense{100},
                           nn::relu{}, nn::dense{10});
  }
};
/// Two convolutions with maxima, and 800-500-10.
struct network_c {
  static constexpr std::string_view name = "c";
  static constexpr double multiply_adds = 24 * 24 * 25 * 20 + 8 * 8 * 25 * 20 * 50 + 800 * 500 + 500 * 10;
  template <ComparingProtocol P>
  static auto make(party& self) {
    return with_weights<P>(self, nn::input{28, 28, 1}, nn::conv2d{20, {5, 5}}, nn::relu{}, nn::max_pooling2d{},
                           nn::conv2d{50, {5, 5}}, nn::relu{}, nn::max_pooling2d{}, nn::flatten{}, nn::dense{500},
                           nn::relu{}, nn::dense{10});
  }
};
/// A convolution with strides, and 980-100-10.
struct network_d {
  static constexpr std::string_view name = "d";
  static constexpr double multiply_adds = 14 * 14 * 25 * 5 + 980 * 100 + 100 * 10;
  template <ComparingProtocol P>
  static auto make(party& self) {
    return with_weights<P>(
        self, nn::input{28, 28, 1},
        nn::conv2d{.filters = 5, .kernel_size = {5, 5}, .strides = {2, 2}, .padding = padding2d::same()}, nn::relu{},
        nn::flatten{}, nn::dense{100}, nn::relu{}, nn::dense{10});
  }
};

/// From shares of the images to shares of the logits, the dealing included.
template <ComparingProtocol P, class Network>
void measure_total(options const& how, online_table& rows, std::string const& protocol, std::size_t batch) {
  auto const total = online<P>(
      how, dealing::included, Network::template make<P>,
      [&](party& self, auto const&) {
        return filled<P>(self, {batch, 28, 28, 1}, 0.5);
      },
      [](party&, auto const& model, auto const& x) { return (*model)(x); });
  rows.add(fmt::format("{}_{}_{}", Network::name, batch, protocol), "_total", total, dealing::included,
           static_cast<double>(batch) * Network::multiply_adds);
}

}  // namespace koi::bench
