// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>
#include <koi/protocol/narrowed.hpp>
#include <koi/tensor/encode.hpp>

#include <memory>
#include <optional>

namespace koi::nn {

/// A factor and a summand for each output channel.
struct channel_scale {
  plain_tensor scale, shift;
};

namespace detail {
/// A product that was brought to half the ring, where the protocol does that.
template <Protocol P>
struct narrow_product {
  using type = private_tensor<P>;
};
template <NarrowingProtocol P>
struct narrow_product<P> {
  using type = private_tensor<narrowed<P>>;
};
}  // namespace detail

/// One layer of a model under a protocol: what a description such as nn::dense is built into.
///
/// A linear layer can leave its product with twice the fraction bits, so that the activation that
/// follows takes truncation and its own opening together. Where the protocol's numbers are said to fit half the ring,
/// a product goes there, up to that activation.
template <Protocol P>
class layer {
 public:
  using tensors = std::vector<private_tensor<P>>;
  using narrow_tensor = typename detail::narrow_product<P>::type;

  layer() = default;
  layer(layer const&) = delete;
  layer& operator=(layer const&) = delete;
  virtual ~layer() = default;

  /// Shapes of its weights in Keras's order, as their owner has them.
  [[nodiscard]] virtual std::vector<shape_type> weight_shapes() const { return {}; }
  /// Takes weights of those shapes.
  virtual void set_weights(tensors) {}

  /// What is shared of weights that one owner has in the clear: the weights, unless the layer can do a part of
  /// its work there.
  [[nodiscard]] virtual std::vector<shape_type> shared_shapes() const { return weight_shapes(); }
  [[nodiscard]] virtual std::vector<plain_tensor> shared_weights(std::vector<plain_tensor> weights) const {
    return weights;
  }
  virtual void set_shared_weights(tensors weights) { set_weights(std::move(weights)); }

  /// y = f(x...), with the fraction bits of one number.
  [[nodiscard]] virtual private_tensor<P> forward(tensors const& x) const = 0;

  /// Whether `product` gives what `forward` gives, before truncation.
  [[nodiscard]] virtual bool gives_product() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> product(tensors const&) const {
    throw bad_argument("nn: this layer gives no product");
  }
  /// Whether `after_product` takes a linear layer's product in one operation.
  [[nodiscard]] virtual bool takes_product() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> after_product(private_tensor<P> const&) const {
    throw bad_argument("nn: this layer takes no product");
  }
  /// Whether `of_products` gives of products the product that `forward` would have given: the layer moves elements
  /// or compares them. What it compares it may take for equal where truncation makes it so.
  [[nodiscard]] virtual bool keeps_products() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> of_products(tensors const& x) const { return forward(x); }

  /// The same two for a product in half the ring.
  [[nodiscard]] virtual bool takes_narrow() const noexcept { return false; }
  [[nodiscard]] virtual private_tensor<P> after_narrow(narrow_tensor const&) const {
    throw bad_argument("nn: this layer takes no narrow product");
  }
  [[nodiscard]] virtual bool keeps_narrow() const noexcept { return false; }
  [[nodiscard]] virtual narrow_tensor of_narrow(narrow_tensor const&) const {
    throw bad_argument("nn: this layer keeps no narrow product");
  }

  /// Whether it is a maximum over some elements, and whether it is monotonic in each: f(max(x, y)) =
  /// max(f(x), f(y)). A model takes the maximum first, which leaves fewer elements.
  [[nodiscard]] virtual bool is_maximum() const noexcept { return false; }
  [[nodiscard]] virtual bool is_monotonic() const noexcept { return false; }

  /// Batch normalisation, where its parameters are known: the axis that it scales, and the scale that it is.
  [[nodiscard]] virtual std::optional<std::size_t> scaled_axis() const noexcept { return std::nullopt; }
  [[nodiscard]] virtual channel_scale scale_of(std::vector<plain_tensor> const&) const {
    throw bad_argument("nn: this layer is no scale");
  }
  /// The axis of which a scale can be put into its weights, and how. The weights have a summand afterwards.
  [[nodiscard]] virtual std::optional<std::size_t> output_axis() const noexcept { return std::nullopt; }
  virtual void expect_scale() {}
  [[nodiscard]] virtual std::vector<plain_tensor> scaled_weights(std::vector<plain_tensor>,
                                                                 channel_scale const&) const {
    throw bad_argument("nn: this layer takes no scale");
  }
};

/// Whether each sample's result depends on that sample alone, where samples lie along axis 0 of all inputs and two axes
/// or more. A description that says nothing may mix them.
template <class L>
[[nodiscard]] bool keeps_samples_apart(L const& what) noexcept {
  if constexpr (requires { L::keeps_samples_apart; }) return L::keeps_samples_apart;
  if constexpr (requires { what.keeps_apart(); }) return what.keeps_apart();
  return false;
}

/// What a description says about itself: its name in Keras, and the shape that it gives for shapes of a batch,
/// whose first axis counts samples. `build<P>(shapes)` makes the layer, or `apply(tensors)` is all there is to it; one
/// that keeps products (and so encodes no number) may do so at less cost in `apply_to_products(tensors)`.
/// `has_room<P>`, where it is there, says whether the protocol's numbers have room for it.
template <class L>
concept Description = requires(L const& l, std::vector<shape_type> const& in) {
  { L::name } -> std::convertible_to<std::string_view>;
  { l.output_shape(in) } -> std::same_as<shape_type>;
};

namespace detail {

/// Whether a protocol compares all numbers of its ring. Where it says that it does not, products are truncated before a
/// maximum: their differences are as large as the ring.
template <Protocol P>
inline constexpr bool compares_whole_ring = !requires {
  requires !P::comparison::whole_ring;
};

/// A layer without weights.
template <Protocol P, Description L>
class function_layer : public layer<P> {
 public:
  using typename layer<P>::tensors;
  using typename layer<P>::narrow_tensor;

  explicit function_layer(L what) : what_(std::move(what)) {}
  private_tensor<P> forward(tensors const& x) const override { return what_.apply(x); }
  bool keeps_products() const noexcept override {
    if constexpr (requires { L::keeps_products; })
      return L::keeps_products && (compares_whole_ring<P> || !is_maximum());
    return false;
  }
  private_tensor<P> of_products(tensors const& x) const override {
    if constexpr (requires { what_.apply_to_products(x); }) return what_.apply_to_products(x);
    return what_.apply(x);
  }
  bool keeps_narrow() const noexcept override { return one_to_one && keeps_products(); }
  narrow_tensor of_narrow(narrow_tensor const& x) const override {
    if constexpr (one_to_one) return what_.apply(std::vector{x});
    return layer<P>::of_narrow(x);
  }
  bool is_maximum() const noexcept override {
    if constexpr (requires { L::is_maximum; }) return L::is_maximum;
    return false;
  }
  bool is_monotonic() const noexcept override {
    if constexpr (requires { L::is_monotonic; }) return L::is_monotonic;
    return false;
  }

 private:
  /// Whether its one input may be a product in half the ring.
  static constexpr bool one_to_one = NarrowingProtocol<P> && requires(std::vector<narrow_tensor> const& x) {
    requires L::keeps_products;
    std::declval<L const&>().apply(x);
  };

  L what_;
};

/// The same weights in another shape, as a value of its own that lasts as they do: one mask serves all runs.
template <Protocol P>
private_tensor<P> reshaped_weights(private_tensor<P> const& w, shape_type const& shape) {
  auto share = P::linear(w.share(), shape, [&](auto const& t) { return t.reshaped(shape); });
  if (w.share().lasts()) share.make_lasting();
  return {w.self(), std::move(share)};
}

/// What a description can be built into under a protocol; it may need one that compares.
template <class L, class P>
concept BuildsItself = requires(L const& l, std::vector<shape_type> const& in) {
  l.template build<P>(in);
};
template <class L, class P>
concept Applicable = requires(L const& l, std::vector<private_tensor<P>> const& x) {
  l.apply(x);
};

/// Whether the protocol's numbers and comparisons have room for the layer's function.
template <class L, class P>
constexpr bool has_room() {
  if constexpr (requires { L::template has_room<P>; }) return L::template has_room<P>;
  return true;
}

/// Throws  bad_argument where the protocol has no room for the layer
template <Protocol P, Description L>
std::unique_ptr<layer<P>> built(L const& what, std::vector<shape_type> const& in) {
  if constexpr (BuildsItself<L, P>)
    return what.template build<P>(in);
  else if constexpr (!Applicable<L, P>)
    static_assert(sizeof(L) == 0, "koi: this layer needs a protocol that compares");
  else if constexpr (!has_room<L, P>())
    throw bad_argument(fmt::format("{} has no room for the numbers inside this function", P::name()));
  else
    return std::make_unique<function_layer<P, L>>(what);
}

/// The one input of a layer that has one.
inline shape_type const& only(std::string_view name, std::vector<shape_type> const& in) {
  if (in.size() != 1) throw bad_argument(fmt::format("{}: takes one input, not {}", name, in.size()));
  return in.front();
}
/// An axis of so many, counted from the first one or, where it is negative, from behind the last one.
///
/// Throws  bad_argument if there is no such axis
inline std::size_t axis_at(std::string_view name, std::ptrdiff_t axis, std::size_t axes) {
  auto const count = static_cast<std::ptrdiff_t>(axes);
  if (axis < -count || axis >= count) throw bad_argument(fmt::format("{}: axis {} of {}", name, axis, axes));
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}
/// Whether an axis is none that counts samples, whatever the number of axes: from two on the last one is not.
constexpr bool is_inside_samples(std::ptrdiff_t axis) noexcept { return axis > 0 || axis == -1; }

inline void check_weights(std::string_view name, bool there) {
  if (!there) throw bad_argument(fmt::format("{}: the weights come before the first call", name));
}

}  // namespace detail

}  // namespace koi::nn
