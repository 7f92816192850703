// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "comparison_suite.hpp"

/// Comparisons of the bits that are in use: every number of that many bits in the 8-bit ring, edges
/// in the other, under every policy.
namespace koi::testing {

namespace {

template <PowerOfTwoRing R, std::size_t FracBits, class Comparison>
using with = pond<R, FracBits, assisted, Comparison>;
using pond_policy::carry_tree;
using pond_policy::comparison_keys;

template <PowerOfTwoRing R, std::size_t FracBits, std::size_t Width>
using securenn_with = securenn<R, FracBits, assisted, securenn_policy::three_round<Width>>;

/// What a protocol promises for the numbers of `width` bits, at its declared cost.
template <ComparingProtocol P>
void narrow_numbers() {
  using R = typename P::ring;
  using word = typename R::value_type;
  constexpr auto width = P::comparison::width;
  CAPTURE(P::name());
  auto const all = repeated<R>(words_within<R>(width - 1), masks_per_word<R>);
  auto const check = [&](task<P> const& what, auto expected) {
    auto const got = perform<P>(what, {all}, width);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) wrong += got.value[i] != expected(all[i]);
    CHECK(wrong == 0);
    CHECK(got.spent == got.declared);
  };
  check({.run = [](party& self, shares<P>& s) { return P::is_nonnegative(self, s[0]); },
         .declared = [](party&, shares<P>& s) { return P::is_nonnegative_cost(s[0].shape()); }},
        [](word w) { return static_cast<word>(R::to_signed(w) >= 0); });
  check({.run = [](party& self, shares<P>& s) { return P::relu(self, s[0]); },
         .declared = [](party&, shares<P>& s) { return P::relu_cost(s[0].shape()); }},
        [](word w) { return R::to_signed(w) >= 0 ? w : word{0}; });

  for (std::size_t const bits : {std::size_t{1}, R::bits / 4, R::bits - 2}) {
    CAPTURE(bits);
    auto const range = std::min(width - 1, R::bits - 2);
    auto const x = repeated<R>(words_below<R>(range, std::min(bits, range - 1)), masks_per_word<R>);
    auto const got = perform<P>({.run = [=](party& self, shares<P>& s) { return P::truncate_relu(self, s[0], bits); },
                                 .declared = [=](party&, shares<P>& s) { return P::truncate_relu_cost(s[0].shape(), bits); }},
                                {x}, 90 + bits);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto const floor = R::to_signed(x[i]) < 0
                             ? word{0}
                             : R::from_signed(static_cast<typename R::signed_type>(R::to_signed(x[i]) >> bits));
      bool const cut = R::to_signed(x[i]) >= 0 && static_cast<word>(x[i] & R::low_mask(bits)) != 0;
      wrong += R::sub(got.value[i], floor) > (cut ? 1 : 0);
    }
    CHECK(wrong == 0);
    CHECK(got.spent == got.declared);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("8 bits, carry tree of some width", P, with<ring8, 2, carry_tree<4, 2>>,
                   with<ring8, 2, carry_tree<4, 5>>, with<ring8, 2, carry_tree<4, 6>>, with<ring8, 2, carry_tree<4, 7>>,
                   with<ring8, 2, carry_tree<4, 8>>, with<ring8, 2, carry_tree<2, 5>>,
                   with<ring8, 2, carry_tree<2, 7>>) {
  narrow_numbers<P>();
}

TEST_CASE_TEMPLATE("8 bits, comparison keys of some width", P, with<ring8, 2, comparison_keys<2>>,
                   with<ring8, 2, comparison_keys<5>>, with<ring8, 2, comparison_keys<6>>,
                   with<ring8, 2, comparison_keys<7>>, with<ring8, 2, comparison_keys<8>>) {
  narrow_numbers<P>();
}

TEST_CASE_TEMPLATE("8 bits, three rounds of some width", P, securenn_with<ring8, 2, 2>, securenn_with<ring8, 2, 5>,
                   securenn_with<ring8, 2, 6>, securenn_with<ring8, 2, 7>, securenn_with<ring8, 2, 8>) {
  narrow_numbers<P>();
}

TEST_CASE_TEMPLATE("64 bits, some width", P, securenn_with<ring64, 16, 32>, securenn_with<ring64, 16, 62>,
                   securenn_with<ring64, 16, 63>, with<ring64, 16, carry_tree<4, 32>>, with<ring64, 16, carry_tree<2, 40>>,
                   with<ring64, 16, carry_tree<4, 62>>, with<ring64, 16, carry_tree<4, 63>>,
                   with<ring64, 16, comparison_keys<32>>, with<ring64, 16, comparison_keys<62>>,
                   with<ring64, 16, comparison_keys<63>>, with<ring64, 16, comparison_keys<64>>) {
  narrow_numbers<P>();
}

TEST_CASE("a number that is too wide is compared wrongly: the width is used") {
  using P = with<ring8, 2, carry_tree<4, 5>>;
  using Q = with<ring8, 2, comparison_keys<5>>;
  tensor<ring8> const x({2}, {16, 32});  // bit 4 is taken for the sign
  tensor<ring8> const said({2}, {0, 1});
  expect<P>({.run = [](party& self, shares<P>& s) { return P::is_nonnegative(self, s[0]); },
             .declared = [](party&, shares<P>& s) { return P::is_nonnegative_cost(s[0].shape()); }},
            {x}, said);
  expect<Q>({.run = [](party& self, shares<Q>& s) { return Q::is_nonnegative(self, s[0]); },
             .declared = [](party&, shares<Q>& s) { return Q::is_nonnegative_cost(s[0].shape()); }},
            {x}, said);
  using S = securenn_with<ring8, 2, 5>;
  expect<S>({.run = [](party& self, shares<S>& s) { return S::is_nonnegative(self, s[0]); },
             .declared = [](party&, shares<S>& s) { return S::is_nonnegative_cost(s[0].shape()); }},
            {x}, said);
}

TEST_CASE("names and costs tell radix and width") {
  CHECK(carry_tree<>::name == "carry_tree");
  CHECK(carry_tree<2>::name == "carry_tree<2>");
  CHECK(carry_tree<4, 32>::name == "carry_tree<4, 32>");
  CHECK(comparison_keys<>::name == "comparison_keys");
  CHECK(comparison_keys<40>::name == "comparison_keys<40>");
  CHECK(securenn_policy::three_round<>::name == "three_round");
  CHECK(securenn_policy::three_round<40>::name == "three_round<40>");

  shape_type const shape{64};
  auto const rounds = [&](auto policy) { return decltype(policy)::template relu_cost<ring64>(shape, 0).rounds; };
  CHECK(rounds(carry_tree<>{}) == 4);
  CHECK(rounds(carry_tree<2>{}) == 7);
  CHECK(rounds(carry_tree<3>{}) == 5);
  CHECK(rounds(carry_tree<4, 17>{}) == 3);
  CHECK(rounds(carry_tree<4, 5>{}) == 2);
  CHECK(rounds(comparison_keys<>{}) == 1);
  CHECK(rounds(comparison_keys<32>{}) == 1);
  auto const bytes = [&](auto policy) { return decltype(policy)::template relu_cost<ring64>(shape, 0).bytes(); };
  CHECK(bytes(carry_tree<4, 32>{}) < bytes(carry_tree<>{}));
  CHECK(bytes(carry_tree<2>{}) < bytes(carry_tree<>{}));
  CHECK(bytes(carry_tree<3>{}) < bytes(carry_tree<2>{}));
  CHECK(bytes(comparison_keys<32>{}) < bytes(comparison_keys<>{}));
  CHECK(bytes(securenn_policy::three_round<32>{}) < bytes(securenn_policy::three_round<>{}));
}

}  // namespace koi::testing
