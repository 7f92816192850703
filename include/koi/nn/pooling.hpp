// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/conv2d.hpp>
#include <koi/ops/pooling.hpp>

namespace koi::nn {

namespace detail {

inline shape_type pooled_shape(std::string_view name, std::vector<shape_type> const& in, pool2d_options const& how,
                               data_format format) {
  auto const images = channels_last(name, only(name, in), format);
  auto const window = koi::detail::pool2d_window(images, how);
  return in_format({images[0], window.rows.count(images[1]), window.columns.count(images[2]), images[3]}, format);
}

}  // namespace detail

/// Maximum over windows of images; see koi::max_pool2d.
///
/// Range   after a linear layer it is taken of products, with twice the fraction bits f: in a ring of l bits numbers
/// are
///         below 2^(l-2-2f), and their differences within the bits that the comparison was told are in use
///
/// Error   none, but after a linear layer, where it takes the maximum of products: there it may choose, in each of the
///         ceil(log2 n) steps along an axis, a number that is less than one unit in the last place too small. In half
///         the ring each number is rounded first, up or down, and the maximum of these is exact
struct max_pooling2d {
  pool2d_options how{};
  data_format format = data_format::channels_last;

  static constexpr std::string_view name = "max_pooling2d";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  static constexpr bool is_maximum = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return detail::pooled_shape(name, in, how, format);
  }
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return pooled(x[0], 0);
  }
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply_to_products(std::vector<private_tensor<P>> const& x) const {
    return pooled(x[0], P::frac_bits);
  }

 private:
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> pooled(private_tensor<P> const& x, std::size_t ignored) const {
    return detail::in_format(koi::detail::max_pool2d(detail::channels_last(x, format), how, ignored), format);
  }
};

/// Mean over windows of images; see koi::average_pool2d.
struct average_pooling2d {
  pool2d_options how{};
  data_format format = data_format::channels_last;
  count_padding padding_counts = count_padding::no;

  static constexpr std::string_view name = "average_pooling2d";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return detail::pooled_shape(name, in, how, format);
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return detail::in_format(average_pool2d(detail::channels_last(x[0], format), how, padding_counts), format);
  }
};

namespace detail {

/// A reduction of the rows and columns of images.
struct over_images {
  keep_axes keep = keep_axes::no;
  data_format format = data_format::channels_last;

  [[nodiscard]] shape_type shape(std::string_view name, std::vector<shape_type> const& in) const {
    auto const images = channels_last(name, only(name, in), format);
    if (keep == keep_axes::no) return {images[0], images[3]};
    return in_format({images[0], 1, 1, images[3]}, format);
  }
  template <class T>
  [[nodiscard]] T finished(T const& x) const {
    return keep == keep_axes::no ? x : in_format(x, format);
  }
};

}  // namespace detail

/// Mean over all rows and columns of images -> [n, channels].
struct global_average_pooling2d : detail::over_images {
  static constexpr std::string_view name = "global_average_pooling2d";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const { return shape(name, in); }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return finished(global_average_pool2d(detail::channels_last(x[0], format), keep));
  }
};

/// Maximum over all rows and columns of images -> [n, channels].
///
/// Range   as max_pooling2d
struct global_max_pooling2d : detail::over_images {
  static constexpr std::string_view name = "global_max_pooling2d";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  static constexpr bool is_maximum = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const { return shape(name, in); }
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return finished(global_max_pool2d(detail::channels_last(x[0], format), keep));
  }
  template <ComparingProtocol P>
  [[nodiscard]] private_tensor<P> apply_to_products(std::vector<private_tensor<P>> const& x) const {
    return finished(koi::detail::global_max_pool2d(detail::channels_last(x[0], format), keep, P::frac_bits));
  }
};

}  // namespace koi::nn
