// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// What this machine can do, without koi.
#include "bench/support/machine.hpp"

#include <benchmark/benchmark.h>

int main(int argc, char** argv) try {
  using namespace koi;
  auto const how = bench::parse(argc, argv);
  bench::begin(how);
  bench::table rows(how);
  rows.add({"machine_dgemm_768", bench::dgemm_gmacs(how), "GMAC/s"});
  if constexpr (bench::lane_peak::exists) {
    bench::lane_peak peak;
    rows.add({"machine_u64_lanes", bench::rate(how, peak.gmacs, [&] { peak(); }), "GMAC/s"});
    benchmark::DoNotOptimize(peak.result());
  }
  rows.add({"machine_aes_128_ctr", bench::aes_ctr_gbs(how), "GB/s"});
  auto const wire = bench::loopback(how);
  rows.add({"machine_loopback_round_trip", wire.round_trip_us, "us"});
  rows.add({"machine_loopback_one_way", wire.gbs, "GB/s"});
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
