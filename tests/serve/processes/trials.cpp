// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// koi_trials NAME --koi PROGRAM --folder FOLDER [--digits FOLDER] [--protocol pond|securenn] [--plain] [--seed N]
//            [--count N] [--patience SECONDS] [--deadline SECONDS]
//
// The prediction service as processes, and what becomes of it: kills, outages, strangers, load, wire, secrets. Ends
// with 0 and "all is well", or with 1 and what was not. The seed is printed, so that a run can be done again.
#include "tests/serve/processes/trials.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
#include <string_view>

namespace koi_tests {

known_model small_network(trial_options const& o) {
  known_model out{plain_network(784, 16, 10, 7), load_digits({}, false, 200), o.folder / "digits.onnx"};
  out.network.train(out.data, 2);
  out.network.write_onnx(out.file);
  return out;
}

known_model large_network(trial_options const& o) {
  known_model out{plain_network(784, 512, 10, 7), load_digits(o.digits, false, 10'000), o.folder / "h.onnx"};
  out.network.train(load_digits(o.digits, true, 6'000), 2);
  out.network.write_onnx(out.file);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < out.data.size(); ++i)
    hits += argmax(out.network.scores(out.data.row(i))) == out.data.labels[i];
  std::printf("784-512-10, right for %zu of %zu %s images\n", hits, out.data.size(),
              o.digits.empty() ? "drawn" : "MNIST");
  return out;
}

group_options group_of(trial_options const& o, bool relays) {
  return {.program = o.program,
          .folder = o.folder / "group",
          .protocol = o.protocol,
          .tls = o.tls,
          .relays = relays,
          .record = false,
          .more = ""};
}

void start_with(processes& group, std::string const& name, std::filesystem::path const& onnx) {
  for (auto const& player : group.players()) group.start(player);
  if (!becomes(std::chrono::seconds(60), [&] { return group.all_up(); })) give_up("the players do not meet");
  if (auto const up = group.upload(name, onnx); up.status != 0) give_up("no upload: " + up.output);
}

void demand_service(processes& group, trial_options const& o, std::string const& name, known_model const& model,
                    std::size_t requests) {
  tally all;
  if (!becomes(o.patience, [&] { return group.all_up(); })) give_up("the players do not meet");
  person clinic(group.config(), client_name(o));
  if (!becomes(o.patience, [&] { return clinic.finds(name, 0); })) give_up(name + " is not ready");
  for (std::size_t i = 0; i < requests; ++i)
    all.add(clinic.ask(name, model.network, model.data, i, 1 + i % 3, i % 2 == 0));
  if (all.count(ending::right) == requests) return;
  all.print();
  give_up("the service does not work as before");
}

void demand_clean_logs(processes const& group) {
  for (auto const& player : group.players()) {
    std::ifstream in(group.log_of(player));
    for (std::string line; std::getline(in, line);)
      for (auto const* word : {"Sanitizer", "runtime error", "terminate called"})
        if (line.find(word) != std::string::npos) give_up(player + " says: " + line);
  }
}

void demand_steps_told(processes const& group) {
  std::size_t told = 0;
  for (auto const& player : group.players()) {
    std::ifstream in(group.log_of(player));
    for (std::string line; std::getline(in, line);) {
      if (line.find("was awaited") == std::string::npos) continue;
      if (line.find(": operation ") == std::string::npos) give_up(player + " does not say in which step: " + line);
      ++told;
    }
  }
  if (told == 0) give_up("no log says in which step a player was lost");
  std::printf("%zu losses in the logs, each with its step\n", told);
}

void print_line(processes const& group, std::string const& text) {
  std::printf("%s; MiB:", text.c_str());
  for (auto const& player : group.players())
    std::printf(" %s %.1f", player.c_str(), static_cast<double>(group.resident_kib(player)) / 1024);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace koi_tests

int main(int argc, char** argv) try {
  using namespace koi_tests;
  struct trial {
    char const* name;
    int (*run)(trial_options const&);
    std::size_t count;
  };
  constexpr std::array<trial, 6> trials{{{"kills", kills, 200},
                                         {"outages", outages, 20},
                                         {"strangers", strangers, 100},
                                         {"load", load, 20'000},
                                         {"wire", wire, 20},
                                         {"secrets", secrets, 20}}};
  trial const* chosen = nullptr;
  for (auto const& each : trials)
    if (argc > 1 && std::string_view(argv[1]) == each.name) chosen = &each;
  if (chosen == nullptr) give_up("name one of kills, outages, strangers, load, wire, secrets");
  trial_options o;
  o.count = chosen->count;
  o.seed = std::random_device{}();
  for (int i = 2; i < argc; ++i) {
    std::string const key = argv[i];
    if (key == "--plain") {
      o.tls = false;
      continue;
    }
    if (i + 1 == argc) give_up(key + " needs a value");
    std::string const value = argv[++i];
    if (key == "--koi")
      o.program = value;
    else if (key == "--folder")
      o.folder = value;
    else if (key == "--digits")
      o.digits = value;
    else if (key == "--protocol")
      o.protocol = value;
    else if (key == "--seed")
      o.seed = static_cast<unsigned>(std::stoul(value));
    else if (key == "--count")
      o.count = std::stoul(value);
    else if (key == "--patience")
      o.patience = std::chrono::seconds(std::stoul(value));
    else if (key == "--deadline")
      o.deadline = std::chrono::seconds(std::stoul(value));
    else
      give_up("unknown option " + key);
  }
  if (o.program.empty() || o.folder.empty()) give_up("--koi and --folder are needed");
  std::filesystem::remove_all(o.folder);
  std::filesystem::create_directories(o.folder);
  std::printf("%s, %s, %s, --seed %u\n", chosen->name, o.protocol.c_str(), o.tls ? "TLS" : "plain TCP", o.seed);
  std::fflush(stdout);
  auto const status = chosen->run(o);
  if (status == 0) std::printf("all is well\n");
  return status;
} catch (std::exception const& e) {
  koi_tests::give_up(e.what());
}
