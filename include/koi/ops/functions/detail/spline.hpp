// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/functions/detail/normalized.hpp>

#include <array>

namespace koi::detail {

/// A polynomial of degree 7 on one piece of the positive axis, in the distance from the piece's middle. The
/// first piece is symmetric about zero.
struct spline_piece {
  double end;                          ///< right end; the left one is the previous piece's end
  std::array<double, 8> coefficients;  ///< of powers of the distance divided by 2^scale_bits
};

/// What the negative axis has: 2 f(0) - f(x), or f(x) - x. In the latter case the function is x far to the right.
enum class spline_reflection : std::uint8_t { through_a_point, less_x };

/// A function that is a constant far to the left and to the right, or x to the right.
struct spline_curve {
  std::size_t scale_bits;  ///< no piece reaches much farther from its middle than 2^scale_bits
  spline_reflection reflection;
  double at_zero, limit;  ///< limit far to the right, where it is a constant
  std::array<spline_piece, 3> pieces;
};

/// Fraction bits of powers and coefficients: few where truncation fails by chance for large numbers.
template <Protocol P>
inline constexpr std::size_t spline_bits = truncates_large_numbers<P> ? (P::ring::bits - 8) / 2 : P::frac_bits + 2;

/// Bits that differences of numbers up to 14 need, as far as the pieces reach.
template <Protocol P>
inline constexpr std::size_t spline_width = P::frac_bits + 6;

/// Whether a protocol has room for these functions.
template <Protocol P>
inline constexpr bool has_splines = P::ring::bits >= P::frac_bits + 7 &&
                                    P::frac_bits + 2 <= spline_bits<P>&& compares_bits<P, spline_width<P>>();

/// Public numbers for every piece from minus infinity to plus infinity; words at spline_bits, the constant terms
/// at twice that, middles as x.
template <Protocol P>
struct spline_tables {
  using R = typename P::ring;
  using word = typename R::value_type;

  explicit spline_tables(spline_curve const& curve) {
    bool const to_a_point = curve.reflection == spline_reflection::through_a_point;
    add(0, {to_a_point ? 2 * curve.at_zero - curve.limit : 0});
    auto const count = curve.pieces.size();
    for (std::size_t i = count; i-- > 0;) {  // reflected
      thresholds.push_back(R::neg(P::fixed::encode(curve.pieces[i].end)));
      if (i == 0) break;
      auto c = curve.pieces[i].coefficients;
      auto const middle = middle_of(curve, i);
      for (std::size_t k = to_a_point ? 0 : 1; k < c.size(); k += 2) c[k] = -c[k];
      if (to_a_point) {
        c[0] += 2 * curve.at_zero;
      } else {
        c[0] -= middle;
        c[1] += std::ldexp(1.0, static_cast<int>(curve.scale_bits));
      }
      add(-middle, c);
    }
    for (std::size_t i = 0; i < count; ++i) {
      add(i == 0 ? 0 : middle_of(curve, i), curve.pieces[i].coefficients);
      thresholds.push_back(P::fixed::encode(curve.pieces[i].end));
    }
    add(0, {to_a_point ? curve.limit : 0});
  }

  std::vector<word> thresholds;
  std::vector<std::vector<word>> words = std::vector<std::vector<word>>(9);  ///< middle, then coefficients

 private:
  static double middle_of(spline_curve const& curve, std::size_t i) {
    return (curve.pieces[i - 1].end + curve.pieces[i].end) / 2;
  }
  void add(double middle, std::array<double, 8> const& c) {
    words[0].push_back(P::fixed::encode(middle));
    for (std::size_t k = 0; k < c.size(); ++k)
      words[k + 1].push_back(fixed_word<R>(c[k], spline_bits<P> * (k == 0 ? 2 : 1)));
  }
};

/// The curve at x: all coefficients by one batched comparison, then three levels of products.
///
/// Shapes  any S -> S
/// Cost    P::is_nonnegative on 6 |S| elements, then 6 rounds
template <ComparingProtocol P>
private_tensor<P> spline(private_tensor<P> const& x, spline_curve const& curve) {
  using R = typename P::ring;
  constexpr auto bits = spline_bits<P>, f = P::frac_bits;
  static_assert(R::bits >= f + 7 && f + 2 <= bits,
                "koi: sigmoid, tanh, erf and gelu need a fixed point that holds numbers up to 16, and at most l/2 - 6 "
                "fraction bits in a ring of l bits");
  static_assert(compares_bits<P, spline_width<P>>(),
                "koi: sigmoid, tanh, erf and gelu compare with numbers up to 14: a comparison's width must be 0 or at "
                "least the fraction bits and 6");
  spline_tables<P> const tables(curve);
  rows<P> const whole(x);
  pieces<P> const where(whole, tables.thresholds);
  auto const picked = where.look_up(tables.words);
  auto const c = [&](std::size_t k) { return picked[k + 1]; };
  auto const raised = [](rows<P> const& y) { return y.times(R::power(bits)); };

  // v = x - middle, then v^2 and the odd coefficients times v; far to the right x itself, if that is the limit
  bool const follows_x = curve.reflection == spline_reflection::less_x;
  auto const v_bits = f + curve.scale_bits;
  auto factors = joined_rows(whole - picked[0], c(1), c(3), c(5), c(7));
  std::vector<std::size_t> pairs{0, 0, 0, 1, 0, 2, 0, 3, 0, 4};
  if (follows_x) {
    factors = joined_rows(factors, where.above(tables.thresholds.size() - 1), whole);
    pairs.insert(pairs.end(), {5, 6});
  }
  auto const first = factors.products(pairs);
  auto const odd = joined_rows(first[0].times(R::power(bits - v_bits)), first.from(1, 5)).truncated(v_bits);
  // v^2 times v^2, c2 + c3 v and c6 + c7 v
  auto const second = joined_rows(odd[0], c(2) + odd[2], c(6) + odd[4]).products({0, 0, 0, 1, 0, 2});
  auto const upper = joined_rows(second[0], second[2] + raised(c(4) + odd[3])).truncated(bits);
  auto const sum = upper.products({0, 1}) + second[1] + raised(odd[1]) + c(0);
  auto const y = sum.truncated(2 * bits - f);
  return (follows_x ? y + first[5] : y).as(x.shape());
}

}  // namespace koi::detail
