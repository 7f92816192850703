// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/matmul.hpp>
#include <koi/tensor/conv2d.hpp>

namespace koi {

/// How filters slide over images.
struct conv2d_options {
  std::array<std::size_t, 2> strides{1, 1};  ///< rows, columns
  padding2d padding = padding2d::valid();
  std::array<std::size_t, 2> dilation{1, 1};
  std::size_t groups = 1;
};

namespace detail {

inline window2d conv2d_window(shape_type const& x, shape_type const& w, conv2d_options const& how) {
  if (x.size() != 4 || w.size() != 4) throw shape_mismatch("conv2d", x, w);
  window2d const window{{w[0], how.strides[0], how.dilation[0]}, {w[1], how.strides[1], how.dilation[1]}};
  return how.padding.around(window, x[1], x[2]);
}

/// `use(kind, x, w, shape, add, numbers)`: a convolution as a bilinear map.
template <class X, class W, class Use>
auto convolved(X const& x, W const& w, conv2d_options const& how, Use use) {
  auto const window = conv2d_window(x.shape(), w.shape(), how);
  auto const shape = conv2d_shape(x.shape(), w.shape(), window, how.groups);
  auto numbers = window.numbers();
  numbers.push_back(how.groups);
  return use(
      "conv2d", x, w, shape,
      [&](auto& sum, auto const&... factors) { conv2d_add(window, how.groups, sum, factors...); }, numbers);
}

/// Adds convolutions with filters that are held in another shape: their masks are theirs in that one.
template <class T, class... More>
void reshaped_conv2d_add(window2d const& window, std::size_t groups, shape_type const& filters, T& sum, T const& x,
                         T const& w, More const&... more) {
  conv2d_add(window, groups, sum, x, w.reshaped(filters));
  if constexpr (sizeof...(More) > 0) reshaped_conv2d_add(window, groups, filters, sum, more...);
}

}  // namespace detail

/// Convolution of channels-last images, private or public, as networks know it (filters are not flipped).
///
/// Shapes  x: [n, rows, columns, channels], w: [rows, columns, channels / groups, outputs]
///         -> [n, rows', columns', outputs]; groups == channels is a depthwise convolution
/// Cost    as matmul: private x private opens each operand once and deals one word per element of the result
/// Throws  shape_mismatch; bad_argument for windows that do not fit; channel_error
/// Source  [DMD18] arXiv 1810.08130, section 3 (convolution triples)
template <class X, class W>
  requires detail::Together<X, W>
[[nodiscard]] auto conv2d(X const& x, W const& w, conv2d_options const& how = {}) {
  return detail::convolved(x, w, how, [](auto const&... parts) { return detail::rescaled_bilinear(parts...); });
}

template <class X, class W>
  requires detail::Foreign<X, W>
void conv2d(X const&, W const&, conv2d_options const& = {}) { detail::refuse_mixture<X, W>(); }

/// Each channel with filters of its own.
///
/// Shapes  x: [n, rows, columns, channels], w: [rows, columns, channels, multiplier]
///         -> [n, rows', columns', channels * multiplier]
/// Cost, Throws  as conv2d
template <class X, class W>
  requires detail::Together<X, W>
[[nodiscard]] auto depthwise_conv2d(X const& x, W const& w, conv2d_options const& how = {}) {
  auto const& s = w.shape();
  if (how.groups != 1) throw bad_argument("depthwise_conv2d: every channel is a group of its own");
  if (x.shape().size() != 4 || s.size() != 4 || s[2] != x.shape()[3] || s[2] == 0)
    throw shape_mismatch("depthwise_conv2d", x.shape(), s);
  auto const window = detail::conv2d_window(x.shape(), s, how);
  shape_type const filters{s[0], s[1], 1, s[2] * s[3]};
  return detail::rescaled_bilinear(
      "depthwise_conv2d", x, w, conv2d_shape(x.shape(), filters, window, s[2]),
      [&](auto& sum, auto const&... factors) { detail::reshaped_conv2d_add(window, s[2], filters, sum, factors...); },
      window.numbers());
}

template <class X, class W>
  requires detail::Foreign<X, W>
void depthwise_conv2d(X const&, W const&, conv2d_options const& = {}) { detail::refuse_mixture<X, W>(); }

}  // namespace koi
