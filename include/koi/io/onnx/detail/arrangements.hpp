// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/values.hpp>
#include <koi/io/onnx/detail/whole_tensors.hpp>

/// Layers that move elements: local, and a product stays one.
namespace koi::io::onnx::detail {

/// The same elements in another shape; `L` has a function `shape`.
template <class L>
struct reshaping : of_one<L> {
  static constexpr bool keeps_products = true;
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::reshape(x, static_cast<L const&>(*this).shape(x.shape()));
  }
};

/// Extents: 0 is that of the input, -1 is what is left, any_number that of the input along the axis `samples`.
struct reshape_to : reshaping<reshape_to> {
  static constexpr std::string_view name = "reshape";
  std::vector<std::int64_t> extents;
  std::size_t samples;
  explicit reshape_to(std::vector<std::int64_t> to, std::size_t samples_along = 0)
      : extents(std::move(to)), samples(samples_along) {}

  [[nodiscard]] shape_type shape(shape_type const& x) const {
    auto const fail = [&] {
      throw bad_argument(
          fmt::format("extents [{}] for a tensor of shape {}", fmt::join(extents, ","), koi::to_string(x)));
    };
    shape_type out;
    std::optional<std::size_t> rest;
    std::size_t known = 1;
    for (std::size_t i = 0; i < extents.size(); ++i) {
      auto const n = extents[i];
      auto const from = n == any_number ? samples : i;
      bool const copied = n == 0 || n == any_number;
      if ((n < -1 && !copied) || (n == -1 && rest) || (copied && from >= x.size())) fail();
      if (n == -1) rest = i;
      out.push_back(copied ? x[from] : n == -1 ? 1 : static_cast<std::size_t>(n));
      known *= out.back();
    }
    auto const all = element_count(x);
    if (rest && known != 0 && all % known == 0) out[*rest] = all / known;
    if (element_count(out) != all) fail();
    return out;
  }
};

/// Everything before an axis as one, and everything from it on.
struct flatten_at : reshaping<flatten_at> {
  static constexpr std::string_view name = "flatten";
  std::size_t axis;
  explicit flatten_at(std::size_t at) : axis(at) {}
  [[nodiscard]] bool keeps_apart() const noexcept { return axis == 1; }
  [[nodiscard]] shape_type shape(shape_type const& x) const {
    auto const middle = x.begin() + static_cast<std::ptrdiff_t>(axis);
    return {element_count({x.begin(), middle}), element_count({middle, x.end()})};
  }
};

/// Without axes of extent 1.
struct without_axes : reshaping<without_axes> {
  static constexpr std::string_view name = "squeeze";
  std::vector<std::size_t> axes;
  explicit without_axes(std::vector<std::size_t> which) : axes(std::move(which)) {}
  [[nodiscard]] shape_type shape(shape_type const& x) const {
    auto const sorted = koi::detail::sorted_axes("Squeeze", x, axes);
    for (auto const axis : sorted)
      if (x[axis] != 1) throw bad_argument(fmt::format("axis {} of shape {} is not 1", axis, koi::to_string(x)));
    return koi::detail::shape_without(x, sorted, keep_axes::no);
  }
};

/// With new axes of extent 1; they count in the result, ascending.
struct with_axes : reshaping<with_axes> {
  static constexpr std::string_view name = "unsqueeze";
  std::vector<std::size_t> axes;
  explicit with_axes(std::vector<std::size_t> which) : axes(std::move(which)) {}
  [[nodiscard]] shape_type shape(shape_type x) const {
    for (auto const axis : axes) x = expanded_shape(x, axis);
    return x;
  }
};

struct permute : of_one<permute> {
  static constexpr std::string_view name = "transpose";
  static constexpr bool keeps_products = true;
  std::vector<std::size_t> axes;
  explicit permute(std::vector<std::size_t> order) : axes(std::move(order)) {}
  [[nodiscard]] shape_type shape(shape_type const& x) const {
    auto order = axes;
    return transpose_shape(x, order);
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::transpose(x, axes);
  }
};

struct pad_with : of_one<pad_with> {
  static constexpr std::string_view name = "pad";
  std::vector<pad_axis> widths;
  double value;
  pad_with(std::vector<pad_axis> around, double with) : widths(std::move(around)), value(with) {}
  [[nodiscard]] shape_type shape(shape_type const& x) const { return pad_shape(x, widths); }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::pad(x, widths, value);
  }
};

/// The elements first, first + step, ... of one axis, which lie in it.
struct stretch {
  std::size_t axis;
  std::int64_t first;
  std::int64_t step;
  std::size_t count;

  [[nodiscard]] std::vector<std::size_t> indices() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(static_cast<std::size_t>(first + static_cast<std::int64_t>(i) * step));
    return all;
  }
};

/// A stretch of each of some axes.
struct stretches : of_one<stretches> {
  static constexpr std::string_view name = "slice";
  static constexpr bool keeps_products = true;
  std::vector<stretch> parts;
  explicit stretches(std::vector<stretch> of) : parts(std::move(of)) {}
  [[nodiscard]] shape_type shape(shape_type x) const {
    for (auto const& part : parts) x = with_extent(std::move(x), part.axis, part.count);
    return x;
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> x) const {
    for (auto const& part : parts) x = koi::gather(x, part.indices(), part.axis);
    return x;
  }
};

/// The elements at some indices of one axis.
struct choice : of_one<choice> {
  static constexpr std::string_view name = "gather";
  static constexpr bool keeps_products = true;
  std::size_t axis;
  std::vector<std::size_t> indices;
  choice(std::size_t along, std::vector<std::size_t> which) : axis(along), indices(std::move(which)) {}
  [[nodiscard]] shape_type shape(shape_type const& x) const { return take_shape(x, axis, indices); }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const {
    return koi::gather(x, indices, axis);
  }
};

}  // namespace koi::io::onnx::detail
