// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

template <std::size_t Width>
using with_width = pond<ring64, 16, assisted, pond_policy::carry_tree<4, Width>>;

}  // namespace

TEST_CASE("functions with the narrowest comparison that they take") {
  plain_tensor const x{0.25, 0.5, 1, 3, 10};
  auto const check = [&]<class P>(P, auto function, auto expected) {
    run_parties<P>({}, [&](party& self) { check_near(function(secret<P>(self, x)), applied(x, expected), 4); });
  };
  check(with_width<30>{}, [](auto const& v) { return reciprocal(v); }, [](double v) { return 1 / v; });
  check(with_width<31>{}, [](auto const& v) { return sqrt(v); }, [](double v) { return std::sqrt(v); });
  check(with_width<31>{}, [](auto const& v) { return log(v); }, [](double v) { return std::log(v); });
  check(with_width<22>{}, [](auto const& v) { return exp(v * -1); }, [](double v) { return std::exp(-v); });
  check(with_width<22>{}, [](auto const& v) { return sigmoid(v); }, [](double v) { return 1 / (1 + std::exp(-v)); });
  double sum = 0;
  for (auto const v : x) sum += std::exp(v);
  check(with_width<32>{}, [](auto const& v) { return softmax(v, 0); }, [&](double v) { return std::exp(v) / sum; });
}

TEST_CASE("layers whose function has no room are refused when the model is made; the others are not") {
  using P = with_width<24>;
  CHECK_THROWS_AS((nn::sequential<P>{nn::input{4}, nn::softmax{}}), bad_argument);
  using f = nn::activation::function;
  CHECK_THROWS_AS((nn::sequential<P>{nn::input{4}, nn::activation{f::softmax}}), bad_argument);
  CHECK_NOTHROW((nn::sequential<P>{nn::input{4}, nn::activation{f::tanh}, nn::batch_normalization{}, nn::relu{}}));
}

}  // namespace koi::testing
