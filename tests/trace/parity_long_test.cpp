// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/parity.hpp>

#include <koi/nn.hpp>
#include <koi/protocol.hpp>

#include <doctest/doctest.h>

#include <optional>

namespace koi::test {

namespace {

plain_tensor steps(shape_type const& shape, double first, double last) {
  auto out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i)
    out.data()[i] = first + (last - first) * static_cast<double>(i) / static_cast<double>(out.size() - 1);
  return out;
}
plain_tensor waves(shape_type const& shape, double height) {
  auto out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = height * std::sin(static_cast<double>(i * i + 1));
  return out;
}

/// Functions, also far outside of where they bend, and what an owner and a client have.
struct functions {
  double most = 900, nearer = 1;

  template <class On>
  void operator()(On& on) const {
    auto const all = on.private_input("owner", {64}, [&] { return steps({64}, -most, most); });
    auto const positive = on.private_input("client", {64}, [&] { return steps({64}, 0.1, most); });
    watch("sigmoid", sigmoid(all));
    watch("tanh", tanh(all));
    watch("softmax", softmax(reshape(all, {8, 8}), 1));
    watch("exp", exp(all * (9 / most)));
    watch("log", log(positive));
    watch("sqrt", sqrt(positive));
    watch("quotient", all / (positive * nearer));
    watch("maximum", reduce_max(reshape(all, {8, 8}), 1));
    watch("mean", reduce_mean(reshape(all, {8, 8}), 0));
    watch("sorted", concat({abs(all), positive}, 0));
    auto const shown = on.reveal(slice(positive, {{0, 4}}));
    watch("with what was revealed", slice(all, {{0, 4}}) * shown);
  }
};

/// A model with joins and scales, run on two batches that were prepared for.
struct graph {
  double wrong = 1;

  template <class On>
  void operator()(On& on) const {
    using P = typename On::protocol;
    nn::model<P> net({8, 8, 2});
    auto const same = padding2d::same();
    auto const a = net.add(nn::conv2d{.filters = 4, .kernel_size = {3, 3}, .padding = same}, {net.input()});
    auto const b = net.add(nn::batch_normalization{}, {a}, "scale");
    auto const c = net.add(nn::relu{}, {b});
    auto const d = net.add(nn::depthwise_conv2d{.kernel_size = {3, 3}, .padding = same}, {c});
    auto const e = net.add(nn::add{}, {d, c});
    nn::normalization_parameters const known{{1, 0.5, 2, 1}, {0, 0.1, 0, -0.1}, {0.1, 0, 0, 0.2}, {1, 0.5, 2, 1}};
    auto const scaled = net.add(nn::batch_normalization{.known = known}, {e});
    auto const f = net.add(nn::average_pooling2d{}, {scaled});
    auto const g = net.add(nn::flatten{}, {f});
    auto const h = net.add(nn::dense{6}, {g}, "wide");
    auto const i = net.add(nn::softmax{}, {h});
    (void)i;
    on.load_weights(net, "owner", [&] {
      std::vector<plain_tensor> weights;
      for (auto const& shape : net.weight_shapes()) weights.push_back(waves(shape, 0.4));
      weights[5] = steps(shape_type{4}, 0.5, 2);  // variances
      weights[8] *= wrong;
      return weights;
    });
    auto const predict = [&](double height) {
      auto const scope = on.scope("model");
      auto const y = net(on.private_input("client", {2, 8, 8, 2}, [&] { return waves({2, 8, 8, 2}, height); }));
      on.output("client", y, [](auto const& t) { CHECK(t.size() == 12); });
    };
    on.prepare(2, [&] { predict(0); });
    on.use_prepared([&] { predict(1); });
    on.use_prepared([&] { predict(3); });
  }
};

template <class P, class Program>
void check_diverges_at(std::optional<std::string> const& layer, Program const& program) {
  auto const report = parity<P>({"owner", "client"}, program);
  INFO(trace::parity_table(report));
  CHECK(report.first_divergence() == layer);
  for (auto const& row : report.rows)
    if (row.layer == layer) CHECK(row.verdict == parity_verdict::overflow);
}

}  // namespace

TEST_CASE_TEMPLATE("functions in shares and in the clear", P, securenn<ring64, 16>, pond<ring128, 32>) {
  check_diverges_at<P>(std::nullopt, functions{P::ring::bits > 64 ? 9.0 : 900.0});
}

TEST_CASE("an overflow inside of a function") {
  check_diverges_at<securenn<ring64, 16>>("quotient", functions{900, 0.001});
}

using in_44_bits = pond<ring64, 16, assisted, pond_policy::carry_tree<4, 44>>;
TEST_CASE_TEMPLATE("a graph in prepared runs", P, securenn<ring64, 16>, in_44_bits) {
  check_diverges_at<P>(std::nullopt, graph{});
  check_diverges_at<P>("model/wide", graph{2e10});
}

}  // namespace koi::test
