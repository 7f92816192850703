// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>
#include <koi/session/in_process.hpp>

#include "tests/ops/fixed_numbers.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("weights and their changes of shape in one prepared part, in any order, for several runs", P, pond<ring64, 16>,
                   securenn<ring64, 16>) {
  auto const w = numbers({3, 2}, 1, 0x1p-16, 1), x = numbers({4, 2}, 1, 0x1p-16, 2);
  plain_tensor hidden = xt::zeros<double>({4, 3}), expected = xt::zeros<double>({4, 2});
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 2; ++k) hidden(i, j) += x(i, k) * w(j, k);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      for (std::size_t k = 0; k < 3; ++k) expected(i, j) += hidden(i, k) * w(k, j);
  for (bool const twice : {false, true}) {
    std::vector<plain_tensor> results;
    run<P>(local_cluster({"owner", "client"}), [&](session<P>& on) {
      auto const weights = on.private_variable("owner", {3, 2}, [&] { return w; });
      auto const before = transpose(weights);  // while it has no mask
      auto const part = [&] {
        auto const in = on.private_input("client", {4, 2}, [&] { return x; });
        auto const turned = twice ? reshape(transpose(reshape(weights, {1, 3, 2}), {0, 2, 1}), {2, 3}) : transpose(weights);
        on.output("client", matmul(matmul(in, turned), weights), [&](plain_tensor const& y) { results.push_back(y); });
        on.output("client", matmul(matmul(in, before), weights), [&](plain_tensor const& y) { results.push_back(y); });
      };
      on.prepare(2, part);
      on.use_prepared(part);
      on.use_prepared(part);
      part();
    });
    REQUIRE(results.size() == 6);
    for (auto const& result : results) CHECK(distance(result, expected) <= 6 * 0x1p-16);
  }
}

}  // namespace koi::testing
