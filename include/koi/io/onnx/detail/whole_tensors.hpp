// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/ops.hpp>

/// Layers that ONNX has and Keras has not: over whole tensors, the axis that counts samples included.
namespace koi::io::onnx::detail {

/// A layer with one input, given by what it does to a shape and to a tensor.
template <class L>
struct of_one {
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return static_cast<L const&>(*this).shape(in.at(0));
  }
  template <Protocol P>
    requires requires(L const& l, private_tensor<P> const& x) { l(x); }
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return static_cast<L const&>(*this)(x.at(0));
  }
};

/// Weights as a tensor of the graph.
struct parameter {
  static constexpr std::string_view name = "parameter";
  shape_type shape;

  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const&) const { return shape; }
  template <Protocol P>
  class built final : public nn::layer<P> {
   public:
    using typename nn::layer<P>::tensors;
    explicit built(shape_type shape) : shape_(std::move(shape)) {}
    std::vector<shape_type> weight_shapes() const override { return {shape_}; }
    void set_weights(tensors weights) override { weights_ = std::move(weights); }
    private_tensor<P> forward(tensors const&) const override {
      nn::detail::check_weights(name, !weights_.empty());
      return weights_[0];
    }

   private:
    shape_type shape_;
    tensors weights_;
  };
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<nn::layer<P>> build(std::vector<shape_type> const&) const {
    return std::make_unique<built<P>>(shape);
  }
};

/// A product of two tensors, which can leave its fraction bits to what follows.
template <class Map>
struct product_of_two {
  static constexpr std::string_view name = Map::name;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return Map::shape(in.at(0), in.at(1));
  }

  template <Protocol P>
  class built final : public nn::layer<P> {
   public:
    using typename nn::layer<P>::tensors;
    bool gives_product() const noexcept override { return true; }
    private_tensor<P> product(tensors const& x) const override {
      return {x[0].self(), Map::template product<P>(x[0], x[1])};
    }
    private_tensor<P> forward(tensors const& x) const override {
      return koi::detail::rescaled<P>(x[0].self(), product(x).share());
    }
  };
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<nn::layer<P>> build(std::vector<shape_type> const&) const {
    return std::make_unique<built<P>>();
  }
};
struct elementwise_map {
  static constexpr std::string_view name = "multiply";
  static shape_type shape(shape_type const& x, shape_type const& y) { return broadcast_shape("Mul", x, y); }
  template <Protocol P>
  static typename P::share_type product(private_tensor<P> const& x, private_tensor<P> const& y) {
    return P::mul(x.self(), x.share(), y.share());
  }
};
struct matrix_map {
  static constexpr std::string_view name = "matmul";
  static shape_type shape(shape_type const& x, shape_type const& y) { return matmul_shape(x, y); }
  template <Protocol P>
  static typename P::share_type product(private_tensor<P> const& x, private_tensor<P> const& y) {
    return koi::detail::bilinear("matmul", x, y, matmul_shape(x.shape(), y.shape()),
                                 [](auto& sum, auto const&... factors) { matmul_add(sum, factors...); });
  }
};
using multiply = product_of_two<elementwise_map>;
using matrix_product = product_of_two<matrix_map>;

/// Range  as nn::add
struct subtract {
  static constexpr std::string_view name = "subtract";
  static constexpr bool keeps_products = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return broadcast_shape("Sub", in.at(0), in.at(1));
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return x.at(0) - x.at(1);
  }
};
struct quotient {
  static constexpr std::string_view name = "divide";
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_division<P>;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return broadcast_shape("Div", in.at(0), in.at(1));
  }
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return divide(x.at(0), x.at(1));
  }
};

/// x / w for weights w, of which their owner shares the reciprocals, with as many more fraction bits as a division by a
/// public number has. Weights that came shared are divided by.
///
/// Range, Error  as koi's division by a public number
struct quotient_by_weight {
  static constexpr std::string_view name = "divide";
  shape_type divisor;

  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return broadcast_shape("Div", in.at(0), divisor);
  }
  template <Protocol P>
  class built final : public nn::layer<P> {
   public:
    using typename nn::layer<P>::tensors;
    explicit built(shape_type shape) : shape_(std::move(shape)) {}
    std::vector<shape_type> weight_shapes() const override { return {shape_}; }
    std::vector<plain_tensor> shared_weights(std::vector<plain_tensor> weights) const override {
      weights[0] = plain_tensor(std::ldexp(1, static_cast<int>(guard)) / weights[0]);
      return weights;
    }
    void set_weights(tensors weights) override { set(std::move(weights), false); }
    void set_shared_weights(tensors weights) override { set(std::move(weights), true); }
    private_tensor<P> forward(tensors const& x) const override {
      nn::detail::check_weights(name, !weights_.empty());
      if (!inverse_) return divided(x[0]);
      auto& self = x[0].self();
      return {self, P::truncate(self, P::mul(self, x[0].share(), weights_[0].share()), P::frac_bits + guard)};
    }

   private:
    static constexpr std::size_t guard = static_cast<std::size_t>(koi::detail::divisor_guard_bits<P>);
    void set(tensors weights, bool inverse) {
      weights_ = std::move(weights);
      inverse_ = inverse;
    }
    [[nodiscard]] private_tensor<P> divided(private_tensor<P> const& x) const {
      if constexpr (koi::detail::has_division<P>)
        return divide(x, weights_[0]);
      else
        throw bad_argument("divide: shared weights take a protocol that divides; have the owner load the weights");
    }

    shape_type shape_;
    tensors weights_;
    bool inverse_ = false;
  };
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<nn::layer<P>> build(std::vector<shape_type> const&) const {
    return std::make_unique<built<P>>(divisor);
  }
};

/// x / divisor, for a number that stands in the graph.
struct divided_by : of_one<divided_by> {
  static constexpr std::string_view name = "divide";
  double divisor;
  explicit divided_by(double number) : divisor(number) {}
  [[nodiscard]] shape_type const& shape(shape_type const& x) const { return x; }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    return x / divisor;
  }
};

/// x * factor + summand, for numbers that stand in the graph.
struct affine : of_one<affine> {
  static constexpr std::string_view name = "affine";
  static constexpr bool keeps_samples_apart = true;
  double factor = 1, summand = 0;
  affine(double by, double plus) : factor(by), summand(plus) {}
  [[nodiscard]] shape_type const& shape(shape_type const& x) const { return x; }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    auto const product = factor == 1 ? x : x * factor;
    return summand == 0 ? product : product + summand;
  }
};

}  // namespace koi::io::onnx::detail
