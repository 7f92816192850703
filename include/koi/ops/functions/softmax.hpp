// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/extrema.hpp>
#include <koi/ops/functions/division.hpp>
#include <koi/ops/functions/logarithm.hpp>
#include <koi/ops/sums.hpp>

namespace koi {

namespace detail {

/// Exponentials of values that differ from their largest by so much, in units of ln 2 around the middle: from
/// 2^-middle to 2^middle, times a common 2^bits.
template <ComparingProtocol P>
struct softmax_numbers {
  using R = typename P::ring;
  using word = typename R::value_type;
  static constexpr std::size_t middle = (P::frac_bits + 2) / 2;
  using plan = exp_plan<P, middle, middle>;
  static_assert(exp_numbers<P>::hold);
  static_assert(compares_bits<P, R::bits / 2>(),
                "koi: softmax and log_softmax compare sums of exponentials: a comparison's width must be 0 or at least "
                "l/2 in a ring of l bits");

  /// Throws  bad_argument for an axis that is too long
  softmax_numbers(std::string_view operation, std::size_t extent) {
    std::size_t needed = middle;
    for (std::size_t reached = 1; reached < extent; reached *= 2) ++needed;
    if (needed + 4 > mantissa_bits<R>)
      throw bad_argument(fmt::format("{}: an axis of {} is too long for {} fraction bits in a ring of {} bits",
                                     operation, extent, P::frac_bits, R::bits));
    bits = mantissa_bits<R> - needed;
    auto const one = R::power(bits + middle), margin = R::power(bits + middle - 8);
    lowest = R::sub(one, margin);
    highest = R::mul(static_cast<word>(extent), R::add(one, margin));
  }

  std::size_t bits;      ///< fraction bits of the exponentials
  word lowest, highest;  ///< of their sum
};

/// Whether a protocol has room for softmax and its logarithm.
template <Protocol P>
inline constexpr bool has_softmax = has_roots<P>&& has_division<P>&& compares_bits<P, P::ring::bits / 2>();

/// x minus its maximum over an axis, which stays.
template <ComparingProtocol P>
private_tensor<P> below_maximum(private_tensor<P> const& x, std::size_t axis) {
  return x - reduce_max(x, axis, keep_axes::yes);
}

/// exp(x) times 2^middle for x <= 0, at the given fraction bits; 0 where it is below 2^-middle.
template <ComparingProtocol P>
private_tensor<P> softmax_terms(private_tensor<P> const& x, std::size_t bits) {
  using numbers = softmax_numbers<P>;
  auto const half = multiple_of_ln2<P>(numbers::middle);
  auto const shifted = rows<P>(x).plus({half});
  rows<P> const counts(x.self(), P::is_nonnegative(x.self(), shifted.plus({half}).share()));
  auto const terms = exp_within<typename numbers::plan>(shifted, bits);
  return joined_rows(counts, terms).products({0, 1}).as(x.shape());
}

}  // namespace detail

/// exp(x) over one axis, divided by its sum.
///
/// Shapes  [.., n, ..] -> the same
/// Range   as reduce_max; n up to 2^(l/2 - 7 - f/2): 131,072 for 64 and 16 bits
/// Error   two units in the last place for n up to 5000, three where f is above 18
/// Cost    reduce_max and P::is_nonnegative; 21 rounds more for 64 and 16 bits and n up to 3. Beyond that, on
///         |S| / n elements, P::is_nonnegative for each factor of 6 at once, and 2 rounds
/// Leaks   the shape
/// Throws  bad_argument for an axis that is empty or too long; channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> softmax(private_tensor<P> const& x, std::size_t axis) {
  using R = typename P::ring;
  using inverse = detail::division_numbers<P>;
  auto const below = detail::below_maximum(x, axis);
  detail::softmax_numbers<P> const numbers("softmax", x.shape()[axis]);
  auto const terms = detail::softmax_terms(below, numbers.bits);
  auto const sum = reduce_sum(terms, axis, keep_axes::yes);
  detail::scale_plan<R> const plan(numbers.lowest, numbers.highest, inverse::least(), inverse::ratio);
  detail::normalized<P> const scaled(detail::rows<P>(sum), plan);
  auto const factor = scaled.times_factor(detail::inverse_mantissa(scaled.mantissa())).as(sum.shape());
  auto& self = x.self();
  return {self,
          P::truncate(self, P::mul(self, terms.share(), factor.share()), inverse::unit + inverse::bits - P::frac_bits)};
}

/// The logarithm of softmax.
///
/// Shapes, Range, Leaks, Throws  as softmax
/// Error   two units in the last place and 2^-16, or 2^-29 where f is above 18
/// Cost    reduce_max and P::is_nonnegative; 17 rounds more for 64 and 16 bits and n up to 2. Beyond that, on
///         |S| / n elements, P::is_nonnegative for each factor of 4 at once, and 1 round
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> log_softmax(private_tensor<P> const& x, std::size_t axis) {
  using R = typename P::ring;
  auto const below = detail::below_maximum(x, axis);
  detail::softmax_numbers<P> const numbers("log_softmax", x.shape()[axis]);
  auto const sum = reduce_sum(detail::softmax_terms(below, numbers.bits), axis, keep_axes::yes);
  // the sum of exp(x) is 2^middle times less: as so many fraction bits more
  detail::quarter_plan<R> const plan(numbers.lowest, numbers.highest);
  auto const log = detail::log_of(detail::rows<P>(sum), numbers.bits + numbers.middle, plan);
  return below - log.as(sum.shape());
}

}  // namespace koi
