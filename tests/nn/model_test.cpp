// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"
#include "tests/support/plain_convolution.hpp"

namespace koi::testing {

namespace {

constexpr double unit = 0x1p-16;

shape_type shape_of(plain_tensor const& x) { return {x.shape().begin(), x.shape().end()}; }

plain_tensor rectified(plain_tensor x) {
  return applied(std::move(x), [](double v) { return std::max(v, 0.0); });
}

/// Channels-last convolution with a bias.
plain_tensor convolved(plain_tensor const& x, plain_tensor const& w, plain_tensor const& b, plain::sliding const& how,
                       std::size_t groups = 1) {
  auto const [shape, sums] = plain::conv2d<double>(shape_of(x), x.data(), shape_of(w), w.data(), how, groups,
                                                   [](double s, double a, double c) { return s + a * c; });
  plain_tensor out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = sums[i] + b.data()[i % shape[3]];
  return out;
}

/// Maximum over 2 x 2 windows of channels-last images.
plain_tensor pooled(plain_tensor const& x) {
  auto const s = shape_of(x);
  plain_tensor out = plain_tensor::from_shape({s[0], s[1] / 2, s[2] / 2, s[3]});
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const at = plain::index_at(shape_of(out), i);
    double largest = -1e9;
    for (std::size_t r = 0; r < 2; ++r)
      for (std::size_t c = 0; c < 2; ++c) largest = std::max(largest, x(at[0], 2 * at[1] + r, 2 * at[2] + c, at[3]));
    out.data()[i] = largest;
  }
  return out;
}

plain_tensor channels_first(plain_tensor const& x) { return xt::transpose(x, std::vector<std::size_t>{0, 3, 1, 2}); }

template <Protocol P>
std::vector<private_tensor<P>> secrets(party& self, std::vector<plain_tensor> const& plain) {
  std::vector<private_tensor<P>> out;
  for (auto const& x : plain) out.push_back(secret<P>(self, x));
  return out;
}

/// What session::load_weights does, with the owner's numbers known to the test.
template <Protocol P>
void load(party& self, nn::model<P>& model, std::vector<plain_tensor> const& weights) {
  auto const shared = model.shared_weights(weights);
  auto const shapes = model.shared_shapes();
  REQUIRE(shared.size() == shapes.size());
  for (std::size_t i = 0; i < shapes.size(); ++i) CHECK(shape_of(shared[i]) == shapes[i]);
  model.set_shared_weights(secrets<P>(self, shared));
}

/// What a call costs, as all channels together counted it.
template <Protocol P, class Model>
cost spent_by(std::vector<plain_tensor> const& weights, plain_tensor const& x, Model make, plain_tensor const& expected, double units) {
  std::vector<lap> laps = run_parties<P>({}, [&](party& self) {
    auto model = make(self);
    load<P>(self, model, weights);
    auto const in = secret<P>(self, x);
    auto const before = self.spent();
    auto const y = model(in);
    auto const spent = lap_since(self, before);
    check_near(y, expected, units);
    return spent;
  });
  return measured(laps);
}

/// A protocol whose numbers fit half the ring.
template <template <class, std::size_t, class, class> class Policy, class Comparison>
using few_bits = Policy<ring64, 16, assisted, Comparison>;

auto const images = numbers({2, 6, 8, 3}, 2, unit, 1);
auto const filters = numbers({3, 3, 3, 4}, 0.5, unit, 2);
auto const biases = numbers({4}, 1, unit, 3);

}  // namespace

TEST_CASE_TEMPLATE("convolution, ReLU, maximum, dense: in both data formats", P, pond<ring64, 16>, securenn<ring64, 16>,
                   pond<ring128, 32> KOI_IN_LONG_TESTS(securenn<ring128, 32>)) {
  using namespace nn;
  auto const w = numbers({24, 5}, 0.5, unit, 4), b = numbers({5}, 1, unit, 5);
  auto const hidden = pooled(rectified(convolved(images, filters, biases, {.stride = {1, 2}, .before = {1, 0}, .after = {1, 1}})));
  CHECK(shape_of(hidden) == shape_type{2, 3, 2, 4});
  run_parties<P>({}, [&](party& self) {
    for (auto const format : {data_format::channels_last, data_format::channels_first}) {
      bool const last = format == data_format::channels_last;
      sequential<P> net{last ? input{6, 8, 3} : input{3, 6, 8},
                        nn::conv2d{.filters = 4, .kernel_size = {3, 3}, .strides = {1, 2}, .padding = padding2d::same(), .format = format},
                        nn::relu{}, max_pooling2d{{}, format}, flatten{}, dense{5}};
      load<P>(self, net, {filters, biases, w, b});
      auto flat = last ? hidden : channels_first(hidden);
      plain_tensor expected = plain_tensor::from_shape({2, 5});
      for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t o = 0; o < 5; ++o) {
          expected(n, o) = b(o);
          for (std::size_t i = 0; i < 24; ++i) expected(n, o) += flat.data()[n * 24 + i] * w(i, o);
        }
      auto const x = secret<P>(self, last ? images : channels_first(images));
      check_near(net(x), expected, 12 + 1);
      check_near(net(x), expected, 12 + 1);  // again, with the same weights
    }
  });
}

TEST_CASE_TEMPLATE("a maximum comes before the ReLU, and one truncation after both", P, pond<ring64, 16>, securenn<ring64, 16>,
                   few_bits<pond, pond_policy::carry_tree<3, 42>>,
                   few_bits<securenn, securenn_policy::three_round<42>> KOI_IN_LONG_TESTS(pond<ring128, 32>, securenn<ring128, 32>)) {
  using namespace nn;
  auto const expected = pooled(rectified(convolved(images, filters, biases, {})));
  auto const make = [](party&) {
    return sequential<P>{input{6, 8, 3}, nn::conv2d{4, {3, 3}}, dropout{}, nn::relu{}, max_pooling2d{}};
  };
  auto const spent = spent_by<P>({filters, biases}, images, make, expected, 2);
  // images and filters opened at once, one word dealt for each of the sums
  auto const conv = P::product_cost(typename P::share_type(shape_type{2, 6, 8, 3}), typename P::share_type(shape_type{3, 3, 3, 4}), {2, 4, 6, 4});
  if constexpr (NarrowingProtocol<P>) {
    using half = narrowed<P>;
    CHECK(spent == conv + half::relu_cost({2, 4, 3, 4}) + half::relu_cost({2, 2, 3, 4}) +
                       half::template widened_relu_cost<ring64>({2, 2, 3, 4}));
  } else {
    CHECK(spent == conv + P::relu_cost({2, 4, 3, 4}, P::frac_bits) + P::relu_cost({2, 2, 3, 4}, P::frac_bits) +
                       P::truncate_relu_cost({2, 2, 3, 4}, P::frac_bits));
  }
}

TEST_CASE_TEMPLATE("a batch gives what its images give alone, in as many rounds", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const batch = numbers({5, 6, 8, 3}, 2, unit, 20);
  auto const expected = pooled(rectified(convolved(batch, filters, biases, {})));
  auto const make = [](party&) {
    return sequential<P>{input{6, 8, 3}, nn::conv2d{4, {3, 3}}, nn::relu{}, max_pooling2d{}};
  };
  auto const whole = spent_by<P>({filters, biases}, batch, make, expected, 2);
  for (std::size_t i = 0; i < 5; ++i) {
    plain_tensor const one = xt::strided_view(batch, {xt::range(i, i + 1)}), alone = xt::strided_view(expected, {xt::range(i, i + 1)});
    CHECK(spent_by<P>({filters, biases}, one, make, alone, 2).rounds == whole.rounds);
  }
}

TEST_CASE_TEMPLATE("depthwise convolution and means", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const w = numbers({3, 2, 3, 2}, 0.5, unit, 6), b = numbers({6}, 1, unit, 7);
  plain_tensor grouped = w;
  grouped.reshape(shape_type{3, 2, 1, 6});
  auto const linear = convolved(images, grouped, b, {.stride = {2, 1}}, 3);
  plain_tensor const mean = xt::mean(linear, {1, 2});
  run_parties<P>({}, [&](party& self) {
    sequential<P> net{input{6, 8, 3}, nn::depthwise_conv2d{.kernel_size = {3, 2}, .strides = {2, 1}, .depth_multiplier = 2},
                      global_average_pooling2d{}};
    CHECK(net.weight_shapes() == std::vector<shape_type>{{3, 2, 3, 2}, {6}});
    load<P>(self, net, {w, b});
    check_near(net(secret<P>(self, images)), mean, 3);
    sequential<P> first{input{3, 6, 8}, nn::depthwise_conv2d{.kernel_size = {3, 2}, .strides = {2, 1}, .depth_multiplier = 2, .format = data_format::channels_first},
                        average_pooling2d{{.window = {2, 7}}, data_format::channels_first}, nn::reshape{{6}}};
    load<P>(self, first, {w, b});
    check_near(first(secret<P>(self, channels_first(images))), mean, 3);
  });
}

TEST_CASE_TEMPLATE("batch normalisation becomes a part of the layer in front", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  plain_tensor const gamma{1.5, -0.5, 1.0, 0.25}, beta{0.5, 0.0, -1.0, 2.0}, mean{0.25, -1.0, 0.5, 0.0}, variance{0.5, 2.0, 1.0, 0.25};
  auto const normalised = [&](plain_tensor const& x) {
    return plain_tensor((x - mean) / xt::sqrt(variance + 1e-3) * gamma + beta);
  };
  plain_tensor const none = xt::zeros<double>({4});
  auto const linear = convolved(images, filters, none, {});
  auto const expected = rectified(normalised(linear));
  std::vector<plain_tensor> const weights{filters, gamma, beta, mean, variance};
  auto const make = [](party&) {
    return sequential<P>{input{6, 8, 3}, nn::conv2d{.filters = 4, .kernel_size = {3, 3}, .use_bias = bias::no}, nn::batch_normalization{}, nn::relu{}};
  };
  // folded: as if there were none
  auto const conv = P::product_cost(typename P::share_type(shape_type{2, 6, 8, 3}), typename P::share_type(shape_type{3, 3, 3, 4}), {2, 4, 6, 4});
  CHECK(spent_by<P>(weights, images, make, expected, 30) == conv + P::truncate_relu_cost({2, 4, 6, 4}, P::frac_bits));

  run_parties<P>({}, [&](party& self) {
    auto net = make(self);
    CHECK(net.weight_shapes() == std::vector<shape_type>{{3, 3, 3, 4}, {4}, {4}, {4}, {4}});
    CHECK(net.shared_shapes() == std::vector<shape_type>{{3, 3, 3, 4}, {4}});
    auto const x = secret<P>(self, images);
    // nothing in front to be a part of: a scale and a summand are shared
    sequential<P> alone{input{4, 6, 4}, nn::relu{}, nn::batch_normalization{}};
    CHECK(alone.shared_shapes() == std::vector<shape_type>{{4}, {4}});
    load<P>(self, alone, {gamma, beta, mean, variance});
    check_near(alone(secret<P>(self, linear)), normalised(rectified(linear)), 20);
    sequential<P> first{input{4, 4, 6}, nn::batch_normalization{.format = data_format::channels_first}};
    load<P>(self, first, {gamma, beta, mean, variance});
    check_near(first(secret<P>(self, channels_first(linear))), channels_first(normalised(linear)), 20);
    // a bias in front is scaled and shifted with it
    sequential<P> biased{input{6, 8, 3}, nn::conv2d{4, {3, 3}}, nn::batch_normalization{}};
    load<P>(self, biased, {filters, biases, gamma, beta, mean, variance});
    check_near(biased(x), normalised(convolved(images, filters, biases, {})), 30);
    // two layers use the convolution: it stays what it is
    nn::model<P> both({6, 8, 3});
    auto const c = both.add(nn::conv2d{.filters = 4, .kernel_size = {3, 3}, .use_bias = bias::no}, {both.input()});
    auto const n = both.add(nn::batch_normalization{}, {c});
    both.add(nn::add{}, {c, n});
    load<P>(self, both, weights);
    check_near(both(x), plain_tensor(linear + normalised(linear)), 30);
    // shared already, by whomever: the scale is computed from shares
    net.set_weights(secrets<P>(self, weights));
    check_near(net(x), expected, 60);
  });
}

TEST_CASE_TEMPLATE("branches join", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({3, 4}, 2, unit, 8), w = numbers({4, 4}, 0.5, unit, 9), v = numbers({4, 4}, 0.5, unit, 10);
  auto const b = numbers({4}, 1, unit, 11);
  auto const times = [&](plain_tensor const& m) {
    plain_tensor out = plain_tensor::from_shape({3, 4});
    for (std::size_t i = 0; i < 12; ++i) {
      out.data()[i] = b(i % 4);
      for (std::size_t k = 0; k < 4; ++k) out.data()[i] += x(i / 4, k) * m(k, i % 4);
    }
    return out;
  };
  // two products: added as such, one truncation with the ReLU; what does not lead to the result is not computed
  auto const two_products = [&](party&) {
    nn::model<P> net({4});
    auto const p = net.add(dense{4}, {0}), q = net.add(dense{4}, {0});
    auto const sum = net.add(nn::add{}, {p, q});
    auto const end = net.add(nn::relu{}, {sum});
    (void)net.add(nn::relu{}, {net.add(concatenate{0}, {p, q, sum})});
    net.make_last(end);
    return net;
  };
  typename P::share_type const in(shape_type{3, 4}), matrix(shape_type{4, 4});
  auto products = P::matmul_cost(in, matrix) + P::matmul_cost(in, matrix) + P::truncate_relu_cost({3, 4}, P::frac_bits);
  products.servers -= beaver::mask_cost<typename P::ring>({&in}).servers;  // once
  CHECK(spent_by<P>({w, b, v, b}, x, two_products, rectified(times(w) + times(v)), 1) == products);

  run_parties<P>({}, [&](party& self) {
    // a product and a value before a ReLU: the product is truncated first
    nn::model<P> mixed({4});
    mixed.add(nn::relu{}, {mixed.add(nn::add{}, {mixed.add(dense{4}, {0}), mixed.input()})});
    load<P>(self, mixed, {w, b});
    check_near(mixed(secret<P>(self, x)), rectified(times(w) + x), 2);
    // a sum that two layers use is none
    nn::model<P> net({4});
    auto const sum = net.add(nn::add{}, {net.add(dense{4}, {0}), net.add(dense{4}, {0})});
    net.add(concatenate{}, {net.add(nn::add{}, {sum, net.input()}), net.add(nn::relu{}, {sum})});
    load<P>(self, net, {w, b, v, b});
    plain_tensor const left = times(w) + times(v) + x, right = rectified(times(w) + times(v));
    check_near(net(secret<P>(self, x)), xt::concatenate(xt::xtuple(left, right), 1), 2);
  });
}

TEST_CASE_TEMPLATE("activations", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  auto const x = numbers({3, 5}, 4, unit, 12);
  run_parties<P>({}, [&](party& self) {
    auto const in = secret<P>(self, x);
    check_near(sequential<P>{input{5}, nn::leaky_relu{0.1}}(in), applied(x, [](double v) { return v > 0 ? v : 0.1 * v; }), 3);
    check_near(sequential<P>{input{5}, dropout{0.2}}(in), x, 0);
    using f = activation::function;
    check_near(sequential<P>{input{5}, activation{f::linear}}(in), x, 0);
    check_near(sequential<P>{input{5}, activation{f::relu}}(in), rectified(x), 0);
    auto const smooth = 3 + (P::frac_bits > 18 ? 0x1p-17 / P::fixed::unit() : 0);
    check_near(sequential<P>{input{5}, activation{f::sigmoid}}(in), applied(x, [](double v) { return 1 / (1 + std::exp(-v)); }), smooth);
    check_near(sequential<P>{input{5}, activation{f::tanh}}(in), applied(x, [](double v) { return std::tanh(v); }), smooth);
    auto shares_of_one = applied(x, [](double v) { return std::exp(v); });
    for (std::size_t i = 0; i < 3; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < 5; ++j) sum += shares_of_one(i, j);
      for (std::size_t j = 0; j < 5; ++j) shares_of_one(i, j) /= sum;
    }
    check_near(sequential<P>{input{5}, nn::softmax{}}(in), shares_of_one, 3);
    check_near(sequential<P>{input{5}, activation{f::softmax}}(in), shares_of_one, 3);
  });
}

TEST_CASE("what does not fit is refused by name, when the model is made") {
  using namespace nn;
  using P = pond<ring64, 16>;
  CHECK_THROWS_WITH_AS((sequential<P>{input{6, 8, 3}, nn::conv2d{4, {9, 3}}}),
                       "layer conv2d_1: window: 9 taps, 1 apart, do not fit an axis of 6 with 0 + 0 of padding", bad_argument);
  CHECK_THROWS_AS((sequential<P>{input{784}, nn::conv2d{4, {3, 3}}}), bad_argument);
  CHECK_THROWS_AS((sequential<P>{input{6, 8, 3}, nn::conv2d{.filters = 4, .kernel_size = {3, 3}, .groups = 2}}), bad_argument);
  CHECK_THROWS_AS((sequential<P>{input{6, 8, 3}, nn::reshape{{5, 5}}}), bad_argument);
  nn::model<P> net({4});
  CHECK_THROWS_AS((void)net.add(nn::relu{}, {1}), bad_argument);
  CHECK_THROWS_AS((void)net.add(nn::add{}, {0}), bad_argument);
  CHECK_THROWS_AS((void)net.add(concatenate{2}, {0, 0}), bad_argument);
  (void)net.add(dense{2}, {0}, "scores");
  CHECK_THROWS_WITH_AS((void)net.shared_weights({numbers({3, 2}, 1, unit, 1), numbers({2}, 1, unit, 1)}),
                       "weight 1 (layer scores): declared as [4,2], but [3,2] came", shape_mismatch);
  CHECK_THROWS_AS((void)net.shared_weights({numbers({4, 2}, 1, unit, 1)}), bad_argument);
}

}  // namespace koi::testing
