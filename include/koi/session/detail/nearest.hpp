// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace koi::detail {

/// How many letters have to be put in, taken out, replaced, or swapped with their neighbour.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

/// "Did you mean 'x'?" for a word that is near one of these, or else all that there are.
[[nodiscard]] inline std::string suggestion(std::string_view word, std::vector<std::string> const& known) {
  auto const far = [word](std::string const& k) { return edit_distance(word, k); };
  auto const best =
      std::min_element(known.begin(), known.end(), [&](auto const& a, auto const& b) { return far(a) < far(b); });
  if (best != known.end() && far(*best) <= std::max<std::size_t>(1, best->size() / 3))
    return fmt::format("Did you mean '{}'?", *best);
  return fmt::format("There are: {}", fmt::join(known, ", "));
}

}  // namespace koi::detail
