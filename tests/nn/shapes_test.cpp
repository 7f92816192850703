// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn/shapes.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"

/// Axes as Keras counts them.
namespace koi::testing {

TEST_CASE_TEMPLATE("flatten gives the same numbers in the same order, wherever the channels are", P,
                   KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const images = numbers({2, 3, 4, 5}, 100, 0x1p-16, 1);
  plain_tensor const first = xt::transpose(images, std::vector<std::size_t>{0, 3, 1, 2});
  plain_tensor flat = images, as_they_lie = first;
  flat.reshape(shape_type{2, 60});
  as_they_lie.reshape(shape_type{2, 60});
  run_parties<P>({}, [&](party& self) {
    auto const x = secret<P>(self, images), y = secret<P>(self, first);
    auto const before = self.spent();
    auto const of_last = sequential<P>{input{3, 4, 5}, flatten{}}(x);
    auto const of_first = sequential<P>{input{5, 3, 4}, flatten{data_format::channels_first}}(y);
    auto const unasked = sequential<P>{input{5, 3, 4}, flatten{}}(y);
    auto const series = sequential<P>{
        input{20, 3}, flatten{data_format::channels_first}}(nn::sequential<P>{input{5, 3, 4}, nn::reshape{{20, 3}}}(y));
    auto const vectors = sequential<P>{input{60}, flatten{data_format::channels_first}}(of_last);
    CHECK(self.spent() == before);
    check_near(of_last, flat, 0);
    check_near(of_first, flat, 0);
    check_near(unasked, as_they_lie, 0);
    check_near(vectors, flat, 0);
    plain_tensor turned = first;
    turned.reshape(shape_type{2, 20, 3});
    turned = plain_tensor(xt::transpose(turned, std::vector<std::size_t>{0, 2, 1}));
    turned.reshape(shape_type{2, 60});
    check_near(series, turned, 0);
  });
}

TEST_CASE_TEMPLATE("concatenate joins the last axis unless it is told another one", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({2, 3, 4}, 100, 0x1p-16, 2);
  run_parties<P>({}, [&](party& self) {
    auto const in = secret<P>(self, x);
    auto const joined = [&](auto const& layer) {
      nn::model<P> net({3, 4});
      net.add(layer, {net.input(), net.input()});
      return net(in);
    };
    auto const along = [&](std::size_t axis) { return plain_tensor(xt::concatenate(xt::xtuple(x, x), axis)); };
    check_near(joined(concatenate{}), along(2), 0);
    check_near(joined(concatenate{-1}), along(2), 0);
    check_near(joined(concatenate{2}), along(2), 0);
    check_near(joined(concatenate{-2}), along(1), 0);
    check_near(joined(concatenate{1}), along(1), 0);
    check_near(joined(concatenate{-3}), along(0), 0);
    CHECK_THROWS_AS((void)joined(concatenate{3}), bad_argument);
    CHECK_THROWS_AS((void)joined(concatenate{-4}), bad_argument);
  });
  nn::model<P> net({4});
  CHECK_THROWS_AS((void)net.add(concatenate{}, {}), bad_argument);
  // -2 of a matrix counts samples; nobody can say so without the shape
  CHECK(sequential<P>{input{4}, concatenate{}}.keeps_samples_apart());
  CHECK(!sequential<P>{input{4}, concatenate{-2}}.keeps_samples_apart());
}

TEST_CASE_TEMPLATE("softmax over any axis", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({2, 3, 4}, 4, 0x1p-16, 3);
  plain_tensor const powers = xt::exp(x);
  auto const over = [&](std::size_t axis) {
    plain_tensor const sums = xt::sum(powers, std::vector{axis});
    return plain_tensor(powers / xt::expand_dims(sums, axis));
  };
  run_parties<P>({}, [&](party& self) {
    auto const in = secret<P>(self, x);
    check_near(sequential<P>{input{3, 4}, nn::softmax{}}(in), over(2), 3);
    check_near(sequential<P>{input{3, 4}, nn::softmax{1}}(in), over(1), 3);
    check_near(sequential<P>{input{3, 4}, nn::softmax{-2}}(in), over(1), 3);
  });
  CHECK_THROWS_AS((sequential<P>{input{3, 4}, nn::softmax{3}}), bad_argument);
  CHECK(sequential<P>{input{3, 4}, nn::softmax{1}}.keeps_samples_apart());
  CHECK(!sequential<P>{input{3, 4}, nn::softmax{0}}.keeps_samples_apart());
}

}  // namespace koi::testing
