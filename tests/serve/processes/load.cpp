// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include <algorithm>
#include <cstdio>

namespace koi_tests {

namespace {

struct throughput {
  double per_second = 0, p50 = 0, p99 = 0;
};

/// So many clients until all requests are asked; every answer must be right.
[[nodiscard]] throughput ask_all(processes& group, trial_options const& o, known_model const& model,
                                 std::size_t clients, std::size_t requests, std::size_t table_every = 0) {
  tally all;
  auto const since = std::chrono::steady_clock::now();
  crowd askers({.config = group.config(),
                .name = client_name(o),
                .model = "h",
                .clients = clients,
                .requests = requests,
                .seed = o.seed},
               model.network, model.data, all);
  for (std::size_t due = table_every; table_every != 0 && due <= requests; due += table_every) {
    while (all.all() < due && becomes(std::chrono::minutes(5), [&] { return all.all() >= due; })) {
    }
    print_line(group, std::to_string(all.all()) + " requests");
    group.demand_all_alive();
  }
  askers.wait();
  auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
  throughput const out{static_cast<double>(requests) / seconds, all.quantile(0.5), all.quantile(0.99)};
  std::printf("%3zu clients: %zu of %zu right, %.0f a second; p50 %.1f ms, p99 %.1f ms\n", clients,
              all.count(ending::right), requests, out.per_second, out.p50, out.p99);
  if (all.count(ending::right) != requests) {
    all.print();
    give_up("not all answers came, or were right");
  }
  return out;
}

}  // namespace

int load(trial_options const& o) {
  auto const model = large_network(o);
  auto const memory = [](processes const& group) {
    std::size_t sum = 0;
    for (auto const& player : group.players()) sum += group.resident_kib(player);
    return sum;
  };
  auto options = group_of(o, false);
  options.more = R"(, "limits": {"stock_mib": 64, "requests_per_client": 400})";
  processes group(options);
  start_with(group, "h", model.file);
  (void)ask_all(group, o, model, 1, std::min<std::size_t>(o.count / 50 + 1, 400));
  (void)ask_all(group, o, model, 64, o.count / 4);
  auto const before = memory(group);
  (void)ask_all(group, o, model, 200, o.count, std::max<std::size_t>(o.count / 20, 1));
  auto const after = memory(group);
  std::printf("memory of all players: %zu MiB before, %zu MiB after\n", before / 1024, after / 1024);
  // what allocators keep is some megabytes; a leak of one request's bytes would be a hundred
  if (after > before + before / 4 + 32 * 1024) give_up("memory grows");
  demand_clean_logs(group);
  return 0;
}

}  // namespace koi_tests
