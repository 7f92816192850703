// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The papers' networks A, B, C and D on images of 28 x 28. Timing only: tests/nn and examples/networks check the
// results.
#include "bench/support/network.hpp"

namespace {

using namespace koi;

/// Bits in use: 32 for the fractions of a product, and numbers below 2^9, of which two are subtracted.
constexpr std::size_t width = 42;

template <class Network>
void measure(bench::options const& how, bench::online_table& rows) {
  for (std::size_t const batch : {1, 128}) {
    bench::measure_total<pond<ring64, 16>, Network>(how, rows, "pond", batch);
    bench::measure_total<pond<ring64, 16, assisted, pond_policy::carry_tree<3, width>>, Network>(
        how, rows, fmt::format("pond_{}_bits", width), batch);
    bench::measure_total<securenn<ring64, 16>, Network>(how, rows, "securenn", batch);
    bench::measure_total<securenn<ring64, 16, assisted, securenn_policy::three_round<width>>, Network>(
        how, rows, fmt::format("securenn_{}_bits", width), batch);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::online_table rows(how);
  measure<bench::network_a>(how, rows);
  measure<bench::network_b>(how, rows);
  measure<bench::network_c>(how, rows);
  measure<bench::network_d>(how, rows);
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
