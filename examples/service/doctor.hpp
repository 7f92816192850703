// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// koi doctor: what is wrong, where, and what to do.
#include "service.hpp"

#include <koi/serve/doctor.hpp>
#include <koi/serve/settings_digest.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace service {

struct doctor_settings {
  std::string config, player, data;
  unsigned wait_ms = 3000;
};

/// 0 if nothing is broken, else 1.
inline int examine(doctor_settings const& s) {
  auto const group = koi::serve::load_group(s.config);
  koi::serve::doctor_options o;
  o.wait = std::chrono::milliseconds(s.wait_ms);
  o.clients = group.clients;
  o.status = group.status;
  o.protocol = group.protocol;
  o.ring_bits = fixed::ring::bits;
  o.frac_bits = fixed::frac_bits;
  o.program = program_name;
  o.config = koi::serve::settings_digest(group);
  o.settings = koi::serve::common_settings;
  if (s.player == "server0" || s.player == "server1")
    o.data = s.data.empty() ? group.data / s.player : std::filesystem::path(s.data) / s.player;
  o.each = [](koi::serve::finding const& f) {
    fmt::print("{}\n", to_string(f));
    std::fflush(stdout);
  };
  auto const found = koi::serve::doctor(group.players, s.player, std::move(o)).examine();
  auto const broken =
      std::count_if(found.begin(), found.end(), [](auto const& f) { return f.is == koi::serve::verdict::broken; });
  if (broken != 0) {
    fmt::print("{} of {} checks are broken\n", broken, found.size());
    return 1;
  }
  fmt::print("nothing is broken, as far as {} sees\n", s.player);
  return 0;
}

/// The sub-command; `chosen` is set where it is what the user asked for.
template <class Settings>
void declare_doctor(CLI::App& in, std::function<int(Settings const&)>& chosen) {
  auto const s = std::make_shared<doctor_settings>();
  auto* const sub = in.add_subcommand("doctor", "Look at a player's keys, ports and links, and name what is broken");
  sub->add_option("--config", s->config, "The group's file")->required()->check(CLI::ExistingFile);
  sub->add_option("--player", s->player, "The player of this machine")->required();
  sub->add_option("--data", s->data, "The folder in which models lie, in place of the configuration's");
  sub->add_option("--wait-ms", s->wait_ms, "How long each other machine has for each answer")->capture_default_str();
  sub->footer("Example: koi doctor --config group.json --player server0");
  sub->callback([&chosen, s] { chosen = [s](Settings const&) { return examine(*s); }; });
}

}  // namespace service
