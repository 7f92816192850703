// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/detail/whole_tensors.hpp>
#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>
#include <koi/session/in_process.hpp>

#include "tests/ops/fixed_numbers.hpp"

namespace koi::testing {

namespace {

using namespace nn;
using P = pond<ring64, 16>;
constexpr double ulp = 0x1p-16;

/// A comparison that says that it has no room for differences of products.
struct with_little_room : securenn_policy::as_published {
  static constexpr bool whole_ring = false;
};

plain_tensor filled(shape_type const& shape, std::vector<double> const& numbers) {
  plain_tensor out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = numbers[i % numbers.size()];
  return out;
}

/// What a model gives whose owner loads the weights: the last of so many runs that were prepared, or one that was not.
template <Protocol P = koi::testing::P, class Make>
plain_tensor predicted(Make make, std::vector<plain_tensor> const& weights, plain_tensor const& x, std::size_t prepared = 0) {
  plain_tensor result;
  run<P>(local_cluster({"owner"}), [&](session<P>& on) {
    auto net = make();
    on.load_weights(net, "owner", [&] { return weights; });
    auto const part = [&] {
      auto const in = on.private_input("owner", {x.shape().begin(), x.shape().end()}, [&] { return x; });
      on.output("owner", net(in), [&](plain_tensor const& y) { result = y; });
    };
    if (prepared == 0) return part();
    on.prepare(prepared, part);
    for (std::size_t i = 0; i < prepared; ++i) on.use_prepared(part);
  });
  return result;
}

plain_tensor const ones = filled({2}, {1}), zeros = filled({2}, {0});

}  // namespace

TEST_CASE("a batch normalisation along another axis than that of the outputs stays a layer of its own") {
  auto const identity = filled({2, 2}, {1, 0, 0, 1}), gamma = filled({2}, {1, 10});
  auto const rows = [] {
    nn::model<P> net({2, 2});
    auto const a = net.add(dense{2, bias::no}, {net.input()});
    net.add(batch_normalization{0, data_format::channels_first}, {a});
    return net;
  };
  CHECK(distance(predicted(rows, {identity, gamma, zeros, zeros, ones}, filled({1, 2, 2}, {0, 1, 2, 3})),
                 filled({1, 2, 2}, {0, 1, 20, 30})) <= 40 * ulp);
  CHECK(rows().shared_shapes() == std::vector<shape_type>{{2, 2}, {2}, {2}});

  auto const images = [](data_format of_convolution, data_format of_scale) {
    nn::model<P> net({2, 2, 2});
    auto const a = net.add(nn::conv2d{.filters = 2, .kernel_size = {1, 1}, .format = of_convolution, .use_bias = bias::no},
                           {net.input()});
    net.add(batch_normalization{0, of_scale}, {a});
    return net;
  };
  auto const x = filled({1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  auto const last = filled({1, 2, 2, 2}, {0, 10, 2, 30, 4, 50, 6, 70}), first = filled({1, 2, 2, 2}, {0, 1, 2, 3, 40, 50, 60, 70});
  for (auto const of_convolution : {data_format::channels_last, data_format::channels_first})
    for (auto const of_scale : {data_format::channels_last, data_format::channels_first}) {
      auto const make = [&] { return images(of_convolution, of_scale); };
      plain_tensor const filters = filled({1, 1, 2, 2}, {1, 0, 0, 1});
      CHECK(distance(predicted(make, {filters, gamma, zeros, zeros, ones}, x),
                     of_scale == data_format::channels_last ? last : first) <= 80 * ulp);
      CHECK(make().shared_shapes().size() == (of_convolution == of_scale ? 2 : 3));
    }
}

TEST_CASE("layers that the result does not depend on change nothing of it") {
  auto const maximum_aside = [] {
    nn::model<P> net({2, 2, 1});
    auto const a = net.add(nn::relu{}, {net.input()});
    net.add(max_pooling2d{{.window = {1, 1}, .strides = {{1, 1}}}}, {a});
    net.make_last(net.add(dense{1, bias::no}, {a}));
    return net;
  };
  CHECK(predicted(maximum_aside, {filled({1, 1}, {1})}, filled({1, 2, 2, 1}, {-3, -1, 1, 3})) == filled({1, 2, 2, 1}, {0, 0, 1, 3}));
  auto const maximum_behind = [] {
    nn::model<P> net({2, 2, 1});
    auto const a = net.add(nn::relu{}, {net.input()});
    net.add(max_pooling2d{}, {a});
    net.make_last(a);
    return net;
  };
  CHECK(predicted(maximum_behind, {}, filled({1, 2, 2, 1}, {-3, -1, 1, 3})) == filled({1, 2, 2, 1}, {0, 0, 1, 3}));

  auto const scale_aside = [] {
    nn::model<P> net({2});
    auto const a = net.add(dense{2, bias::no}, {net.input()});
    net.add(batch_normalization{0}, {a});
    net.make_last(net.add(nn::relu{}, {a}));
    return net;
  };
  CHECK(distance(predicted(scale_aside, {filled({2, 2}, {1}), filled({2}, {3}), filled({2}, {5}), zeros, ones}, filled({1, 2}, {1, 2})),
                 filled({1, 2}, {3})) <= 2 * ulp);
}

TEST_CASE("a maximum is taken of products only where their differences have room") {
  using little = securenn<ring32, 12, assisted, with_little_room>;
  using whole = securenn<ring32, 12>;
  auto const make = [](auto p) {
    return [p] {
      return sequential<decltype(p)>{input{2, 2, 1}, nn::conv2d{.filters = 1, .kernel_size = {1, 1}, .use_bias = bias::no}, nn::relu{}, max_pooling2d{}};
    };
  };
  auto const x = filled({1, 2, 2, 1}, {40, -40, -40, -40}), expected = filled({1, 1, 1, 1}, {40});
  CHECK(distance(predicted<little>(make(little{}), {filled({1, 1, 1, 1}, {1})}, x), expected) <= 0x1p-12);
  CHECK(distance(predicted<whole>(make(whole{}), {filled({1, 1, 1, 1}, {1})}, x), expected) <= 0x1p-12);
}

TEST_CASE("products of few bits are compared in half the ring, whatever stands between the layer and its ReLU") {
  using few = pond<ring64, 16, assisted, pond_policy::carry_tree<3, 46>>;
  auto const used = [](auto make, std::vector<plain_tensor> const& weights, plain_tensor const& x, plain_tensor const& expected,
                       std::size_t prepared) {
    std::map<std::string, std::size_t> steps;
    run<few>(local_cluster({"owner"}), [&](session<few>& on) {
      auto net = make();
      on.load_weights(net, "owner", [&] { return weights; });
      auto const part = [&] {
        auto const in = on.private_input("owner", {x.shape().begin(), x.shape().end()}, [&] { return x; });
        on.output("owner", net(in), [&](plain_tensor const& y) { CHECK(distance(y, expected) <= 2 * ulp); });
      };
      if (prepared > 0) on.prepare(prepared, part);
      if (prepared > 0) on.use_prepared(part);
      if (prepared == 0) part();
      if (on.me() == "server0")
        for (auto const& row : on.ledger().rows()) steps[row.operation] += row.steps;
    });
    return steps;
  };
  auto const x = filled({1, 2, 2, 2}, {1, -2, 3, 4, -5, 6, 7, 8});
  plain_tensor const identity = filled({1, 1, 2, 2}, {1, 0, 0, 1});
  auto const pooled = [] {
    return sequential<few>{input{2, 2, 2}, nn::conv2d{.filters = 2, .kernel_size = {1, 1}}, batch_normalization{}, nn::relu{}, max_pooling2d{}};
  };
  std::vector<plain_tensor> const weights{identity, zeros, ones, zeros, zeros, filled({2}, {1 - 1e-3})};
  for (std::size_t const prepared : {0, 1}) {
    auto steps = used(pooled, weights, x, filled({1, 1, 1, 2}, {7, 8}), prepared);
    CHECK(steps["narrow"] == 1 + prepared);
    CHECK(steps["relu"] == 2 * (1 + prepared));
    CHECK(steps["widen_relu"] == 1 + prepared);
    CHECK(steps["truncate_relu"] == 0);
  }
  auto const scaled = [] {
    return sequential<few>{input{2, 2, 2}, nn::conv2d{.filters = 2, .kernel_size = {1, 1}}, batch_normalization{}, nn::relu{}};
  };
  auto of_scaled = used(scaled, weights, x, filled({1, 2, 2, 2}, {1, 0, 3, 4, 0, 6, 7, 8}), 0);
  CHECK(of_scaled["widen_relu"] == 1);
  CHECK(of_scaled["truncate_relu"] == 0);
  // a layer without inputs, and the largest numbers that these bits hold
  auto const added = [] {
    nn::model<few> net({2});
    auto const sums = net.add(nn::dense{2}, {net.input()});
    auto const p = net.add(io::onnx::detail::parameter{{1, 2}}, {});
    net.add(nn::relu{}, {net.add(nn::add{}, {net.add(nn::relu{}, {sums}), p})});
    return net;
  };
  auto const most = 0x1p13 - 2 * ulp;
  auto const steps = used(added, {filled({2, 2}, {1, 0, 0, 1}), zeros, filled({1, 2}, {0.5, 0.25})},
                          filled({2, 2}, {most / 2, -0x1p12, most, -0x1p13}), filled({2, 2}, {most / 2 + 0.5, 0.25, most + 0.5, 0.25}), 0);
  CHECK(steps.at("widen_relu") == 1);
}

TEST_CASE("layers whose weights are stored in another shape are prepared as well, for several runs") {
  auto const depthwise = [] {
    return sequential<P>{input{4, 4, 2}, nn::depthwise_conv2d{.kernel_size = {2, 2}}};
  };
  auto const w = numbers({2, 2, 2, 1}, 1, ulp, 1), x = numbers({1, 4, 4, 2}, 2, ulp, 2);
  std::vector<plain_tensor> const weights{w, filled({2}, {0.5, -0.5})};
  auto const expected = predicted(depthwise, weights, x);
  CHECK(distance(predicted(depthwise, weights, x, 2), expected) <= 2 * ulp);

  auto const scale = [] { return sequential<P>{input{4}, batch_normalization{}}; };
  std::vector<plain_tensor> const of_scale(4, filled({4}, {1, 2, 0.5, 0.25}));
  auto const y = numbers({3, 4}, 2, ulp, 3);
  CHECK(distance(predicted(scale, of_scale, y, 2), predicted(scale, of_scale, y)) <= 2 * ulp);

  // from shares of all four: the scale is computed once, before what is prepared
  plain_tensor result;
  run<P>(local_cluster({"owner"}), [&](session<P>& on) {
    auto net = scale();
    net.set_weights(on.private_variables("owner", net.weight_shapes(), [&] { return of_scale; }));
    auto const part = [&] {
      on.output("owner", net(on.private_input("owner", {3, 4}, [&] { return y; })), [&](plain_tensor const& z) { result = z; });
    };
    on.prepare(2, part);
    on.use_prepared(part);
    on.use_prepared(part);
  });
  CHECK(distance(result, predicted(scale, of_scale, y)) <= 20 * ulp);
}

TEST_CASE("a model is known to keep samples apart where every layer says so") {
  using P = pond<ring64, 16>;
  using nn::sequential;
  CHECK(sequential<P>{nn::input{8, 8, 1}, nn::conv2d{2, {3, 3}}, nn::relu{}, nn::max_pooling2d{}, nn::flatten{}, nn::dense{3},
                      nn::batch_normalization{}, nn::softmax{}}
            .keeps_samples_apart());
  CHECK(!sequential<P>{nn::input{4}, nn::concatenate{0}}.keeps_samples_apart());
  CHECK(sequential<P>{nn::input{4}, nn::concatenate{1}}.keeps_samples_apart());
  CHECK(!sequential<P>{nn::input{1}, nn::reshape{{}}, nn::softmax{}}.keeps_samples_apart());  // over the samples

  nn::model<P> branches({4});
  auto const a = branches.add(nn::dense{4}, {branches.input()});
  auto const b = branches.add(nn::reshape{{1, 4}}, {a});
  auto const both = branches.add(nn::add{}, {a, a});
  CHECK(branches.keeps_samples_apart());
  auto const mixed = branches.add(nn::add{}, {both, b});  // [n, 4] and [n, 1, 4]: every sample with every other
  CHECK(!branches.keeps_samples_apart());
  (void)branches.add(nn::relu{}, {mixed});
  CHECK(!branches.keeps_samples_apart());
  branches.make_last(both);
  CHECK(branches.keeps_samples_apart());
}

}  // namespace koi::testing
