// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/dispatch.hpp>
#include <koi/tensor/elementwise.hpp>
#include <koi/tensor/window.hpp>

#include <cstring>

namespace koi {

/// Shape of a convolution of channels-last images x [n, rows, columns, channels] with filters
/// w [rows, columns, channels / groups, outputs] -> [n, rows', columns', outputs].
///
/// Throws  shape_mismatch; bad_argument for no groups, another window than the filters', or windows that do not fit
[[nodiscard]] inline shape_type conv2d_shape(shape_type const& x, shape_type const& w, window2d const& window,
                                             std::size_t groups = 1) {
  if (groups == 0) throw bad_argument("conv2d: there are no 0 groups");
  if (x.size() != 4 || w.size() != 4 || w[2] * groups != x[3] || w[3] % groups != 0)
    throw shape_mismatch(groups == 1 ? "conv2d" : fmt::format("conv2d in {} groups", groups), x, w);
  if (w[0] != window.rows.size || w[1] != window.columns.size)
    throw bad_argument(fmt::format("conv2d: a window of [{},{}] taps for filters of shape {}", window.rows.size,
                                   window.columns.size, to_string(w)));
  return {x[0], window.rows.count(x[1]), window.columns.count(x[2]), w[3]};
}

namespace detail {

/// Which taps of the windows along both axes of an image read it; public numbers.
struct inside2d {
  inside2d(window2d const& window, shape_type const& images)
      : rows(window.rows.all_inside(images[1])), columns(window.columns.all_inside(images[2])) {}
  std::vector<tap_range> rows, columns;
};

/// The patches of channels-last images as the rows of a matrix that is never in memory: row
/// (image, row, column) of the result, columns (filter row, filter column, channel of the group).
template <class Word>
struct image_patches {
  Word const* x;
  std::size_t rows, columns, channels;  ///< of an image
  window2d window;
  inside2d const& inside;
  std::size_t first_channel, group_channels;

  /// Words [from, from + count) of a row; see gemm_factors::a_row.
  static void row(void const* source, std::size_t row, std::size_t from, std::size_t count, Word* out) noexcept {
    auto const& self = *static_cast<image_patches const*>(source);
    auto const all_columns = self.inside.columns.size(), all_rows = self.inside.rows.size();
    auto const line = row / all_columns, column = row - line * all_columns;
    auto const image = line / all_rows, y = line - image * all_rows;
    auto const [first, last] = self.inside.rows[y];
    auto const width = self.window.columns.size * self.group_channels;  // of a row of the filter
    if (first == 0 && from == 0 && count == last * width && self.is_run(self.inside.columns[column])) {
      auto const* at = self.pixel(image * self.rows + self.window.rows.source(y, 0), column, 0);
      auto const step = self.window.rows.dilation * self.columns * self.channels;
      for (std::size_t i = 0; i < last; ++i, at += step) out = copy(at, width, out);
      return;
    }
    auto tap = from < width ? 0 : from / width;
    for (auto begin = from - tap * width; count > 0; ++tap, begin = 0) {
      auto const n = std::min(width - begin, count);
      if (tap < first || tap >= last)
        std::fill_n(out, n, Word{0});
      else
        self.filter_row(image * self.rows + self.window.rows.source(y, tap), column, begin, begin + n, out);
      out += n;
      count -= n;
    }
  }

 private:
  /// Whether the taps of a row of the filter follow one another in memory.
  bool is_contiguous() const noexcept { return group_channels == channels && window.columns.dilation == 1; }
  /// Whether they are all there as well.
  bool is_run(tap_range const& taps) const noexcept {
    return is_contiguous() && taps.first == 0 && taps.last == window.columns.size;
  }
  /// The first channel of the group where a tap of the windows in a column reads line `y` of all images.
  Word const* pixel(std::size_t y, std::size_t column, std::size_t tap) const noexcept {
    return x + (y * columns + window.columns.source(column, tap)) * channels + first_channel;
  }

  /// Words [begin, end) of a row of the filter, over line `y` of all images.
  void filter_row(std::size_t y, std::size_t column, std::size_t begin, std::size_t end, Word* out) const noexcept {
    auto const [first, last] = inside.columns[column];
    auto const low = std::clamp(first * group_channels, begin, end), high = std::clamp(last * group_channels, low, end);
    for (; begin < low; ++begin) *out++ = 0;
    if (low < high) {
      auto const* const from = pixel(y, column, first);
      if (is_contiguous())
        out = copy(from + (low - first * channels), high - low, out);
      else
        out = taps(from, low - first * group_channels, high - first * group_channels, out);
    }
    for (begin = high; begin < end; ++begin) *out++ = 0;
  }

  /// Words [begin, end) of taps, the first of which is at `from`, that do not follow one another in memory.
  Word* taps(Word const* from, std::size_t begin, std::size_t end, Word* out) const noexcept {
    auto tap = begin < group_channels ? 0 : begin / group_channels;
    for (begin -= tap * group_channels, end -= tap * group_channels; end > 0; ++tap, begin = 0) {
      auto const n = std::min(group_channels, end);
      out = copy(from + tap * window.columns.dilation * channels + begin, n - begin, out);
      end -= n;
    }
    return out;
  }

  /// Most runs are short, and a call would take longer.
  static Word* copy(Word const* from, std::size_t n, Word* out) noexcept {
    constexpr std::size_t some = 8, few = 4;
    if (n >= 16 * some) return std::copy_n(from, n, out);
    if (n >= some) return copy_by<some>(from, n, out);
    if (n >= few) return copy_by<few>(from, n, out);
    for (std::size_t i = 0; i < n; ++i) out[i] = from[i];
    return out + n;
  }
  /// N at a time, N <= n; the last ones overlap those before.
  template <std::size_t N>
  static Word* copy_by(Word const* from, std::size_t n, Word* out) noexcept {
    for (std::size_t i = 0; i + N < n; i += N) std::memcpy(out + i, from + i, N * sizeof(Word));
    std::memcpy(out + n - N, from + n - N, N * sizeof(Word));
    return out + n;
  }
};

/// sum[c] += the sum over taps of x[c] * w[c], c < n, with channels side by side in vectors. `taps(f)` calls
/// f(x, w) with the words of each tap, `at` from their begin on.
template <class L, std::size_t Vectors, class Taps>
[[gnu::always_inline]] inline void add_taps(typename L::word* sum, std::size_t at, Taps const& taps) noexcept {
  typename L::reg total[Vectors];
  for (std::size_t v = 0; v < Vectors; ++v) total[v] = L::load(sum + at + v * L::width);
  taps([&](typename L::word const* x, typename L::word const* w) __attribute__((always_inline)) {
    for (std::size_t v = 0; v < Vectors; ++v)
      total[v] = L::add(total[v], L::mul(L::load(x + at + v * L::width), L::load(w + at + v * L::width)));
  });
  for (std::size_t v = 0; v < Vectors; ++v) L::store(sum + at + v * L::width, total[v]);
}

/// Groups of one channel with one output each.
template <PowerOfTwoRing R>
void depthwise_conv2d_add(tensor<R>& sum, tensor<R> const& x, tensor<R> const& w, window2d const& window) {
  using word = typename R::value_type;
  using lanes = kernels::multiplying_lanes<word>;
  auto const rows = x.shape()[1], columns = x.shape()[2], channels = x.shape()[3];
  inside2d const inside(window, x.shape());
  auto* out = sum.data();
  for (std::size_t n = 0; n < x.shape()[0]; ++n)
    for (std::size_t line = 0; line < inside.rows.size(); ++line)
      for (std::size_t column = 0; column < inside.columns.size(); ++column, out += channels) {
        auto const [top, bottom] = inside.rows[line];
        auto const [left, right] = inside.columns[column];
        auto const taps = [&](auto f) __attribute__((always_inline)) {
          for (auto i = top; i < bottom; ++i) {
            auto const y = n * rows + window.rows.source(line, i);
            auto const* from = x.data() + (y * columns + window.columns.source(column, left)) * channels;
            auto const* factor = w.data() + (i * window.columns.size + left) * channels;
            for (auto j = left; j < right; ++j, from += window.columns.dilation * channels, factor += channels)
              f(from, factor);
          }
        };
        std::size_t c = 0;
        for (; c + 4 * lanes::width <= channels; c += 4 * lanes::width) add_taps<lanes, 4>(out, c, taps);
        for (; c + lanes::width <= channels; c += lanes::width) add_taps<lanes, 1>(out, c, taps);
        for (; c < channels; ++c) add_taps<kernels::scalar_lanes<word>, 1>(out, c, taps);
      }
}

/// Every channel so many times, one beside the other.
template <PowerOfTwoRing R>
tensor<R> repeated_channels(tensor<R> const& x, std::size_t times) {
  auto shape = x.shape();
  shape.back() *= times;
  tensor<R> out(shape);
  for (std::size_t i = 0; i < x.size(); ++i) std::fill_n(out.data() + i * times, times, x[i]);
  return out;
}

/// One pair of factors of a convolution, for gemm.
template <PowerOfTwoRing R>
struct conv2d_pair {
  tensor<R> const& x;
  tensor<R> const& w;
};

template <PowerOfTwoRing R, std::size_t N>
void grouped_conv2d_add(tensor<R>& sum, std::array<conv2d_pair<R>, N> const& pairs, window2d const& window,
                        std::size_t groups) {
  using word = typename R::value_type;
  auto const& images = pairs[0].x.shape();
  auto const& filters = pairs[0].w.shape();
  inside2d const inside(window, images);
  auto const outputs = filters[3], channels = filters[2], depth = filters[0] * filters[1] * channels;
  for (std::size_t g = 0; g < groups; ++g) {
    std::vector<image_patches<word>> patches;
    std::array<kernels::gemm_factors<word>, N> factors;
    patches.reserve(N);
    for (std::size_t p = 0; p < N; ++p) {
      patches.push_back({pairs[p].x.data(), images[1], images[2], images[3], window, inside, g * channels, channels});
      auto* const filter = pairs[p].w.data() + g * (outputs / groups);
      if (window == window2d{})  // the pixels are the patches
        factors[p] = {pairs[p].x.data() + g * channels, images[3], filter, outputs, depth};
      else
        factors[p] = {nullptr, 0, filter, outputs, depth, &image_patches<word>::row, &patches[p]};
    }
    kernels::gemm(kernels::gemm_task<word>{sum.data() + g * (outputs / groups), outputs, sum.size() / outputs,
                                           outputs / groups, factors.data(), N, true});
  }
}

template <PowerOfTwoRing R, std::size_t N>
void conv2d_add(tensor<R>& sum, std::array<conv2d_pair<R>, N> const& pairs, window2d const& window,
                std::size_t groups) {
  for (auto const& [x, w] : pairs)
    if (auto const shape = conv2d_shape(x.shape(), w.shape(), window, groups);
        sum.shape() != shape || x.shape() != pairs[0].x.shape())
      throw shape_mismatch("conv2d_add", sum.shape(), shape);
  if (sum.empty() || pairs[0].w.empty()) return;
  if (groups == 1 || groups != pairs[0].x.shape()[3]) return grouped_conv2d_add(sum, pairs, window, groups);
  auto const multiplier = sum.shape()[3] / groups;
  for (auto const& [x, w] : pairs)
    depthwise_conv2d_add(sum, multiplier == 1 ? x : repeated_channels(x, multiplier), w, window);
}

}  // namespace detail

/// sum += the convolution of x with w, and that of a second pair of the same shapes, in one pass over the sum.
///
/// Throws  as conv2d_shape
template <PowerOfTwoRing R, std::same_as<tensor<R>>... More>
void conv2d_add(window2d const& window, std::size_t groups, tensor<R>& sum, tensor<R> const& x, tensor<R> const& w,
                More const&... more) {
  using pair = detail::conv2d_pair<R>;
  static_assert(sizeof...(More) == 0 || sizeof...(More) == 2);
  if constexpr (sizeof...(More) == 0)
    detail::conv2d_add(sum, std::array{pair{x, w}}, window, groups);
  else
    detail::conv2d_add(sum, std::array{pair{x, w}, pair{more...}}, window, groups);
}

/// The convolution of channels-last images with filters; as in networks, filters are not flipped.
///
/// Throws  as conv2d_shape
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> conv2d(tensor<R> const& x, tensor<R> const& w, window2d const& window, std::size_t groups = 1) {
  tensor<R> sum(conv2d_shape(x.shape(), w.shape(), window, groups), 0);
  conv2d_add(window, groups, sum, x, w);
  return sum;
}

}  // namespace koi
