// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/data_format.hpp>
#include <koi/nn/dense.hpp>
#include <koi/ops/conv2d.hpp>

namespace koi::nn {

namespace detail {

struct conv2d_map {
  static constexpr std::string_view name = "conv2d";
  conv2d_options how;
  data_format format;
  bool by_channel;  ///< filters [rows, columns, channels, multiplier], as depthwise layers have them

  template <Protocol P>
  typename P::share_type operator()(private_tensor<P> const& x, private_tensor<P> const& w) const {
    return koi::detail::convolved(channels_last(x, format), w, how,
                                  [](auto const&... parts) { return koi::detail::bilinear(parts...); });
  }
  template <class T>
  [[nodiscard]] T stored(T const& w) const {
    auto const& s = w.shape();
    return by_channel ? reshaped_weights(w, {s[0], s[1], 1, s[2] * s[3]}) : w;
  }
  template <class T>
  [[nodiscard]] T finished(T const& y) const {
    return in_format(y, format);
  }
  [[nodiscard]] std::size_t outputs(shape_type const& kernel) const {
    return by_channel ? kernel[2] * kernel[3] : kernel[3];
  }
  [[nodiscard]] plain_tensor per_output(plain_tensor scale, shape_type const& kernel) const {
    if (by_channel) scale.reshape(shape_type{kernel[2], kernel[3]});
    return scale;
  }
};

}  // namespace detail

/// Convolution of images.
///
/// Cost    as koi::conv2d; before a ReLU, or a maximum and a ReLU, the truncation is part of that
struct conv2d {
  std::size_t filters;
  std::array<std::size_t, 2> kernel_size;  ///< rows, columns
  std::array<std::size_t, 2> strides{1, 1};
  padding2d padding = padding2d::valid();
  data_format format = data_format::channels_last;
  std::array<std::size_t, 2> dilation{1, 1};
  std::size_t groups = 1;
  bias use_bias = bias::yes;

  static constexpr std::string_view name = "conv2d";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const images = detail::channels_last(name, detail::only(name, in), format);
    auto const w = kernel(images);
    return detail::in_format(conv2d_shape(images, w, koi::detail::conv2d_window(images, w, options()), groups), format);
  }
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const {
    return std::make_unique<detail::linear_layer<P, detail::conv2d_map>>(
        detail::conv2d_map{options(), format, false}, kernel(detail::channels_last(name, in[0], format)), use_bias,
        detail::channel_axis(format, 4));
  }

 private:
  [[nodiscard]] conv2d_options options() const { return {strides, padding, dilation, groups}; }
  [[nodiscard]] shape_type kernel(shape_type const& images) const {
    if (groups == 0 || images[3] % groups != 0 || filters % groups != 0)
      throw bad_argument(fmt::format("conv2d: {} channels and {} filters in {} groups", images[3], filters, groups));
    return {kernel_size[0], kernel_size[1], images[3] / groups, filters};
  }
};

/// Convolution of each channel with filters of its own.
struct depthwise_conv2d {
  std::array<std::size_t, 2> kernel_size;  ///< rows, columns
  std::array<std::size_t, 2> strides{1, 1};
  padding2d padding = padding2d::valid();
  std::size_t depth_multiplier = 1;
  data_format format = data_format::channels_last;
  std::array<std::size_t, 2> dilation{1, 1};
  bias use_bias = bias::yes;

  static constexpr std::string_view name = "depthwise_conv2d";
  static constexpr bool keeps_samples_apart = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const images = detail::channels_last(name, detail::only(name, in), format);
    return conv2d{images[3] * depth_multiplier, kernel_size, strides, padding, format, dilation, images[3], use_bias}
        .output_shape(in);
  }
  template <Protocol P>
  [[nodiscard]] std::unique_ptr<layer<P>> build(std::vector<shape_type> const& in) const {
    auto const channels = detail::channels_last(name, in[0], format)[3];
    return std::make_unique<detail::linear_layer<P, detail::conv2d_map>>(
        detail::conv2d_map{{strides, padding, dilation, channels}, format, true},
        shape_type{kernel_size[0], kernel_size[1], channels, depth_multiplier}, use_bias,
        detail::channel_axis(format, 4));
  }
};

}  // namespace koi::nn
