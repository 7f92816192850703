// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/serve/processes/crowd.hpp"
#include "tests/serve/processes/processes.hpp"

namespace koi_tests {

struct trial_options {
  std::string program;  ///< koi
  std::filesystem::path folder;
  std::filesystem::path digits;  ///< MNIST; empty: drawn ones
  std::string protocol = "pond";
  bool tls = true;
  unsigned seed = 1;
  std::size_t count = 0;                       ///< kills, requests, rounds: each trial has its own
  std::chrono::milliseconds patience{60'000};  ///< until the service works again
  std::chrono::milliseconds deadline{15'000};  ///< for an error to be told
};

/// kill -9 of players at random moments, under load.
int kills(trial_options const& o);
/// Links that stall for a moment, for seconds and for good, or are cut.
int outages(trial_options const& o);
/// Callers that are no clients and no players, at every door.
int strangers(trial_options const& o);
/// Many clients at once: memory, latencies and throughput.
int load(trial_options const& o);
/// What a listener between the players sees.
int wire(trial_options const& o);
/// What is left in logs, metrics, and the memory of servers.
int secrets(trial_options const& o);

// --- what they share

struct known_model {
  plain_network network;
  digits data;
  std::filesystem::path file;
};
/// One that costs little; another one for `load`.
[[nodiscard]] known_model small_network(trial_options const& o);
[[nodiscard]] known_model large_network(trial_options const& o);

[[nodiscard]] group_options group_of(trial_options const& o, bool relays);
[[nodiscard]] inline std::string client_name(trial_options const& o) { return o.tls ? "clinic" : ""; }
/// Starts the players and uploads a model.
void start_with(processes& group, std::string const& name, std::filesystem::path const& onnx);
/// So many requests in a row, all of which must be answered, and right.
void demand_service(processes& group, trial_options const& o, std::string const& name, known_model const& model,
                    std::size_t requests);
/// No server said anything that a sanitizer or an uncaught exception says.
void demand_clean_logs(processes const& group);
/// Who lost another player in a computation said in which of its steps.
void demand_steps_told(processes const& group);
/// Memory of each player, behind a text.
void print_line(processes const& group, std::string const& text);

}  // namespace koi_tests
