// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn.hpp>

#include <koi/ops.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"

/// A batch gives what its samples give alone, in as many rounds, whatever the network is made of.
namespace koi::testing {

namespace {

/// What a program made of a batch, at the client, and what that cost.
struct answer {
  plain_tensor y;
  cost spent;
};

template <Protocol P, class Make>
answer answered(Make make, plain_tensor const& batch) {
  struct part {
    std::optional<plain_tensor> y;
    lap spent;
  };
  auto const parts = run_parties<P>({}, [&](party& self) {
    auto const program = make(self);
    auto const x = secret<P>(self, batch);
    auto const before = self.spent();
    auto const y = program(x);
    auto const spent = lap_since(self, before);
    return part{result(y), spent};
  });
  std::vector<lap> laps;
  for (auto const& p : parts) laps.push_back(p.spent);
  return {parts[client_id].y.value(), measured(laps)};
}

/// `make(party)` gives a program for batches of these samples.
template <Protocol P, class Make>
void check_batches(Make make, shape_type const& sample, double units) {
  constexpr std::size_t most = 6;
  shape_type all{most};
  all.insert(all.end(), sample.begin(), sample.end());
  auto const samples = numbers(all, 2, 0x1p-16, 1);
  auto const some = [&](std::size_t from, std::size_t to) {
    return plain_tensor(xt::strided_view(samples, {xt::range(from, to)}));
  };
  std::vector<answer> alone;
  for (std::size_t i = 0; i < most; ++i) alone.push_back(answered<P>(make, some(i, i + 1)));
  for (std::size_t const n : {1u, 2u, 5u, 6u}) {
    CAPTURE(n);
    auto const batch = answered<P>(make, some(0, n));
    CHECK(batch.spent.rounds == alone[0].spent.rounds);
    REQUIRE(batch.y.size() == n * alone[0].y.size());
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);
      plain_tensor const here = xt::strided_view(batch.y, {xt::range(i, i + 1)});
      CHECK(distance(here, alone[i].y) <= units * P::fixed::unit());
    }
  }
}

/// A model whose weights are shared, of fixed numbers.
template <Protocol P>
nn::model<P>& with_weights(party& self, nn::model<P>& net) {
  std::vector<private_tensor<P>> weights;
  std::uint64_t seed = 10;
  for (auto const& shape : net.weight_shapes())
    weights.push_back(secret<P>(self, numbers(shape, 0.5, 0x1p-16, seed++)));
  net.set_weights(weights);
  return net;
}

}  // namespace

TEST_CASE_TEMPLATE("batches through functions: sigmoid, tanh, softmax", P, KOI_TEST_PROTOCOLS) {
  using namespace nn;
  check_batches<P>(
      [](party& self) {
        auto net = std::make_shared<sequential<P>>(input{7}, dense{6}, nn::sigmoid{}, dense{5}, nn::tanh{}, dense{4},
                                                   nn::softmax{});
        with_weights<P>(self, *net);
        return [net](private_tensor<P> const& x) { return (*net)(x); };
      },
      {7}, 12);
}

TEST_CASE_TEMPLATE("batches through a convolution, maxima, means and reductions", P, KOI_TEST_PROTOCOLS) {
  using namespace nn;
  check_batches<P>(
      [](party& self) {
        normalization_parameters const known{{1, -1, 0.5}, {0, 1, 2}, {0.5, 0, 0}, {1, 1, 2}};
        auto net = std::make_shared<nn::model<P>>(shape_type{6, 5, 2});
        auto const c =
            net->add(nn::conv2d{.filters = 3, .kernel_size = {3, 2}, .padding = padding2d::same()}, {net->input()});
        auto const n = net->add(batch_normalization{.known = known}, {c});
        auto const r = net->add(nn::relu{}, {n});
        auto const pooled = net->add(max_pooling2d{}, {r});
        auto const mean = net->add(global_average_pooling2d{}, {pooled}), most = net->add(global_max_pooling2d{}, {r});
        net->add(leaky_relu{0.1}, {net->add(concatenate{}, {mean, most})});
        with_weights<P>(self, *net);
        return [net](private_tensor<P> const& x) {
          auto const y = (*net)(x);
          return reduce_max(y * y, 1, keep_axes::yes) + reduce_mean(y, 1, keep_axes::yes) +
                 reduce_sum(y, 1, keep_axes::yes);
        };
      },
      {6, 5, 2}, 80);
}

TEST_CASE_TEMPLATE("batches through argmax, selection, division and logarithms", P, KOI_TEST_PROTOCOLS) {
  using namespace nn;
  check_batches<P>(
      [](party& self) {
        auto net = std::make_shared<sequential<P>>(input{4, 3}, flatten{}, dense{9}, nn::relu{}, dense{5});
        with_weights<P>(self, *net);
        return [net](private_tensor<P> const& x) { return argmax((*net)(x), 1); };
      },
      {4, 3}, 0);
  check_batches<P>(
      [](party&) {
        return [](private_tensor<P> const& x) {
          auto const size = abs(x) + 1;
          auto const shares = size / reduce_sum(size, 1, keep_axes::yes);
          return select(greater(x, 0), koi::log(size), koi::exp(-size)) + koi::sqrt(shares);
        };
      },
      {5}, 12);
}

}  // namespace koi::testing
