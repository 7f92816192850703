// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/translation.hpp>

/// Operators with filters and windows. ONNX keeps channels first.
namespace koi::io::onnx::detail {

/// The first input as images with rows and columns: one with columns alone gets one row.
template <class T>
class image_operator {
 public:
  explicit image_operator(T& at) : at_(at), layer_(at.layer(0)) {
    auto const rank = at.shape_of(layer_).size();
    if (rank != 3 && rank != 4) throw unsupported(fmt::format("images with {} axes", rank));
    for (std::size_t i = 1; i < rank; ++i)
      if (at.depends_on_samples(layer_, i)) throw unsupported("images whose first axis does not count samples");
    axes_ = rank - 2;
    if (axes_ == 1) layer_ = at.add(with_axes({2}), {layer_});
  }

  [[nodiscard]] std::size_t axes() const noexcept { return axes_; }
  [[nodiscard]] shape_type const& shape() const { return at_.shape_of(layer_); }

  /// Numbers for rows and columns from those of an attribute, which must be 1 or more. Throws unsupported.
  [[nodiscard]] std::array<std::size_t, 2> pair(std::vector<std::int64_t> const& attribute,
                                                std::string_view name) const {
    auto numbers = counts_of(attribute);
    if (numbers.size() != axes_ || std::find(numbers.begin(), numbers.end(), 0) != numbers.end())
      throw unsupported(fmt::format("{} {} for images with {} axes", name, listed(attribute), axes_ + 2));
    return {axes_ == 1 ? 1 : numbers[0], numbers.back()};
  }
  [[nodiscard]] std::array<std::size_t, 2> pair_or_ones(std::string_view name) const {
    return pair(at_.attributes().ints(name, std::vector<std::int64_t>(axes_, 1)), name);
  }

  template <class L>
  std::size_t add(L const& what) {
    return at_.add(what, {layer_});
  }
  void give(std::size_t layer) { at_.give(axes_ == 2 ? layer : at_.add(without_axes({2}), {layer})); }

 private:
  T& at_;
  std::size_t layer_;
  std::size_t axes_ = 0;
};

/// How filters and windows of a size lie in the images.
struct window_settings {
  std::array<std::size_t, 2> strides, dilation;
  padding2d padding = padding2d::valid();
  bool ends_late = false;  ///< ceil_mode added padding, which never counts

  template <class T>
  window_settings(T const& at, image_operator<T> const& images, std::array<std::size_t, 2> size)
      : strides(images.pair_or_ones("strides")), dilation(images.pair_or_ones("dilations")) {
    auto const automatic = at.attributes().text("auto_pad", "NOTSET");
    auto const axes = images.axes();
    auto const given = counts_of(at.attributes().ints("pads", std::vector<std::int64_t>(2 * axes, 0)));
    if (given.size() != 2 * axes) throw unsupported(fmt::format("{} numbers as pads", given.size()));
    if (automatic == "SAME_UPPER") {
      padding = padding2d::same();
    } else if (automatic == "SAME_LOWER") {
      padding = padding2d::same_lower();
    } else if (automatic != "NOTSET" && automatic != "VALID") {
      throw unsupported(fmt::format("auto_pad {}", io::detail::shown(automatic)));
    } else {
      std::array<std::size_t, 4> sides{};  // before rows and columns, after rows and columns
      for (std::size_t i = 0; i < axes && automatic == "NOTSET"; ++i) {
        sides[2 - axes + i] = given[i];
        sides[4 - axes + i] = given[axes + i];
      }
      auto const& shape = images.shape();
      if (at.attributes().flag("ceil_mode", false)) cover_ends(sides, shape, size);
      at.check_size({shape[0], shape[1], shape[2] + sides[0] + sides[2], shape[3] + sides[1] + sides[3]});
      padding = padding2d::of(sides[0], sides[2], sides[1], sides[3]);
    }
  }

 private:
  /// Padding for a last window that would be cut off, if it starts inside the image or its first padding.
  void cover_ends(std::array<std::size_t, 4>& sides, shape_type const& image, std::array<std::size_t, 2> size) {
    for (std::size_t i = 0; i < 2; ++i) {
      auto const span = (size[i] - 1) * dilation[i] + 1, length = image[2 + i] + sides[i] + sides[2 + i];
      if (length < span) continue;
      auto const windows = (length - span) / strides[i] + 1, rest = (length - span) % strides[i];
      if (rest == 0 || windows * strides[i] >= image[2 + i] + sides[i]) continue;
      sides[2 + i] += strides[i] - rest;
      ends_late = true;
    }
  }
};

template <class T>
void convolution(T& at) {
  image_operator images(at);
  auto const w = at.known(1);
  if (!w) throw unsupported("filters that are computed");
  auto const& image = images.shape();
  auto const groups = at.attributes().integer("group", 1);
  if (w->shape.size() != images.axes() + 2 || groups < 1 || groups > static_cast<std::int64_t>(image[1]) ||
      w->shape[1] * static_cast<std::size_t>(groups) != image[1])
    throw unsupported(fmt::format("{} groups, filters of shape {} for images of shape {}", groups, to_string(w->shape),
                                  to_string(image)));
  std::vector<std::int64_t> const last(w->shape.begin() + 2, w->shape.end());
  if (at.attributes().ints("kernel_shape", last) != last)
    throw unsupported(fmt::format("filters of shape {} with another kernel_shape", to_string(w->shape)));
  auto const size = images.pair(last, "filters");
  window_settings const how(at, images, size);
  auto const layer = images.add(nn::conv2d{.filters = w->shape[0],
                                           .kernel_size = size,
                                           .strides = how.strides,
                                           .padding = how.padding,
                                           .format = nn::data_format::channels_first,
                                           .dilation = how.dilation,
                                           .groups = static_cast<std::size_t>(groups),
                                           .use_bias = at.has(2) ? nn::bias::yes : nn::bias::no});
  at.remember(w, [size](plain_tensor filters) {  // [filters, channels, rows, columns]
    auto const shape = filters.shape();
    filters.reshape(shape_type{shape[0], shape[1], size[0], size[1]});
    return reordered(filters, {2, 3, 1, 0});
  });
  if (at.has(2)) at.remember(at.known(2), {w->shape[0]});
  images.give(layer);
}

/// The windows of a pooling operator.
template <class T>
std::pair<pool2d_options, bool> pooling(T const& at, image_operator<T> const& images) {
  auto const size = images.pair(at.attributes().ints("kernel_shape"), "kernel_shape");
  window_settings const how(at, images, size);
  window2d const windows =
      how.padding.around({{size[0], how.strides[0], how.dilation[0]}, {size[1], how.strides[1], how.dilation[1]}},
                         images.shape()[2], images.shape()[3]);
  for (auto const& axis : {windows.rows, windows.columns})
    if (axis.before >= axis.span() || axis.after >= axis.span())
      throw unsupported(fmt::format("pads of {} and {} around windows of {}", axis.before, axis.after, axis.span()));
  at.check_windows(windows.rows, images.shape()[2]);
  at.check_windows(windows.columns, images.shape()[3]);
  return {pool2d_options{size, how.strides, how.padding, how.dilation}, how.ends_late};
}
template <class T>
void max_pool(T& at) {
  image_operator images(at);
  if (at.current().has_output(1)) throw unsupported("indices of maxima");
  images.give(images.add(nn::max_pooling2d{pooling(at, images).first, nn::data_format::channels_first}));
}
template <class T>
void average_pool(T& at) {
  image_operator images(at);
  auto const [how, ends_late] = pooling(at, images);
  auto const counts = at.attributes().flag("count_include_pad", false) ? count_padding::yes : count_padding::no;
  if (counts == count_padding::yes && ends_late) throw unsupported("ceil_mode with count_include_pad");
  images.give(images.add(nn::average_pooling2d{how, nn::data_format::channels_first, counts}));
}

/// GlobalAveragePool and the like; `Pool` is a layer over whole images.
template <class Pool, class T>
void global_pool(T& at) {
  image_operator images(at);
  Pool pool;
  pool.keep = keep_axes::yes;
  pool.format = nn::data_format::channels_first;
  images.give(images.add(pool));
}

template <class T>
void batch_normalization(T& at) {
  auto const x = at.layer(0);
  if (at.shape_of(x).size() > 1 && at.depends_on_samples(x, 1))
    throw unsupported("channels along an axis that counts samples");
  for (std::size_t i = 1; i < at.current().outputs.size(); ++i)
    if (at.current().has_output(i)) throw unsupported("batch normalisation that trains");
  if (at.attributes().flag("training_mode", false)) throw unsupported("batch normalisation that trains");
  if (!at.attributes().flag("spatial", true)) throw unsupported("batch normalisation of every position");
  auto const epsilon = at.attributes().real("epsilon", 1e-5);
  auto const layer = at.add(nn::batch_normalization{epsilon, nn::data_format::channels_first}, {x});
  for (std::size_t i = 1; i <= 4; ++i) at.remember(at.known(i), {at.shape_of(x)[1]});
  at.give(layer);
}

}  // namespace koi::io::onnx::detail
