// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace koi::pond_policy {

/// How the borrow of a subtraction is found from its bits in groups: which groups a level has, which bits a group
/// opens, and which products of masks the producer deals for it.
///
/// Position i has a generate bit G_i ([c_i < r_i]) and a propagate bit P_i ([c_i = r_i]). A group of
/// four gives G = G_3 + P_3 G_2 + P_3 P_2 G_1 + P_3 P_2 P_1 G_0 and P = P_3 P_2 P_1 P_0 (sums modulo
/// 2). Nobody needs the P of the lowest group.

/// One group of a level above the first: the bits that it opens and the products it needs.
/// Bit i of a mask stands for P_i, bit most + i for G_i.
struct tree_group {
  static constexpr std::size_t most = 4;  ///< positions of a group

  std::size_t first = 0;            ///< its lowest position in the level below
  std::size_t size = 0;             ///< positions
  std::vector<unsigned> variables;  ///< single-bit masks, in the order they are opened
  std::vector<unsigned> terms;      ///< products that make up G, one for each position but the top
  unsigned propagate = 0;           ///< the product that is P; 0 where nobody needs it
  std::vector<unsigned> products;   ///< all subsets of two and more bits of terms and propagate

  tree_group(std::size_t first_position, std::size_t positions) : first(first_position), size(positions) {
    unsigned above = 0;  // P of all positions above i
    for (std::size_t i = size; i-- > 0; above |= 1u << i) {
      if (i + 1 < size) terms.push_back(above | (1u << (most + i)));
      if (i > 0 || first > 0) variables.push_back(1u << i);
      if (i + 1 < size) variables.push_back(1u << (most + i));
    }
    if (first > 0) propagate = above;
    auto const collect = [&](unsigned whole) {
      for (unsigned s = whole; s != 0; s = (s - 1) & whole)
        if (std::popcount(s) > 1 && std::find(products.begin(), products.end(), s) == products.end())
          products.push_back(s);
    };
    for (auto const term : terms) collect(term);
    collect(propagate);
    std::sort(products.begin(), products.end());
  }
};

/// The whole tree over `bits` positions. The first level costs no round: its bits are public or
/// known to the producer, who deals every product of the mask's bits within a group.
///
/// Radix 2 and 4 join so many positions at every level, 3 three at the first, then two, three, and four: a product of
/// bits that is dealt saves a round, and these are the trees with the fewest rounds (4) and the fewest bytes (3).
struct tree_plan {
  std::size_t bits;
  std::size_t first_size;  ///< positions of a group of the first level; fewer in the last one
  std::vector<std::vector<tree_group>> levels;

  tree_plan(std::size_t positions, std::size_t radix) : bits(positions), first_size(radix) {
    auto width = first_groups();
    for (std::size_t l = 0; width > 1; ++l) {
      auto const joined = radix == 3 ? std::min(2 + l, tree_group::most) : radix;
      auto& level = levels.emplace_back();
      for (std::size_t at = 0; at < width; at += joined) level.emplace_back(at, std::min(joined, width - at));
      width = level.size();
    }
  }

  [[nodiscard]] std::size_t first_groups() const noexcept { return (bits + first_size - 1) / first_size; }
  [[nodiscard]] std::size_t first_group_size(std::size_t group) const noexcept {
    return std::min(first_size, bits - group * first_size);
  }
  /// Planes dealt for the first level: every non-empty product of the mask's bits in a group.
  [[nodiscard]] std::size_t first_planes() const noexcept {
    std::size_t sum = 0;
    for (std::size_t g = 0; g < first_groups(); ++g) sum += (std::size_t{1} << first_group_size(g)) - 1;
    return sum;
  }
  [[nodiscard]] static std::size_t opened_planes(std::vector<tree_group> const& level) noexcept {
    std::size_t sum = 0;
    for (auto const& group : level) sum += group.variables.size();
    return sum;
  }
  [[nodiscard]] std::size_t opened_planes() const noexcept {
    std::size_t sum = 0;
    for (auto const& level : levels) sum += opened_planes(level);
    return sum;
  }
  [[nodiscard]] std::size_t product_planes() const noexcept {
    std::size_t sum = 0;
    for (auto const& level : levels)
      for (auto const& group : level) sum += group.products.size();
    return sum;
  }
};

}  // namespace koi::pond_policy
