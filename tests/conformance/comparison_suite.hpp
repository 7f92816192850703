// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "edge_words.hpp"
#include "perform.hpp"

#include <cmath>

/// Truncation, sign, ReLU and their fused form: every word of the 8-bit ring, edges of the others,
/// each behind many masks.
namespace koi::testing {

/// How often 1 came where it is due with probability p: sums (observed - expected)^2 / variance.
class rounding_test {
 public:
  void add(std::size_t observed, std::size_t runs, double p) {
    auto const n = static_cast<double>(runs), variance = n * p * (1 - p);
    if (variance < 4) return;
    sum_ += std::pow(static_cast<double>(observed) - n * p, 2) / variance;
    ++count_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Six standard deviations of a chi-square distribution, either way.
  [[nodiscard]] bool passes() const {
    auto const k = static_cast<double>(count_);
    return std::abs(sum_ - k) <= 6 * std::sqrt(2 * k) + 6;
  }

 private:
  double sum_ = 0;
  std::size_t count_ = 0;
};

/// Counts the words that are not floor(x / 2^bits) or one more (and exactly it where nothing is cut
/// off), and checks how often it was one more. `negative_is_zero`: a ReLU follows.
template <PowerOfTwoRing R>
std::size_t wrong_roundings(tensor<R> const& x, tensor<R> const& got, std::size_t bits, std::size_t distinct, bool negative_is_zero) {
  using word = typename R::value_type;
  std::size_t wrong = 0;
  std::vector<std::size_t> up(distinct), runs(distinct);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (negative_is_zero && R::to_signed(x[i]) < 0) {
      wrong += got[i] != 0;
      continue;
    }
    auto const floor = R::from_signed(static_cast<typename R::signed_type>(R::to_signed(x[i]) >> bits));
    auto const error = R::sub(got[i], floor);
    bool const cut = static_cast<word>(x[i] & R::low_mask(bits)) != 0;
    wrong += error > (cut ? 1 : 0);
    up[i % distinct] += error == 1;
    ++runs[i % distinct];
  }
  rounding_test frequency;
  for (std::size_t d = 0; d < distinct; ++d)
    if (runs[d] != 0)
      frequency.add(up[d], runs[d],
                    std::ldexp(static_cast<double>(static_cast<word>(x[d] & R::low_mask(bits))), -static_cast<int>(bits)));
  CHECK(frequency.passes());
  CHECK(frequency.count() > 0);
  return wrong;
}

/// Words, and how many masks each meets.
template <PowerOfTwoRing R>
inline constexpr std::size_t masks_per_word = R::bits == 8 ? 512 : 64;
/// Amounts to truncate by.
template <PowerOfTwoRing R>
std::vector<std::size_t> truncations() {
  if constexpr (R::bits == 8) return {1, 2, 3, 4, 5, 6};
  else return {1, R::bits / 4, R::bits / 4 + 1, R::bits - 2};
}

inline std::vector<shape_type> const shapes_to_compare{{}, {1}, {65}, {2, 3}, {2, 1, 3}, {2, 2, 2, 3}, {0}, {2, 0, 3}};

template <Protocol P>
void truncation() {
  using R = typename P::ring;
  auto const by = [](std::size_t bits) {
    return task<P>{.run = [=](party& self, shares<P>& s) { return P::truncate(self, s[0], bits); },
                   .declared = [=](party&, shares<P>& s) { return P::truncate_cost(s[0].shape(), bits); }};
  };
  // `local` is right for small numbers alone; where it is not is in truncate_test.cpp
  constexpr bool every_word = std::same_as<typename P::truncation, assisted>;
  auto const list = words_within<R>(every_word ? R::bits - 2 : R::bits / 4);
  auto const x = repeated<R>(list, masks_per_word<R>);
  for (std::size_t const bits : truncations<R>()) {
    CAPTURE(bits);
    auto const got = perform<P>(by(bits), {x}, 60 + bits);
    if constexpr (every_word) {
      CHECK(wrong_roundings<R>(x, got.value, bits, list.size(), false) == 0);
    } else {
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        wrong += R::sub(got.value[i], R::from_signed(R::to_signed(x[i]) >> bits)) > 1;
      CHECK(wrong == 0);
    }
    CHECK(got.spent == got.declared);
    if constexpr (every_word) {  // by hand: c opened once, q and as much of m as counts dealt
      std::size_t narrow = 1;
      while (8 * narrow < bits) narrow *= 2;
      CHECK(got.spent == cost{.rounds = 1, .dealt = x.bytes().size() + narrow * x.size(), .servers = 2 * x.bytes().size()});
    } else {
      CHECK(got.spent == cost{});
    }
  }
  for (auto const& shape : shapes_to_compare) {
    CAPTURE(to_string(shape));
    expect<P>(by(2), {tensor<R>(shape, R::neg(20))}, tensor<R>(shape, R::neg(5)));
  }
  expect<P>({.run =
                 [](party& self, shares<P>& s) {
                   for (std::size_t const bits : {std::size_t{0}, R::bits - 1, R::bits}) CHECK_THROWS_AS((void)P::truncate(self, s[0], bits), bad_argument);
                   return s[0];
                 }},
            {tensor<R>({2}, 5)}, tensor<R>({2}, 5));
}

/// A comparison gives f of every word whose signed value lies in [-2^range, 2^range).
template <ComparingProtocol P, class F>
void exact(task<P> const& what, std::size_t range, F f) {
  using R = typename P::ring;
  auto const list = words_within<R>(range);
  auto const x = repeated<R>(list, masks_per_word<R>);
  auto const expected = plain::each(x, f);
  for (std::uint64_t seed = 70; seed < 72; ++seed) {
    auto const got = perform<P>(what, {x}, seed);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) wrong += got.value[i] != expected[i];
    CHECK(wrong == 0);
    CHECK(got.spent == got.declared);
  }
  for (auto const& shape : shapes_to_compare) {
    CAPTURE(to_string(shape));
    tensor<R> y(shape);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = list[i * 7 % list.size()];
    expect<P>(what, {y}, plain::each(y, f));
  }
}

/// `range` is as in exact: bits - 1 for a protocol that compares every word.
template <ComparingProtocol P>
void signs_and_relu(std::size_t range) {
  using R = typename P::ring;
  using word = typename R::value_type;
  exact<P>({.run = [](party& self, shares<P>& s) { return P::is_nonnegative(self, s[0]); },
            .declared = [](party&, shares<P>& s) { return P::is_nonnegative_cost(s[0].shape()); }},
           range, [](word w) { return static_cast<word>(R::to_signed(w) >= 0); });
  exact<P>({.run = [](party& self, shares<P>& s) { return P::relu(self, s[0]); },
            .declared = [](party&, shares<P>& s) { return P::relu_cost(s[0].shape()); }},
           range, [](word w) { return R::to_signed(w) >= 0 ? w : word{0}; });
}

/// With low bits ignored: exact, but for -2^ignored < x < 0 zero or x.
template <ComparingProtocol P>
void relu_of_high_bits(std::size_t range) {
  using R = typename P::ring;
  using word = typename R::value_type;
  for (std::size_t const ignored : {std::size_t{1}, R::bits / 4, range - 1}) {
    CAPTURE(ignored);
    auto const x = repeated<R>(words_below<R>(range, ignored), masks_per_word<R>);
    auto const got = perform<P>({.run = [=](party& self, shares<P>& s) { return P::relu(self, s[0], ignored); },
                                 .declared = [=](party&, shares<P>& s) { return P::relu_cost(s[0].shape(), ignored); }},
                                {x}, 70 + ignored);
    CHECK(got.spent == got.declared);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      bool const negative = R::to_signed(x[i]) < 0, near = negative && word{R::neg(x[i])} < R::power(ignored);
      wrong += got.value[i] != (negative ? word{0} : x[i]) && !(near && got.value[i] == x[i]);
    }
    CHECK(wrong == 0);
  }
}

template <ComparingProtocol P>
void truncation_with_relu() {
  using R = typename P::ring;
  auto const by = [](std::size_t bits) {
    return task<P>{.run = [=](party& self, shares<P>& s) { return P::truncate_relu(self, s[0], bits); },
                   .declared = [=](party&, shares<P>& s) { return P::truncate_relu_cost(s[0].shape(), bits); }};
  };
  constexpr bool every_word = std::same_as<typename P::truncation, assisted>;
  for (std::size_t const bits : truncations<R>()) {
    CAPTURE(bits);
    // rounding up must not carry into the sign
    auto const list = words_below<R>(every_word ? R::bits - 2 : R::bits / 4, bits);
    auto const x = repeated<R>(list, masks_per_word<R>);
    auto const got = perform<P>(by(bits), {x}, 80 + bits);
    CHECK(got.spent == got.declared);
    if (every_word && bits < R::bits - 2) {
      CHECK(wrong_roundings<R>(x, got.value, bits, list.size(), true) == 0);
    } else {
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        auto const floor = R::to_signed(x[i]) < 0 ? typename R::signed_type{0} : static_cast<typename R::signed_type>(R::to_signed(x[i]) >> bits);
        wrong += R::sub(got.value[i], R::from_signed(floor)) > 1;
      }
      CHECK(wrong == 0);
    }
  }
  for (auto const& shape : shapes_to_compare) {
    CAPTURE(to_string(shape));
    expect<P>(by(2), {tensor<R>(shape, 20)}, tensor<R>(shape, 5));
    expect<P>(by(2), {tensor<R>(shape, R::neg(20))}, tensor<R>(shape, 0));
  }
  expect<P>({.run =
                 [](party& self, shares<P>& s) {
                   for (std::size_t const bits : {std::size_t{0}, R::bits - 1}) CHECK_THROWS_AS((void)P::truncate_relu(self, s[0], bits), bad_argument);
                   return s[0];
                 }},
            {tensor<R>({2}, 5)}, tensor<R>({2}, 5));
}

}  // namespace koi::testing
