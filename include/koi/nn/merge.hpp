// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/layer.hpp>
#include <koi/ops/arrangement.hpp>

namespace koi::nn {

/// The sum of several inputs, with numpy's broadcasting.
///
/// Range   after linear layers alone it is taken of their products, with twice the fraction bits f: in a ring of l bits
///         the sum and the terms are below 2^(l-2-2f)
struct add {
  static constexpr std::string_view name = "add";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    if (in.size() < 2) throw bad_argument("add: takes two inputs or more");
    auto shape = in[0];
    for (auto const& other : in) shape = broadcast_shape(name, shape, other);
    return shape;
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    auto sum = x[0];
    for (std::size_t i = 1; i < x.size(); ++i) sum += x[i];
    return sum;
  }
};

/// Inputs side by side along an axis, the last one unless another is named; axis 0 counts samples, negative ones count
/// from the end.
struct concatenate {
  std::ptrdiff_t axis = -1;

  explicit concatenate(std::ptrdiff_t along = -1) : axis(along) {}
  static constexpr std::string_view name = "concatenate";
  static constexpr bool keeps_products = true;
  [[nodiscard]] bool keeps_apart() const noexcept { return detail::is_inside_samples(axis); }
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    if (in.empty()) throw bad_argument("concatenate: takes one input or more");
    return concat_shape(in, detail::axis_at(name, axis, in[0].size()));
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return concat(x, detail::axis_at(name, axis, x[0].shape().size()));
  }
};

}  // namespace koi::nn
