// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/plan.hpp>

#include "examples/networks/networks.hpp"
#include "tests/trace/plan_counts.hpp"

namespace koi::test {

namespace {

/// A batch of predictions with one of the networks of the papers.
struct predictions {
  networks::network const& what;
  std::size_t batch;

  template <class On>
  void operator()(On& on) const {
    nn::model<typename On::protocol> model(what.sample);
    auto last = model.input();
    for (auto const& described : what.layers)
      last = std::visit([&](auto const& l) { return model.add(l, {last}); }, described);
    on.load_weights(model, "owner", [&] {
      std::vector<plain_tensor> weights;
      for (auto const& shape : model.weight_shapes())
        weights.emplace_back(plain_tensor::shape_type(shape.begin(), shape.end()), 0.03125);
      return weights;
    });
    auto const x = on.private_input("client", {batch, 28, 28, 1}, [&] {
      return plain_tensor({batch, 28, 28, 1}, 0.5);
    });
    on.output("client", model(x), [](auto const&) {});
  }
};

}  // namespace

TEST_CASE_TEMPLATE("the papers' networks cost what their plans say, exactly", P, pond64, securenn64) {
  for (auto const& what : networks::all_networks())
    for (std::size_t const batch : {1U, 128U}) {
      CAPTURE(what.name);
      CAPTURE(batch);
      auto const planned = check_plan<P>(predictions{what, batch});
      CHECK(planned.online.rounds > 0);
    }
}

}  // namespace koi::test
