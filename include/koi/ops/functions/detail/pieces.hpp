// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/detail/rows.hpp>

namespace koi::detail {

/// Whether a protocol compares numbers of -2^(bits-1) to 2^(bits-1): not where its user promised to have fewer in use.
template <Protocol P, std::size_t Bits>
constexpr bool compares_bits() {
  if constexpr (requires { P::comparison::width; }) return P::comparison::width == 0 || P::comparison::width >= Bits;
  return true;
}

/// In which piece of the number line each element of a row lies, between public thresholds that ascend:
/// piece k begins at threshold k - 1.
///
/// Range   the differences from all thresholds, as P::is_nonnegative
/// Cost    P::is_nonnegative, once, on so many elements for each threshold; none without thresholds
template <ComparingProtocol P>
class pieces {
 public:
  using ring = typename P::ring;
  using word = typename ring::value_type;

  pieces(rows<P> const& x, std::vector<word> const& thresholds) : nothing_(x.times(0)), above_(nothing_) {
    if (thresholds.empty()) return;
    std::vector<word> lower;
    for (auto const t : thresholds) lower.push_back(ring::neg(t));
    auto const differences = repeated(x, thresholds.size()).plus(lower);
    above_ = {x.self(), P::is_nonnegative(x.self(), differences.share())};
  }

  /// Public tables: row i has tables[i][k] where the element lies in piece k. Local.
  [[nodiscard]] rows<P> look_up(std::vector<std::vector<word>> const& tables) const {
    std::vector<std::vector<word>> steps(tables.size());
    std::vector<word> first;
    for (std::size_t i = 0; i < tables.size(); ++i) {
      first.push_back(tables[i][0]);
      for (std::size_t k = 1; k < tables[i].size(); ++k) steps[i].push_back(ring::sub(tables[i][k], tables[i][k - 1]));
    }
    return (steps[0].empty() ? repeated(nothing_, tables.size()) : above_.combined(steps)).plus(first);
  }
  /// 1 where the element is at threshold k or above it, and 0 elsewhere, as whole numbers.
  [[nodiscard]] rows<P> above(std::size_t k) const { return above_[k]; }

 private:
  static rows<P> repeated(rows<P> const& x, std::size_t times) {
    return {x.self(), P::broadcast(x.share(), {times, x.length()})};
  }

  rows<P> nothing_, above_;
};

}  // namespace koi::detail
