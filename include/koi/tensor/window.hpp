// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace koi {

/// Some taps of a window: [first, last).
struct tap_range {
  std::size_t first = 0, last = 0;

  [[nodiscard]] std::size_t size() const noexcept { return last - first; }
  friend bool operator==(tap_range const&, tap_range const&) = default;
};

/// How windows lie along one axis: `size` taps, `dilation` apart, every `stride` positions, over an axis
/// that is longer by `before` and `after`.
struct window_axis {
  std::size_t size = 1;
  std::size_t stride = 1;
  std::size_t dilation = 1;
  std::size_t before = 0;
  std::size_t after = 0;

  /// From a window's first tap to its last, both included.
  [[nodiscard]] std::size_t span() const noexcept { return (size - 1) * dilation + 1; }

  /// Throws bad_argument for a size, stride or dilation of 0, and for numbers with which positions do not fit a word.
  void check() const {
    if (size == 0 || stride == 0 || dilation == 0)
      throw bad_argument("window: sizes, strides and dilations are at least 1");
    if (std::max({size, stride, dilation, before, after}) >> 31 != 0)
      throw bad_argument("window: sizes, strides, dilations and padding are below 2^31");
  }

  /// How many windows an axis has. Throws bad_argument where there is none.
  [[nodiscard]] std::size_t count(std::size_t length) const {
    check();
    if (length + before + after < span())
      throw bad_argument(fmt::format("window: {} taps, {} apart, do not fit an axis of {} with {} + {} of padding",
                                     size, dilation, length, before, after));
    return (length + before + after - span()) / stride + 1;
  }

  /// The taps of a window that read the axis and not its padding.
  [[nodiscard]] tap_range inside(std::size_t window, std::size_t length) const noexcept {
    auto const begin = window * stride;
    auto const first_at = [&](std::size_t position) {
      return position <= begin ? 0 : std::min(size, (position - begin + dilation - 1) / dilation);
    };
    return {first_at(before), first_at(before + length)};
  }
  /// The same for every window. Throws bad_argument where there is none.
  [[nodiscard]] std::vector<tap_range> all_inside(std::size_t length) const {
    std::vector<tap_range> taps(count(length));
    for (std::size_t window = 0; window < taps.size(); ++window) taps[window] = inside(window, length);
    return taps;
  }

  /// Where a tap reads that is inside.
  [[nodiscard]] std::size_t source(std::size_t window, std::size_t tap) const noexcept {
    return window * stride + tap * dilation - before;
  }

  friend bool operator==(window_axis const&, window_axis const&) = default;
};

/// Windows over the rows and columns of an image.
struct window2d {
  window_axis rows, columns;

  /// Its numbers, as a step of a program is told from another by them.
  [[nodiscard]] shape_type numbers() const {
    shape_type all;
    for (auto const& axis : {rows, columns})
      for (auto const n : {axis.size, axis.stride, axis.dilation, axis.before, axis.after}) all.push_back(n);
    return all;
  }
  friend bool operator==(window2d const&, window2d const&) = default;
};

/// What surrounds an image: nothing (`valid`); as much as gives ceil(extent / stride) windows (`same`, the
/// odd one after the image, or before it for `same_lower`); or so many rows and columns.
class padding2d {
 public:
  static padding2d valid() { return {kind::given}; }
  static padding2d same() { return {kind::same}; }
  static padding2d same_lower() { return {kind::same_lower}; }
  static padding2d of(std::size_t top, std::size_t bottom, std::size_t left, std::size_t right) {
    padding2d p{kind::given};
    p.sides_ = {top, bottom, left, right};
    return p;
  }

  /// The window with its padding for an image of so many rows and columns.
  [[nodiscard]] window2d around(window2d window, std::size_t rows, std::size_t columns) const {
    pad(window.rows, rows, sides_[0], sides_[1]);
    pad(window.columns, columns, sides_[2], sides_[3]);
    return window;
  }

 private:
  enum class kind : std::uint8_t { given, same, same_lower };
  padding2d(kind k) : kind_(k) {}

  void pad(window_axis& axis, std::size_t length, std::size_t before, std::size_t after) const {
    axis.before = before;
    axis.after = after;
    if (kind_ == kind::given) return;
    axis.check();
    auto const windows = (length + axis.stride - 1) / axis.stride;
    auto const reach = windows == 0 ? 0 : (windows - 1) * axis.stride + axis.span();
    auto const more = reach > length ? reach - length : 0;
    axis.before = kind_ == kind::same ? more / 2 : more - more / 2;
    axis.after = more - axis.before;
  }

  kind kind_;
  std::array<std::size_t, 4> sides_{};
};

/// For each window the positions that its taps read, one row a tap: [size][windows]. A tap in the padding
/// reads the nearest tap of its window that is not, so that a maximum is one of the window's own.
///
/// Throws  bad_argument for a window that lies in the padding as a whole, and for more than 2^28 taps, before memory is
///         taken
[[nodiscard]] inline std::vector<std::size_t> window_taps(window_axis const& axis, std::size_t length) {
  auto const windows = axis.count(length);
  if (windows > (std::size_t{1} << 28) / axis.size)
    throw bad_argument(fmt::format("window: {} windows of {} taps are too many", windows, axis.size));
  for (std::size_t window = 0; window < windows; ++window)
    if (axis.inside(window, length).size() == 0)
      throw bad_argument(fmt::format("window: window {} lies in the padding as a whole", window));
  auto const inside = axis.all_inside(length);
  std::vector<std::size_t> taps(axis.size * inside.size());
  for (std::size_t window = 0; window < inside.size(); ++window) {
    auto const [first, last] = inside[window];
    for (std::size_t tap = 0; tap < axis.size; ++tap)
      taps[tap * inside.size() + window] = axis.source(window, std::clamp(tap, first, last - 1));
  }
  return taps;
}

}  // namespace koi
