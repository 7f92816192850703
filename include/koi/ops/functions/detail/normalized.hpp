// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/pieces.hpp>
#include <koi/protocol/beaver/truncate.hpp>

namespace koi::detail {

/// Fraction bits of a mantissa.
template <PowerOfTwoRing R>
inline constexpr std::size_t mantissa_bits = R::bits / 2 - 2;

/// Whether truncation is right for every number below 2^(l-2). Else, as with `local`, it fails by chance, and much
/// too often for numbers as large as mantissas have.
template <Protocol P>
inline constexpr bool truncates_large_numbers = !requires {
  requires std::same_as<typename P::truncation, local>;
};

/// Public factors that bring whole numbers of a known range to [least, ratio * least): factors[k] for those in
/// piece k between the thresholds. Neighbours differ by the ratio; the last one is a power of two.
///
/// Range   highest < ratio * least
template <PowerOfTwoRing R>
struct scale_plan {
  using word = typename R::value_type;

  scale_plan(word lowest, word highest, word least, unsigned ratio) {
    for (word first = 1;; first = static_cast<word>(first * ratio)) {
      word last = 1;
      while (static_cast<word>(lowest * first) * last < least) last = static_cast<word>(2 * last);
      if (static_cast<word>(highest * last) >= static_cast<word>(least * ratio)) continue;
      for (auto f = first; f != 0; f = static_cast<word>(f / ratio)) factors.push_back(static_cast<word>(f * last));
      break;
    }
    for (std::size_t k = 1; k < factors.size(); ++k)
      thresholds.push_back(static_cast<word>((least + factors[k] - 1) / factors[k]));
  }

  std::vector<word> factors, thresholds;
};

/// Positive whole numbers as mantissas: x times a public factor, of which nobody knows which one it is.
///
/// Cost    P::is_nonnegative, once, for each threshold; 1 round for the product, which is exact. Nothing for a
///         single factor
template <ComparingProtocol P>
class normalized {
 public:
  using ring = typename P::ring;

  normalized(rows<P> const& x, scale_plan<ring> const& plan)
      : where_(x, plan.thresholds), factor_(where_.look_up({plan.factors})), mantissa_(x.times(plan.factors[0])) {
    if (plan.factors.size() == 1) {
      only_factor_ = plan.factors[0];
      return;
    }
    auto const both = joined_rows(x, factor_);
    mantissa_ = both.products({0, 1});
    factor_ = both[1];
  }
  /// The mantissa of a magnitude; the factor takes over the sign, a row of 1 and -1.
  normalized(rows<P> const& magnitude, rows<P> const& sign, scale_plan<ring> const& plan)
      : where_(magnitude, plan.thresholds), factor_(where_.look_up({plan.factors})), mantissa_(factor_) {
    auto const products = joined_rows(magnitude, factor_, sign).products({0, 1, 2, 1});
    mantissa_ = products[0];
    factor_ = products[1];
  }

  /// [least, ratio * least), one row.
  [[nodiscard]] rows<P> const& mantissa() const noexcept { return mantissa_; }
  [[nodiscard]] rows<P> const& factor() const noexcept { return factor_; }
  [[nodiscard]] pieces<P> const& where() const noexcept { return where_; }

  /// Times the factor, without truncation. Cost  1 round; nothing for a single factor
  [[nodiscard]] rows<P> times_factor(rows<P> const& y) const {
    if (only_factor_) return y.times(*only_factor_);
    return {y.self(), P::mul(y.self(), y.share(), factor_.share())};
  }

 private:
  pieces<P> where_;
  rows<P> factor_, mantissa_;
  std::optional<typename ring::value_type> only_factor_;
};

}  // namespace koi::detail
