// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The network H, 784-512-10 with ReLU. Timing only: tests/nn and examples/mnist check the results.
#include "bench/support/network.hpp"

namespace {

using namespace koi;

constexpr bench::link_model wide_area{.round_trip_ms = 40, .mbit = 352};

/// From shares of the images to shares of the logits.
template <ComparingProtocol P>
void measure_total(bench::options const& how, bench::online_table& rows, std::string const& protocol, std::size_t batch) {
  auto const shared = [&](party& self, auto const&) { return bench::filled<P>(self, {batch, 28, 28, 1}, 0.5); };
  auto const predict = [](party&, auto const& model, auto const& x) { return (*model)(x); };
  auto const total = bench::online<P>(how, bench::dealing::included, bench::network_h::make<P>, shared, predict);
  rows.add(fmt::format("h_{}_{}", batch, protocol), "_total", total, bench::dealing::included,
           static_cast<double>(batch) * bench::network_h::multiply_adds);
}

template <ComparingProtocol P>
void measure(bench::options const& how, bench::online_table& rows, std::string const& protocol, std::size_t batch) {
  auto const name = fmt::format("h_{}_{}", batch, protocol);
  double const multiply_adds = static_cast<double>(batch) * bench::network_h::multiply_adds;
  shape_type const shape{batch, 28, 28, 1};

  measure_total<P>(how, rows, protocol, batch);

  // the same with all that depends on no input made before
  auto const shared = [&](party& self, auto const&) { return bench::filled<P>(self, shape, 0.5); };
  auto const predict = [](party&, auto const& model, auto const& x) { return (*model)(x); };
  auto const online = bench::online<P>(how, bench::dealing::ahead, bench::network_h::make<P>, shared, predict);
  rows.add(name, "_online", online, bench::dealing::ahead, multiply_adds);

  // from the client's images to its logits
  auto const query = [&](party& self, auto const& model, int) {
    return P::output(self, 3, (*model)(bench::filled<P>(self, shape, 0.5)).share());
  };
  auto const with_client = bench::online<P>(
      how, bench::dealing::included, bench::network_h::make<P>, [](party&, auto const&) { return 0; }, query);
  rows.add(name + "_client", "", with_client, bench::dealing::included, multiply_adds);
}

/// One image over a slow link, from the client's first byte to its logits; all that depends on no
/// input is made before.
template <ComparingProtocol P>
void over_a_slow_link(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  shape_type const shape{1, 28, 28, 1};
  auto const f = bench::online<P>(
      how, bench::dealing::ahead, bench::network_h::make<P>, [](party&, auto const&) { return 0; },
      [&](party& self, auto const& model, int) {
        return P::output(self, 3, (*model)(bench::filled<P>(self, shape, 0.5)).share());
      },
      wide_area);
  rows.add_flights("h_1_" + protocol + "_wan", f, wide_area);
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::online_table rows(how);
  for (std::size_t const batch : {1, 128}) {
    measure<pond<ring64, 16>>(how, rows, "pond", batch);
    measure<securenn<ring64, 16>>(how, rows, "securenn", batch);
    measure_total<pond<ring64, 16, assisted, pond_policy::carry_tree<3, 42>>>(how, rows, "pond_42_bits", batch);
    measure_total<securenn<ring64, 16, assisted, securenn_policy::three_round<42>>>(how, rows, "securenn_42_bits", batch);
  }
  over_a_slow_link<pond<ring64, 16, assisted, pond_policy::comparison_keys<>>>(how, rows, "pond_keys");
  over_a_slow_link<pond<ring64, 16>>(how, rows, "pond");
  over_a_slow_link<securenn<ring64, 16>>(how, rows, "securenn");
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
