// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/arrangement.hpp>

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

}  // namespace detail

}  // namespace koi::nn
