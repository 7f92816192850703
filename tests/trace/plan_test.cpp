// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/plan.hpp>

#include <koi/nn.hpp>

#include "tests/session/fates.hpp"

namespace koi::test {

namespace {

/// A network with every kind of layer that has a cost of its own, and functions around it. Returns nothing; the same
/// program is planned and run.
struct program {
  std::size_t batch = 3;
  bool in_parts = false;

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
      on.prepare(2, query);
      on.use_prepared(query);
      on.use_prepared(query);
    } else {
      query();
      query();
    }
  }
};

struct counted {
  cost set_up, online;
};

/// What the channels counted, all players together.
template <Protocol P>
counted run_and_count(program const& what) {
  std::mutex mutex;
  counted all;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) { what(on); });
    auto const& self = one.self();
    auto const& spent = one.spent();
    std::lock_guard const lock(mutex);
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) {
      auto& to = ph == phase::set_up ? all.set_up : all.online;
      to.rounds = std::max<std::uint64_t>(to.rounds, ph == phase::offline ? 0 : spent.rounds(ph));
      for (std::size_t p = 0; p < one.players().size(); ++p) {
        auto const bytes = spent.sent(p, ph).bytes;
        auto const here = self.role_of(self.id()), there = self.role_of(p);
        if (here == role::own || there == role::own) to.owners += bytes;
        else if (here == role::compute && there == role::compute) to.servers += bytes;
        else (ph == phase::offline ? to.dealt : to.assisted) += bytes;
      }
    }
  }));
  return all;
}

void check_same(cost const& planned, cost const& seen) {
  CHECK(planned.rounds == seen.rounds);
  CHECK(planned.dealt == seen.dealt);
  CHECK(planned.servers == seen.servers);
  CHECK(planned.assisted == seen.assisted);
  CHECK(planned.owners == seen.owners);
}

using published64 = securenn<ring64, 16, assisted, securenn_policy::as_published>;
using keys64 = pond<ring64, 16, assisted, pond_policy::comparison_keys<>>;

}  // namespace

#if defined(KOI_LONG_TESTS)
TEST_CASE_TEMPLATE("a plan is what the channels count, exactly", P, pond64, keys64, securenn64, published64) {
#else
TEST_CASE_TEMPLATE("a plan is what the channels count, exactly", P, pond64, securenn64) {
#endif
  for (auto const& what : {program{3, false}, program{1, true}}) {
    CAPTURE(what.in_parts);
    auto const planned = plan<P>({"owner", "client"}, what);
    auto const seen = run_and_count<P>(what);
    check_same(planned.set_up, seen.set_up);
    check_same(planned.online, seen.online);
  }
}

TEST_CASE("a plan's rows are the steps by scope, and add up") {
  auto const planned = plan<pond64>({"owner", "client"}, program{});
  cost online;
  bool found = false;
  for (auto const& r : planned.rows) {
    online = online + r.online;
    found = found || (r.scope == "answer/conv2d_1" && r.operation == "conv2d" && r.steps == 2);
  }
  CHECK(found);
  CHECK(online.bytes() == planned.online.bytes());
  auto const table = trace::plan_table(planned);
  CHECK(contains(table, "answer/conv2d_1"));
  CHECK(contains(table, "all"));
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
