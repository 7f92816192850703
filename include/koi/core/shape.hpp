// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <string>
#include <vector>

namespace koi {

/// Extents of a tensor, outermost first; rank 0 is a scalar. Shapes are public everywhere in koi.
using shape_type = std::vector<std::size_t>;

/// Number of elements: 1 for rank 0, 0 as soon as an extent is 0.
[[nodiscard]] inline std::size_t element_count(shape_type const& shape) noexcept {
  std::size_t n = 1;
  for (auto const extent : shape) n *= extent;
  return n;
}

/// "[2,3]", for messages.
[[nodiscard]] inline std::string to_string(shape_type const& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

}  // namespace koi
