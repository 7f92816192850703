// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/narrowed.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/conformance/perform.hpp"

/// Numbers that go to a smaller ring and come back: every number of 8 taken_off, with each low part under many masks.
namespace koi::testing {

namespace {

constexpr std::size_t taken_off = 8;

template <class P>
struct in_8_bits;
template <template <class, std::size_t, class, class> class Policy, class... Rest>
struct in_8_bits<Policy<ring32, taken_off, Rest...>> {
  using type = Policy<ring8, 0, Rest...>;
};
template <class P>
using half = typename in_8_bits<P>::type;

/// x << 8 with low bits of all kinds, for every x of 7 bits that leaves room for a unit more, as often as there are masks in the smaller ring and more.
tensor<ring32> products() {
  std::vector<std::uint32_t> list;
  for (int x = -64; x < 63; ++x)
    for (std::uint32_t const low : {0u, 1u, 127u, 128u, 255u})
      for (int again = 0; again < 300; ++again) list.push_back((static_cast<std::uint32_t>(x) << taken_off) + low);
  tensor<ring32> out({list.size()});
  std::copy(list.begin(), list.end(), out.data());
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("narrowed and widened with its ReLU: at most a unit off, at the declared cost", P, pond<ring32, 8>,
                   securenn<ring32, 8>) {
  auto const x = products();
  auto const got = perform<P>(
      {.run = [](party& self,
                 shares<P>& s) { return half<P>::template widened_relu<ring32>(self, P::template narrowed<ring8>(self, s[0], taken_off)); },
       .declared = [](party&, shares<P>& s) { return half<P>::template widened_relu_cost<ring32>(s[0].shape()); }},
      {x});
  std::size_t wrong = 0, up = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const floor = ring32::to_signed(x[i]) >> taken_off;
    auto const off = ring32::to_signed(got.value[i]) - std::max(floor, 0);
    bool const cut = floor >= 0 && (x[i] & 255u) != 0;
    up += off == 1;
    wrong += off < 0 || off > (cut ? 1 : 0);
  }
  CHECK(wrong == 0);
  CHECK(up > 0);
  CHECK(got.spent == got.declared);
}

TEST_CASE("a protocol narrows where the bits in use leave room") {
  using pond_policy::carry_tree;
  using securenn_policy::three_round;
  CHECK(!NarrowingProtocol<pond<ring64, 16>>);
  CHECK(!NarrowingProtocol<securenn<ring64, 16>>);
  CHECK(!NarrowingProtocol<securenn<ring64, 16, assisted, securenn_policy::as_published>>);
  CHECK(NarrowingProtocol<pond<ring64, 16, assisted, carry_tree<3, 46>>>);
  CHECK(!NarrowingProtocol<pond<ring64, 16, assisted, carry_tree<3, 47>>>);  // 31 bits leave none for the offset
  CHECK(!NarrowingProtocol<pond<ring64, 16, assisted, carry_tree<3, 17>>>);  // and 1 is no number
  CHECK(!NarrowingProtocol<pond<ring32, 8, assisted, carry_tree<3, 20>>>);
  CHECK(narrowed<securenn<ring128, 32, assisted, three_round<80>>>::name() == "securenn<ring64, 0, assisted, three_round<48>>");
  CHECK(narrowed<pond<ring64, 16, assisted, carry_tree<3, 42>>>::name() == "pond<ring32, 0, assisted, carry_tree<3, 26>>");
}

}  // namespace koi::testing
