// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/extrema.hpp>
#include <koi/ops/sums.hpp>

#include <bit>
#include <functional>
#include <optional>

namespace koi {

/// How a pooling window slides over images.
struct pool2d_options {
  std::array<std::size_t, 2> window{2, 2};              ///< rows, columns
  std::optional<std::array<std::size_t, 2>> strides{};  ///< those of the window if not given
  padding2d padding = padding2d::valid();
  std::array<std::size_t, 2> dilation{1, 1};
};

/// Whether the padding counts as zeros in an average.
enum class count_padding : bool { no, yes };

namespace detail {

inline void check_images(std::string_view operation, shape_type const& x) {
  if (x.size() != 4)
    throw bad_argument(fmt::format("{}: shape {} is not [images, rows, columns, channels]", operation, to_string(x)));
}

inline window2d pool2d_window(shape_type const& x, pool2d_options const& how) {
  check_images("pool2d", x);
  auto const strides = how.strides.value_or(how.window);
  return how.padding.around(
      {{how.window[0], strides[0], how.dilation[0]}, {how.window[1], strides[1], how.dilation[1]}}, x[1], x[2]);
}

/// Maximum over the windows of one axis: a tree over their taps. Of values that differ in `ignored` low bits alone any.
template <ComparedTensor T>
T window_maxima(T x, std::size_t axis, window_axis const& window, std::size_t ignored) {
  auto taps = window_taps(window, x.shape()[axis]);
  auto const windows = taps.size() / window.size;
  for (auto left = window.size; left > 1; left = left - left / 2) {
    std::vector<std::size_t> first, second;
    for (std::size_t tap = 0; tap + 1 < left; tap += 2)
      for (std::size_t w = 0; w < windows; ++w) {
        first.push_back(taps[tap * windows + w]);
        second.push_back(taps[(tap + 1) * windows + w]);
      }
    auto const larger_by = relu(mapped(x, take_shape(x.shape(), axis, first),
                                       [&](auto const& t) { return differences(t, axis, first, second); }),
                                ignored);
    std::vector<std::size_t> const odd(taps.end() - static_cast<std::ptrdiff_t>(left % 2 * windows), taps.end());
    auto const larger = gather(x, second, axis) + larger_by;
    x = odd.empty() ? larger : concat({larger, gather(x, odd, axis)}, axis);
    taps.resize(x.shape()[axis]);
    std::iota(taps.begin(), taps.end(), std::size_t{0});
  }
  return window.size == 1 ? gather(x, taps, axis) : x;
}

/// Rows of a window first, then columns, so that overlapping windows share comparisons.
template <ComparedTensor T>
T max_pool2d(T const& x, pool2d_options const& how, std::size_t ignored) {
  auto const window = pool2d_window(x.shape(), how);
  return window_maxima(window_maxima(x, 2, window.columns, ignored), 1, window.rows, ignored);
}

template <ComparedTensor T>
T global_max_pool2d(T const& x, keep_axes keep, std::size_t ignored) {
  auto const& s = x.shape();
  check_images("global_max_pool2d", s);
  auto const all = reshape(x, {s[0], s[1] * s[2], s[3]});
  reduced_axes const over("global_max_pool2d", all.shape(), {1}, keep_axes::no);
  auto const maxima = largest(over.arranged(all), over.axis, ignored);
  return reshape(maxima, keep == keep_axes::no ? shape_type{s[0], s[3]} : shape_type{s[0], 1, 1, s[3]});
}

/// How many taps of every window lie in the image: [rows, columns, 1].
///
/// Throws  bad_argument for a window that lies in the padding as a whole
inline std::pair<shape_type, std::vector<std::size_t>> taps_inside(window2d const& window, shape_type const& x) {
  auto const rows = window.rows.all_inside(x[1]), columns = window.columns.all_inside(x[2]);
  std::vector<std::size_t> counts;
  for (auto const& r : rows)
    for (auto const& c : columns) {
      counts.push_back(r.size() * c.size());
      if (counts.back() == 0) throw bad_argument("average_pool2d: a window lies in the padding as a whole");
    }
  return {{rows.size(), columns.size(), 1}, counts};
}

/// Sums divided by a count for each place; the counts broadcast.
///
/// Range, Cost, Error  as a division by the largest count
template <Protocol P>
private_tensor<P> divided(private_tensor<P> const& sums, shape_type const& shape,
                          std::vector<std::size_t> const& counts) {
  using R = typename P::ring;
  auto const most = static_cast<int>(std::bit_width(*std::max_element(counts.begin(), counts.end())));
  auto const bits = static_cast<int>(P::frac_bits) + std::max(divisor_guard_bits<P>, most);
  if (bits > static_cast<int>(R::bits) - 2)
    throw out_of_range("average_pool2d: this ring has no room for such windows");
  tensor<R> factors(shape);
  for (std::size_t i = 0; i < counts.size(); ++i)
    factors[i] =
        static_cast<typename R::value_type>(std::nearbyint(std::ldexp(1, bits) / static_cast<double>(counts[i])));
  auto const product = P::linear(sums.share(), sums.shape(), [&](auto const& t) { return t * factors; });
  return {sums.self(), P::truncate(sums.self(), product, static_cast<std::size_t>(bits))};
}
template <Protocol P>
public_tensor<P> divided(public_tensor<P> const& sums, shape_type const& shape,
                         std::vector<std::size_t> const& counts) {
  using R = typename P::ring;
  if (!sums.known()) return sums;
  tensor<R> divisors(shape);
  std::copy(counts.begin(), counts.end(), divisors.data());
  return {sums.self(), sums.shape(),
          zip(
              [](auto w, auto count) {  // to nearest
                auto const n = R::to_signed(count), v = R::to_signed(w);
                return R::from_signed((v + (v < 0 ? -n : n) / 2) / n);
              },
              sums.value(), broadcast_to(divisors, sums.shape()))};
}

}  // namespace detail

/// Maximum over windows of channels-last images; the padding is left out of the windows.
///
/// Shapes  [n, rows, columns, channels] -> [n, rows', columns', channels]
/// Range, Cost, Leaks  as reduce_max over the window's columns, then over its rows
/// Throws  bad_argument for windows that do not fit or lie in the padding as a whole
template <ComparedTensor T>
[[nodiscard]] T max_pool2d(T const& x, pool2d_options const& how = {}) {
  return detail::max_pool2d(x, how, 0);
}

/// Mean over windows of channels-last images; the padding is left out of the windows unless it counts.
///
/// Shapes  [n, rows, columns, channels] -> [n, rows', columns', channels]
/// Range, Cost, Error  as a division of the windows' sums by a public number
/// Throws  bad_argument for windows that do not fit, or lie in the padding as a whole unless it counts
template <SecureTensor T>
[[nodiscard]] T average_pool2d(T const& x, pool2d_options const& how = {}, count_padding padding = count_padding::no) {
  auto const window = detail::pool2d_window(x.shape(), how);
  auto const& s = x.shape();
  shape_type const shape{s[0], window.rows.count(s[1]), window.columns.count(s[2]), s[3]};
  auto counts = padding == count_padding::no
                    ? detail::taps_inside(window, s)
                    : std::pair(shape_type{1}, std::vector{window.rows.size * window.columns.size});
  auto const sums = detail::mapped(
      x, shape, [&](auto const& t) { return window_sums(window_sums(t, 1, window.rows), 2, window.columns); });
  bool const alike =
      std::adjacent_find(counts.second.begin(), counts.second.end(), std::not_equal_to<>()) == counts.second.end();
  if (!alike) return detail::divided(sums, counts.first, counts.second);
  return counts.second[0] == 1 ? sums : sums / counts.second[0];
}

/// Maximum and mean over all rows and columns.
///
/// Shapes  [n, rows, columns, channels] -> [n, channels], or [n, 1, 1, channels]
/// Range, Cost, Leaks, Throws  as reduce_max; as reduce_mean
template <ComparedTensor T>
[[nodiscard]] T global_max_pool2d(T const& x, keep_axes keep = keep_axes::no) {
  return detail::global_max_pool2d(x, keep, 0);
}
template <SecureTensor T>
[[nodiscard]] T global_average_pool2d(T const& x, keep_axes keep = keep_axes::no) {
  detail::check_images("global_average_pool2d", x.shape());
  return reduce_mean(x, std::vector<std::size_t>{1, 2}, keep);
}

}  // namespace koi
