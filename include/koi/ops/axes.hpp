// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>

#include <algorithm>
#include <numeric>

namespace koi {

/// Whether axes that were reduced stay, with extent 1.
enum class keep_axes : bool { no, yes };

namespace detail {

/// The axes in ascending order; all of them where none is named.
///
/// Throws  bad_argument for an axis that the shape has not, or that comes twice
inline std::vector<std::size_t> sorted_axes(std::string_view operation, shape_type const& shape,
                                            std::vector<std::size_t> axes) {
  if (axes.empty()) {
    axes.resize(shape.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  std::sort(axes.begin(), axes.end());
  if ((!axes.empty() && axes.back() >= shape.size()) || std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    throw bad_argument(fmt::format("{}: axes {} of shape {}", operation, axes, to_string(shape)));
  return axes;
}

/// The shape after a reduction over sorted axes.
inline shape_type shape_without(shape_type shape, std::vector<std::size_t> const& axes, keep_axes keep) {
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis)
    if (keep == keep_axes::yes)
      shape[*axis] = 1;
    else
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  return shape;
}

}  // namespace detail

}  // namespace koi
