// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn/batch_normalization.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"

namespace koi::testing {

namespace {

nn::normalization_parameters const known_to_all{
    {1.5, -0.5, 3, 0.25}, {0.5, 0, -1, 2}, {0.25, -1, 0.5, 0}, {0.5, 2, 1, 0.25}};

/// What Keras gives, where the last axis counts the channels.
plain_tensor normalised(plain_tensor x, double epsilon = 1e-3) {
  auto const& p = known_to_all;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const c = i % 4;
    x.data()[i] = p.gamma(c) * (x.data()[i] - p.mean(c)) / std::sqrt(p.variance(c) + epsilon) + p.beta(c);
  }
  return x;
}
plain_tensor with_channels_first(plain_tensor const& x) {
  return xt::transpose(x, std::vector<std::size_t>{0, 3, 1, 2});
}

/// What a model says of a batch, and what that costs.
template <Protocol P, class Model>
cost asked(Model make, plain_tensor const& x, plain_tensor const& expected, double units) {
  return measured(run_parties<P>({}, [&](party& self) {
    auto const net = make(self);
    auto const in = secret<P>(self, x);
    auto const before = self.spent();
    auto const y = net(in);
    auto const spent = lap_since(self, before);
    check_near(y, expected, units);
    return spent;
  }));
}

}  // namespace

TEST_CASE_TEMPLATE("a batch normalisation with public parameters takes no product of shares", P,
                   KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({2, 3, 2, 4}, 4, 0x1p-16, 1);
  auto const flat = numbers({3, 4}, 4, 0x1p-16, 2);
  // half a unit of the factor, times x - mean, and truncation
  double const units = 1 + 5 * 0.5;
  auto const last = [](party&) { return sequential<P>{input{3, 2, 4}, batch_normalization{.known = known_to_all}}; };
  CHECK(asked<P>(last, x, normalised(x), units) == P::truncate_cost({2, 3, 2, 4}, P::frac_bits));
  asked<P>(
      [](party&) {
        return sequential<P>{input{4, 3, 2},
                             batch_normalization{.format = data_format::channels_first, .known = known_to_all}};
      },
      with_channels_first(x), with_channels_first(normalised(x)), units);
  auto const vectors = [](party&) {
    return sequential<P>{input{4}, batch_normalization{.epsilon = 0.5, .known = known_to_all}, nn::relu{}};
  };
  auto const positive = applied(normalised(flat, 0.5), [](double v) { return std::max(v, 0.0); });
  // one operation with the ReLU behind it
  CHECK(asked<P>(vectors, flat, positive, units) == P::truncate_relu_cost({3, 4}, P::frac_bits));
}

TEST_CASE_TEMPLATE("public parameters behind weights that are shared, and weights that an owner has", P,
                   KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({3, 5}, 2, 0x1p-16, 3), w = numbers({5, 4}, 0.5, 0x1p-16, 4), b = numbers({4}, 1, 0x1p-16, 5);
  plain_tensor linear = plain_tensor::from_shape({3, 4});
  for (std::size_t i = 0; i < 12; ++i) {
    linear.data()[i] = b(i % 4);
    for (std::size_t k = 0; k < 5; ++k) linear.data()[i] += x(i / 4, k) * w(k, i % 4);
  }
  auto const expected = applied(normalised(linear), [](double v) { return std::max(v, 0.0); });
  sequential<P> const declared{input{5}, dense{4}, batch_normalization{.known = known_to_all}, nn::relu{}};
  CHECK(declared.weight_shapes() == std::vector<shape_type>{{5, 4}, {4}});
  typename P::share_type const in(shape_type{3, 5}), matrix(shape_type{5, 4});
  auto const product = P::matmul_cost(in, matrix) + P::truncate_relu_cost({3, 4}, P::frac_bits);
  for (auto const owned : {false, true}) {
    CAPTURE(owned);
    auto const make = [&](party& self) {
      sequential<P> net{input{5}, dense{4}, batch_normalization{.known = known_to_all}, nn::relu{}};
      if (owned) {
        auto const shared = net.shared_weights({w, b});
        CHECK(net.shared_shapes() == std::vector<shape_type>{{5, 4}, {4}});
        net.set_shared_weights({secret<P>(self, shared[0]), secret<P>(self, shared[1])});
      } else {
        net.set_weights({secret<P>(self, w), secret<P>(self, b)});
      }
      return net;
    };
    auto const spent = asked<P>(make, x, expected, 20);
    // what the owner's weights hold already is no step; else the product is truncated before it is scaled
    CHECK(spent == (owned ? product : product + P::truncate_cost({3, 4}, P::frac_bits)));
  }
}

TEST_CASE("parameters that do not fit are refused when the model is made") {
  using namespace nn;
  using P = pond<ring64, 16>;
  CHECK_THROWS_WITH_AS((sequential<P>{input{3}, batch_normalization{.known = known_to_all}}),
                       "layer batch_normalization_1: batch_normalization: declared as [3], but [4] came", bad_argument);
  auto negative = known_to_all;
  negative.variance(1) = -1;
  CHECK_THROWS_AS((sequential<P>{input{4}, batch_normalization{.known = negative}}), bad_argument);
}

}  // namespace koi::testing
