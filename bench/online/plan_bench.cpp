// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// What koi::plan predicts for the papers' networks over a slow link, beside what they take over one that is emulated.
#include "bench/support/online.hpp"
#include "examples/networks/networks.hpp"

#include <koi/trace/plan.hpp>

namespace {

using namespace koi;

constexpr bench::link_model wide_area{40, 352};

/// The machine as predictions want it, for players that are threads of it.
machine_speed measured_speed(bench::options const& how) {
  constexpr std::size_t n = 512, words = std::size_t{1} << 20, bytes = words * sizeof(std::uint64_t);
  prg stream(seed::from_os());
  auto const x = uniform<ring64>(stream, {n, n}), y = uniform<ring64>(stream, {n, n});
  auto const u = uniform<ring64>(stream, {words}), v = uniform<ring64>(stream, {words});
  tensor<ring64> product({n, n}, 0), into({words});
  machine_speed out;
  out.multiply_adds = bench::rate(how, static_cast<double>(n * n * n), [&] { matmul_add(product, x, y); });
  out.drawn = bench::rate(how, static_cast<double>(bytes), [&] { stream.fill(into.writable_bytes()); });
  out.touched = bench::rate(how, static_cast<double>(bytes), [&] { into = u + v; });
  out.moved = bench::rate(how, static_cast<double>(bytes), [&] { std::copy_n(u.data(), words, into.data()); });
  out.a_step = bench::loopback(how).round_trip_us * 0.5e-6;  // the players wake each other
  out.processors = std::thread::hardware_concurrency();
  return out;
}

/// A network with its weights, at a player or a planner.
template <ComparingProtocol P>
std::unique_ptr<nn::model<P>> model_of(networks::network const& what, party& self) {
  auto model = std::make_unique<nn::model<P>>(what.sample);
  auto last = model->input();
  for (auto const& described : what.layers)
    last = std::visit([&](auto const& layer) { return model->add(layer, {last}); }, described);
  std::vector<private_tensor<P>> weights;
  auto const word = P::fixed::encode(0.03125);
  for (auto const& shape : model->weight_shapes()) {
    weights.emplace_back(self,
                         P::input(
                             self, 3, shape, [&] { return tensor<typename P::ring>(shape, word); }, phase::set_up));
    weights.back().share().make_lasting();
  }
  model->set_weights(weights);
  return model;
}

/// From the client's images to its logits.
template <ComparingProtocol P>
auto ask(party& self, nn::model<P> const& model, std::size_t batch) {
  auto const word = P::fixed::encode(0.5);
  shape_type const shape{batch, 28, 28, 1};
  private_tensor<P> const x(self, P::input(self, 3, shape, [&] { return tensor<typename P::ring>(shape, word); }));
  return P::output(self, 3, model(x).share());
}

template <ComparingProtocol P>
void compare(bench::options const& how, bench::online_table& rows, machine_speed const& machine,
             networks::network const& what, std::string const& protocol, std::size_t batch) {
  auto const planned =
      plan<P>({"owner"}, [&](auto& on) { (void)ask<P>(on.self(), *model_of<P>(what, on.self()), batch); });
  auto const predicted =
      planned.predict({.round_trip_ms = wide_area.round_trip_ms, .mbit = wide_area.mbit, .window = 0}, machine);
  for (auto const when : {bench::dealing::included, bench::dealing::ahead}) {
    auto const f = bench::online<P>(
        how, when, [&](party& self) { return model_of<P>(what, self); }, [](party&, auto const&) { return 0; },
        [&](party& self, auto const& model, int) { return ask<P>(self, *model, batch); }, wide_area);
    bool const ahead = when == bench::dealing::ahead;
    auto wire = planned.online;
    if (ahead) wire.dealt = 0;
    if (wire != f.wire) throw error(fmt::format("{} {}: not the rounds and bytes of its plan", what.name, batch));
    rows.add_predicted(fmt::format("plan_{}_{}_{}_{}", what.name, batch, protocol, ahead ? "online" : "whole"), f,
                       1e3 * (ahead ? predicted.online : predicted.whole));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  auto how = bench::parse(argc, argv);
  bool const smoke = how.how_long == bench::options::effort::smoke;
  bench::online_table rows(how);
  auto const machine = measured_speed(how);
  bench::table::note(
      fmt::format("for predictions: {:.1f} GMAC/s, GB/s: {:.1f} drawn, {:.1f} touched, {:.1f} moved; {:.0f} us a step",
                  machine.multiply_adds * 1e-9, machine.drawn * 1e-9, machine.touched * 1e-9, machine.moved * 1e-9,
                  machine.a_step * 1e6));
  if (!smoke) how.how_long = bench::options::effort::quick;  // a run takes seconds, whatever the machine
  for (std::size_t const batch : {1U, 128U})
    for (auto const& what : networks::all_networks()) {
      if (smoke && (batch != 1 || what.name != "H")) continue;
      compare<pond<ring64, 16>>(how, rows, machine, what, "pond", batch);
      compare<securenn<ring64, 16>>(how, rows, machine, what, "securenn", batch);
    }
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
