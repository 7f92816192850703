// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/plan.hpp>

#include <koi/nn.hpp>

#include "tests/trace/plan_counts.hpp"

#include <functional>

namespace koi::test {

namespace {

/// A network with every kind of layer that has a cost of its own, and functions around it. Returns nothing; the same
/// program is planned and run.
struct program {
  std::size_t batch = 3;
  bool in_parts = false;
  std::function<void(std::string const&, std::size_t)> kept{};  ///< hears what a player keeps of what it prepared

  template <class On>
  void operator()(On& on) const {
    using P = typename On::protocol;
    nn::sequential<P> model{nn::input{8, 8, 1}, nn::conv2d{4, {3, 3}}, nn::relu{},  nn::max_pooling2d{},
                            nn::flatten{},      nn::dense{5},          nn::sigmoid{}, nn::dense{3}};
    on.load_weights(model, "owner", [&] {
      std::vector<plain_tensor> weights;
      for (auto const& shape : model.weight_shapes()) weights.emplace_back(plain_tensor::shape_type(shape.begin(), shape.end()), 0.125);
      return weights;
    });
    auto const query = [&] {
      auto const x = on.private_input("client", {batch, 8, 8, 1}, [&] { return plain_tensor({batch, 8, 8, 1}, 0.5); });
      auto const named = on.scope("answer");
      auto const y = model(x);
      on.output("client", y, [](auto const&) {});
      auto const best = argmax(y, 1);
      (void)on.reveal(best);
    };
    if (in_parts) {
      auto const stock = on.prepare(2, query);
      if (kept) kept(on.me(), stock.bytes);
      on.use_prepared(query);
      on.use_prepared(query);
    } else {
      query();
      query();
    }
  }
};

using published64 = securenn<ring64, 16, assisted, securenn_policy::as_published>;
using keys64 = pond<ring64, 16, assisted, pond_policy::comparison_keys<>>;

}  // namespace

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("a plan is what the channels count, exactly", P, pond64, keys64, securenn64, published64) {
#else
TEST_CASE_TEMPLATE("a plan is what the channels count, exactly", P, pond64, securenn64) {
#endif
  (void)check_plan<P>(program{3, false});

  std::mutex mutex;
  std::map<std::string, std::size_t> kept;
  auto const planned = check_plan<P>(program{1, true, [&](std::string const& player, std::size_t bytes) {
                                               std::lock_guard const lock(mutex);
                                               kept[player] = std::max(kept[player], bytes);  // none where it is planned
                                             }});
  for (std::size_t p = 0; p < planned.players.size(); ++p) CHECK(planned.prepared[p] == kept[planned.players[p]]);
}

TEST_CASE("a plan says what is multiplied, truncated and kept, as a table and as JSON") {
  auto const planned = plan<pond64>({"owner", "client"}, program{}, {.round_trip_ms = 40, .mbit = 352});
  cost online;
  workload work;
  bool found = false;
  for (auto const& r : planned.rows) {
    online = online + r.online;
    work = work + r.work;
    // two queries of 3 images of 8 x 8: filters of 3 x 3 at 36 places; twice at the servers, once at the helper
    bool const conv = r.scope == "answer/conv2d_1" && r.operation == "conv2d";
    if (conv) CHECK(r.work.multiply_adds == 2 * 3 * 36 * 4 * 9 * 5);
    found = found || (conv && r.steps == 2);
  }
  CHECK(found);
  CHECK(online.bytes() == planned.online.bytes());
  CHECK(planned.failure_probability(1e6) == 0);
  auto const table = trace::plan_table(planned);
  for (auto const* const part : {"answer/conv2d_1", "all", "server0 to server1", "predicted: "}) CHECK(contains(table, part));
  auto const json = nlohmann::json::parse(trace::plan_json(planned));
  CHECK(json["online"]["rounds"] == planned.online.rounds);
  CHECK(json["links"].size() == planned.links.size());
  CHECK(json["players"][0]["prepared_bytes"] == planned.prepared[0]);
  CHECK(json["seconds"]["whole"].get<double>() > 0.02 * static_cast<double>(planned.online.rounds));
}

TEST_CASE("truncation by each server on its own has the probability of its source") {
  auto const planned = plan<pond<ring64, 16, local>>({"owner"}, [](auto& on) {
    auto const x = on.private_input("owner", {3, 2}, [] { return plain_tensor(); });
    on.output("owner", x * x, [](auto const&) {});
  });
  REQUIRE(planned.truncations.size() == 1);
  CHECK(planned.truncations[0].values == 6);
  CHECK(planned.truncations[0].bits == 16);
  // abs(x) / 2^64 for a product of 4 with 32 fraction bits
  CHECK(planned.truncations[0].failure_probability(4, 16, 64) == std::ldexp(1.0, 34 - 64));
  CHECK(planned.failure_probability(4) == 6 * std::ldexp(1.0, 34 - 64));
}

TEST_CASE("which comparison is the fastest depends on the link") {
  auto const program = [](auto& on) {
    auto const x = on.private_input("owner", {1000}, [] { return plain_tensor(); });
    on.output("owner", relu(x), [](auto const&) {});
  };
  auto const best = [&](link_speed const& link) {
    return fastest<pond64, keys64, securenn64>({"owner"}, program, link)[0].protocol;
  };
  CHECK(best({.round_trip_ms = 200, .mbit = 10000}) == keys64::name());
  CHECK(best({.round_trip_ms = 0.1, .mbit = 10}) == pond64::name());
  auto const plans = fastest<securenn64, keys64>({"owner"}, program, {.round_trip_ms = 1, .mbit = 1}, {}, &prediction::online);
  CHECK(plans[0].protocol == keys64::name());
  CHECK(contains(trace::plans_table(plans), securenn64::name()));
}

TEST_CASE("a planned program calls nobody's callables and reveals nothing") {
  auto const planned = plan<pond64>({"owner", "client"}, [](auto& on) {
    auto const x = on.private_input("owner", {2}, []() -> plain_tensor { throw std::runtime_error("called"); });
    auto const opened = on.reveal(x);
    CHECK(!on.values(opened));
    on.output("client", x, [](auto const&) { FAIL("called"); });
  });
  CHECK(planned.online.rounds == 3);
  CHECK(planned.online.bytes() == 16 + 32 + 32);
  CHECK_THROWS_AS((void)plan<pond64>({"owner"}, [](auto& on) { (void)on.private_input("nobody", {2}, [] { return plain_tensor{1.0, 2.0}; }); }), bad_option);
}

}  // namespace koi::test
