// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include <algorithm>
#include <cstdio>

namespace koi_tests {

namespace {

using milliseconds = std::chrono::milliseconds;

[[nodiscard]] std::size_t failures(tally const& of) { return of.count(ending::refused) + of.count(ending::lost); }

}  // namespace

int outages(trial_options const& o) {
  std::mt19937 random(o.seed);
  auto const between = [&](unsigned least_ms, unsigned most_ms) {
    return milliseconds(least_ms + random() % (most_ms - least_ms));
  };
  auto const model = small_network(o);
  processes group(group_of(o, true));
  start_with(group, "digits", model.file);
  tally all;
  crowd clients({.config = group.config(),
                 .name = client_name(o),
                 .model = "digits",
                 .clients = 4,
                 .most_samples = 3,
                 .seed = o.seed},
                model.network, model.data, all);
  auto const works_again = [&](std::string const& after) {
    auto const before = all.count(ending::right);
    if (!becomes(o.patience, [&] { return group.all_up() && all.count(ending::right) > before + 5; })) {
      all.print();
      give_up("no answers after " + after);
    }
    group.demand_all_alive();
  };

  // A hitch below what counts as a loss costs time and nothing else.
  works_again("the start");
  std::this_thread::sleep_for(milliseconds(500));
  for (std::size_t i = 0; i < o.count; ++i) {
    auto const ways = group.all_relays();
    auto const before = failures(all);
    auto* const way = ways[random() % ways.size()];
    way->stall(true);
    std::this_thread::sleep_for(between(20, 400));
    way->stall(false);
    std::this_thread::sleep_for(milliseconds(300));
    if (failures(all) != before) {
      all.print();
      give_up("a request failed because of a hitch of less than half a second");
    }
  }
  print_line(group, std::to_string(o.count) + " hitches, " + std::to_string(all.count(ending::right)) +
                        " right answers, no error");

  // Slow links: everything takes longer.
  for (auto* way : group.all_relays()) way->delay(milliseconds(20));
  works_again("20 ms more on each link");
  for (auto* way : group.all_relays()) way->delay(milliseconds(0));

  for (std::size_t i = 0; i < o.count; ++i) {
    auto const ways = group.all_relays();
    auto* const way = ways[random() % ways.size()];
    auto const kind = random() % 3;
    if (kind == 0) {
      way->cut();
    } else if (kind == 1) {  // one link
      way->stall(true);
      std::this_thread::sleep_for(between(500, 4000));
      way->stall(false);
    } else {  // all links of a player
      auto const around = group.around(group.players()[random() % 3]);
      for (auto* each : around) each->stall(true);
      std::this_thread::sleep_for(between(500, 4000));
      if (random() % 2 == 0)
        for (auto* each : around) each->cut();
      for (auto* each : around) each->stall(false);
    }
    std::this_thread::sleep_for(between(0, 500));
    if (random() % 2 == 0) works_again("stall " + std::to_string(i));
  }
  works_again("the stalls");
  print_line(group, std::to_string(o.count) + " stalls and cuts, " + std::to_string(all.count(ending::right)) +
                        " right answers");
  clients.stop();
  all.print();
  all.demand_well(o.deadline);

  // A player is out of reach for 40 seconds: the others say so within the deadline, and go on when it is back.
  for (auto const& name : group.players()) {
    tally meanwhile;
    crowd askers({.config = group.config(), .name = client_name(o), .model = "digits", .clients = 4, .seed = o.seed},
                 model.network, model.data, meanwhile);
    if (!becomes(o.patience, [&] { return meanwhile.count(ending::right) > 5; }))
      give_up("no answers before the outage of " + name);
    for (auto* each : group.around(name)) each->stall(true);
    auto const witness = name == "server0" ? "server1" : "server0";
    if (!becomes(o.deadline, [&] { return group.page(witness, "/healthz").find(name) != std::string::npos; }))
      give_up(std::string(witness) + " does not say that " + name + " is away: " + group.page(witness, "/healthz"));
    std::this_thread::sleep_for(std::chrono::seconds(40));
    group.demand_all_alive();
    for (auto* each : group.around(name)) each->stall(false);
    auto const before = meanwhile.count(ending::right);
    auto const since = std::chrono::steady_clock::now();
    if (!becomes(o.patience, [&] { return group.all_up() && meanwhile.count(ending::right) > before + 5; })) {
      meanwhile.print();
      give_up("no answers after the outage of " + name);
    }
    auto const took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - since);
    askers.stop();
    meanwhile.print();
    meanwhile.demand_well(o.deadline);
    print_line(group, "40 s without " + name + ", and answers " + std::to_string(took.count()) + " ms later");
  }
  demand_service(group, o, "digits", model, 50);
  demand_clean_logs(group);
  demand_steps_told(group);
  return 0;
}

}  // namespace koi_tests
