// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/dense.hpp>
#include <koi/ops/arrangement.hpp>
#include <koi/ops/conv2d.hpp>

namespace koi::nn {

/// Which axis of a batch of images counts channels: the last one, [n, rows, columns, channels], or the first one of
/// an image, [n, channels, rows, columns]. Filters are [rows, columns, channels / groups, filters] for both.
enum class data_format : std::uint8_t { channels_last, channels_first };

namespace detail {

/// The axis that counts channels, of so many.
constexpr std::size_t channel_axis(data_format format, std::size_t axes) noexcept {
  return format == data_format::channels_last ? axes - 1 : 1;
}

/// Shapes and tensors of images with their channels last, and back.
inline shape_type channels_last(std::string_view name, shape_type const& in, data_format format) {
  if (in.size() != 4) throw bad_argument(fmt::format("{}: takes images with four axes, not {}", name, to_string(in)));
  return format == data_format::channels_last ? in : shape_type{in[0], in[2], in[3], in[1]};
}
inline shape_type in_format(shape_type const& shape, data_format format) {
  return format == data_format::channels_last ? shape : shape_type{shape[0], shape[3], shape[1], shape[2]};
}
template <SecureTensor T>
T channels_last(T const& x, data_format format) {
  return format == data_format::channels_last ? x : transpose(x, {0, 2, 3, 1});
}
template <SecureTensor T>
T in_format(T const& x, data_format format) {
  return format == data_format::channels_last ? x : transpose(x, {0, 3, 1, 2});
}

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
