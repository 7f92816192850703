// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/whole_tensors.hpp>

/// Layers that are a function of koi/ops: of each element, along an axis, or over axes.
namespace koi::io::onnx::detail {

/// A function that keeps the shape.
template <class F>
struct function : of_one<function<F>> {
  static constexpr std::string_view name = F::name;
  static constexpr bool keeps_samples_apart = requires { F::is_elementwise; };
  template <Protocol P>
  static constexpr bool has_room = nn::detail::has_room<F, P>();
  F f;
  explicit function(F what = {}) : f(std::move(what)) {}
  [[nodiscard]] shape_type const& shape(shape_type const& x) const { return x; }
  template <Protocol P>
    requires requires(F const& g, private_tensor<P> const& x) { g(x); }
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const { return f(x); }
};

struct abs_of {
  static constexpr std::string_view name = "abs";
  static constexpr bool is_elementwise = true;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::abs(x);
  }
};
struct erf_of {
  static constexpr std::string_view name = "erf";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_splines<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::erf(x);
  }
};
struct exp_of {
  static constexpr std::string_view name = "exp";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_exp<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::exp(x);
  }
};
struct gelu_of {
  static constexpr std::string_view name = "gelu";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_splines<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::gelu(x);
  }
};
struct log_of {
  static constexpr std::string_view name = "log";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_roots<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::log(x);
  }
};
struct reciprocal_of {
  static constexpr std::string_view name = "reciprocal";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_division<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::reciprocal(x);
  }
};
struct sqrt_of {
  static constexpr std::string_view name = "sqrt";
  static constexpr bool is_elementwise = true;
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_roots<P>;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::sqrt(x);
  }
};

/// Between bounds, of which one may be missing.
struct clip_to {
  static constexpr std::string_view name = "clip";
  static constexpr bool is_elementwise = true;
  std::optional<double> low, high;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    if (low && high) return koi::clip(x, *low, *high);
    if (high) return koi::minimum(x, *high);
    return low ? koi::maximum(x, *low) : x;
  }
};
struct softmax_along {
  static constexpr std::string_view name = "softmax";
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_softmax<P>;
  std::size_t axis;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::softmax(x, axis);
  }
};
struct log_softmax_along {
  static constexpr std::string_view name = "log_softmax";
  template <Protocol P>
  static constexpr bool has_room = koi::detail::has_softmax<P>;
  std::size_t axis;
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::log_softmax(x, axis);
  }
};

/// A reduction over axes; `Reduce` takes the tensor, the axes, and whether they stay.
template <class Reduce>
struct reduction : of_one<reduction<Reduce>> {
  static constexpr std::string_view name = Reduce::name;
  std::vector<std::size_t> axes;
  keep_axes keep;
  reduction(std::vector<std::size_t> over, keep_axes stay) : axes(std::move(over)), keep(stay) {}
  [[nodiscard]] shape_type shape(shape_type const& x) const {
    return koi::detail::shape_without(x, koi::detail::sorted_axes(name, x, axes), keep);
  }
  template <Protocol P>
    requires requires(private_tensor<P> const& x, std::vector<std::size_t> const& a) { Reduce{}(x, a, keep_axes::no); }
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const { return Reduce{}(x, axes, keep); }
};

struct sum_over {
  static constexpr std::string_view name = "reduce_sum";
  template <Protocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::reduce_sum(x, axes, keep);
  }
};
struct mean_over {
  static constexpr std::string_view name = "reduce_mean";
  template <Protocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::reduce_mean(x, axes, keep);
  }
};
struct maximum_over {
  static constexpr std::string_view name = "reduce_max";
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::reduce_max(x, axes, keep);
  }
};
struct minimum_over {
  static constexpr std::string_view name = "reduce_min";
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::reduce_min(x, axes, keep);
  }
};
/// Indices along one axis, as whole numbers.
struct largest_along {
  static constexpr std::string_view name = "argmax";
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::argmax(x, axes.at(0), keep);
  }
};
struct smallest_along {
  static constexpr std::string_view name = "argmin";
  template <ComparingProtocol P>
  private_tensor<P> operator()(private_tensor<P> const& x, std::vector<std::size_t> const& axes, keep_axes keep) const {
    return koi::argmin(x, axes.at(0), keep);
  }
};

}  // namespace koi::io::onnx::detail
