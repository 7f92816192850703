// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn/sequential.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"

namespace koi::testing {

namespace {

/// x W + b, with any leading axes.
plain_tensor affine(plain_tensor const& x, plain_tensor const& w, plain_tensor const& b) {
  auto const n = w.shape()[0], v = w.shape()[1];
  shape_type shape(x.shape().begin(), x.shape().end());
  shape.back() = v;
  plain_tensor out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.data()[i] = b.data()[i % v];
    for (std::size_t k = 0; k < n; ++k) out.data()[i] += x.data()[i / v * n + k] * w.data()[k * v + i % v];
  }
  return out;
}
plain_tensor without_negatives(plain_tensor x) {
  return applied(std::move(x), [](double v) { return std::max(v, 0.0); });
}

constexpr double last_place = 0x1p-16;
/// Weights of dense 5x4 and 4x3: matrix, bias, matrix, bias.
std::vector<plain_tensor> const weights{numbers({5, 4}, 1, last_place, 1), numbers({4}, 1, last_place, 2), numbers({4, 3}, 1, last_place, 3), numbers({3}, 1, last_place, 4)};

template <Protocol P>
std::vector<private_tensor<P>> secret_weights(party& self) {
  std::vector<private_tensor<P>> out;
  for (auto const& w : weights) out.push_back(secret<P>(self, w));
  return out;
}
template <class P>
nn::sequential<P> two_layers() {
  return nn::sequential<P>{nn::input{5}, nn::dense{4}, nn::relu{}, nn::dense{3}};
}

}  // namespace

TEST_CASE_TEMPLATE("dense, relu, dense as in floats, with truncation and relu as one operation", P, KOI_TEST_BOTH_PROTOCOLS) {
  for (shape_type const& shape : {shape_type{7, 5}, {5}, {2, 3, 5}, {0, 5}}) {
    CAPTURE(to_string(shape));
    auto const x = numbers(shape, 4, last_place, 5);
    auto const expected = affine(without_negatives(affine(x, weights[0], weights[1])), weights[2], weights[3]);
    struct call {
      lap spent;
      cost parts;
    };
    auto const players = run_parties<P>({}, [&](party& self) {
      auto model = two_layers<P>();
      CHECK(model.weight_shapes() == std::vector<shape_type>{{5, 4}, {4}, {4, 3}, {3}});
      auto const w = secret_weights<P>(self);
      model.set_weights(w);
      std::vector<call> calls;
      std::vector<private_tensor<P>> results;
      for (int i = 0; i < 2; ++i) {
        auto const in = secret<P>(self, x);
        auto hidden = shape;
        hidden.back() = 4;
        typename P::share_type const middle(hidden);
        auto out = shape;
        out.back() = 3;
        call c;
        c.parts = P::matmul_cost(in.share(), w[0].share()) + P::truncate_relu_cost(hidden, P::frac_bits) + P::matmul_cost(middle, w[2].share()) + P::truncate_cost(out, P::frac_bits);
        auto const before = self.spent();
        auto const y = model(in);
        c.spent = lap_since(self, before);
        calls.push_back(c);
        results.push_back(y);
      }
      // each layer's rounding, the first one's through weights below 1 in four rows
      for (auto const& y : results) check_near(y, expected, 1 + 4);
      return calls;
    });
    for (std::size_t i = 0; i < 2; ++i) {
      std::vector<lap> laps;
      for (auto const& p : players) laps.push_back(p[i].spent);
      CHECK(measured(laps) == players[0][i].parts);
    }
    // the second call finds the weights masked
    CHECK(players[0][0].parts.servers - players[0][1].parts.servers == 2 * sizeof(typename P::ring::value_type) * (5 * 4 + 4 * 3));
  }
}

TEST_CASE("a relu fuses only with a linear layer before it") {
  using P = securenn<ring64, 16>;
  auto const x = numbers({6, 5}, 4, last_place, 6);
  auto const laps_of = [&](auto model_of, plain_tensor const& expected) {
    auto const laps = run_parties<P>({}, [&](party& self) {
      auto model = model_of();
      auto const all = secret_weights<P>(self);
      if (!model.weight_shapes().empty()) model.set_weights({all[0], all[1]});
      auto const in = secret<P>(self, x);
      auto const before = self.spent();
      auto const y = model(in);
      auto const spent = lap_since(self, before);
      check_near(y, expected, 1);
      return spent;
    });
    return measured(laps);
  };
  auto const linear = affine(x, weights[0], weights[1]);
  P::share_type const in{shape_type{6, 5}}, w{shape_type{5, 4}};
  auto const product = P::matmul_cost(in, w);
  shape_type const out{6, 4};
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}}; }, x) == cost{});
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}, nn::relu{}}; }, without_negatives(x)) == P::relu_cost({6, 5}));
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}, nn::dense{4}}; }, linear) == product + P::truncate_cost(out, P::frac_bits));
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}, nn::dense{4}, nn::relu{}}; }, without_negatives(linear)) == product + P::truncate_relu_cost(out, P::frac_bits));
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}, nn::dense{4}, nn::relu{}, nn::relu{}}; }, without_negatives(linear)) ==
        product + P::truncate_relu_cost(out, P::frac_bits) + P::relu_cost(out));
  CHECK(laps_of([] { return nn::sequential<P>{nn::input{5}, nn::relu{}, nn::dense{4}}; }, affine(without_negatives(x), weights[0], weights[1])) ==
        P::relu_cost({6, 5}) + product + P::truncate_cost(out, P::frac_bits));
}

TEST_CASE("numbers without fraction bits need no truncation") {
  using P = pond<ring32, 0>;
  run_parties<P>({}, [](party& self) {
    auto model = two_layers<P>();
    std::vector<plain_tensor> whole;
    std::vector<private_tensor<P>> w;
    std::uint64_t seed = 7;
    for (auto const& shape : model.weight_shapes()) {
      whole.push_back(numbers(shape, 20, 1, seed++));
      w.push_back(secret<P>(self, whole.back()));
    }
    model.set_weights(w);
    auto const x = numbers({3, 5}, 20, 1, seed);
    check_near(model(secret<P>(self, x)), affine(without_negatives(affine(x, whole[0], whole[1])), whole[2], whole[3]), 0);
  });
}

TEST_CASE("weights that are missing or do not fit") {
  using P = pond<ring64, 16>;
  run_parties<P>({}, [](party& self) {
    auto model = two_layers<P>();
    auto const w = secret_weights<P>(self);
    auto const x = secret<P>(self, numbers({2, 5}, 4, last_place, 8));
    auto const before = self.spent();
    CHECK_THROWS_WITH_AS((void)model(x), "dense: the weights come before the first call", bad_argument);
    CHECK_THROWS_WITH_AS(model.set_weights({w[0], w[1]}), "set_weights: the model has 4 tensors of weights, 2 came", bad_argument);
    CHECK_THROWS_AS(model.set_weights({}), bad_argument);
    CHECK_THROWS_AS(model.set_weights({w[0], w[1], w[2], w[3], w[3]}), bad_argument);
    CHECK_THROWS_AS(model.set_weights({w[2], w[3], w[0], w[1]}), shape_mismatch);
    CHECK_THROWS_AS(model.set_weights({w[0], w[1], w[2], w[1]}), shape_mismatch);
    CHECK_THROWS_AS((void)model(x), bad_argument);  // none of them was taken
    model.set_weights(w);
    CHECK_THROWS_AS((void)model(secret<P>(self, numbers({2, 4}, 4, last_place, 9))), shape_mismatch);
    CHECK(self.spent().sent(phase::offline) == before.sent(phase::offline));
    check_near(model(x), affine(without_negatives(affine(numbers({2, 5}, 4, last_place, 8), weights[0], weights[1])), weights[2], weights[3]), 5);
  });
}

TEST_CASE("new weights replace the old ones") {
  using P = pond<ring64, 16>;
  run_parties<P>({}, [](party& self) {
    nn::sequential<P> model{nn::input{5}, nn::dense{4}};
    auto const x = numbers({2, 5}, 4, last_place, 10);
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      auto const w = numbers({5, 4}, 1, last_place, 11 + seed), b = numbers({4}, 1, last_place, 13 + seed);
      model.set_weights({secret<P>(self, w), secret<P>(self, b)});
      check_near(model(secret<P>(self, x)), affine(x, w, b), 1);
    }
  });
}

TEST_CASE_TEMPLATE("sigmoid and tanh layers", P, KOI_TEST_BOTH_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const w = secret_weights<P>(self);
    auto const x = numbers({4, 5}, 1, last_place, 15);
    nn::sequential<P> model{nn::input{5}, nn::dense{4}, nn::sigmoid{}, nn::dense{3}, nn::tanh{}};
    CHECK(model.weight_shapes().size() == 4);
    model.set_weights(w);
    auto const hidden = applied(affine(x, weights[0], weights[1]), [](double v) { return 1 / (1 + std::exp(-v)); });
    auto const expected = applied(affine(hidden, weights[2], weights[3]), [](double v) { return std::tanh(v); });
    // what the curves are off where there are more fraction bits than they have
    auto const curve = P::frac_bits > 18 ? 0x1p-17 / P::fixed::unit() : 0;
    check_near(model(secret<P>(self, x)), expected, 15 + 5 * curve);
    check_near(nn::sequential<P>{nn::input{5}, nn::tanh{}}(secret<P>(self, x)), applied(x, [](double v) { return std::tanh(v); }), 4 + curve);
  });
}

}  // namespace koi::testing
