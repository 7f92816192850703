// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "service.hpp"

#include <koi/serve/secure_door.hpp>
#include <koi/serve/settings_digest.hpp>
#include <koi/session/run.hpp>
#include <koi/version.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <ctime>

namespace service {

/// A line with the time in front.
inline void log(std::string const& player, std::string_view line) {
  auto const now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  fmt::print("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z {}: {}\n", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
             parts.tm_hour, parts.tm_min, parts.tm_sec, player, line);
  std::fflush(stdout);
}

/// No core image of this process is written, and no other process of its user may look into it: it holds shares.
inline void keep_to_itself() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::rlimit const none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

template <class P>
int serve(koi::serve::group_settings const& group, std::string const& player) {
  keep_to_itself();
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // for the threads that follow, too
  std::signal(SIGPIPE, SIG_IGN);

  auto options = koi::serve::options_of(group, player);
  options.engine.log = [player](std::string_view line) { log(player, line); };
  std::vector<std::string> names{"server0", "server1"};
  auto const& all = group.players.players();
  for (auto const& helper : P::helper_names())
    if (std::find(all.begin(), all.end(), helper) != all.end()) {
      names.push_back(helper);
      break;
    }
  auto const players = group.players.only(names);
  koi::session_options how;
  how.program = program_name;
  how.config = options.config = koi::serve::settings_digest(group);
  how.limits.round = group.step;
  how.limits.owner = group.lost_after;
  how.limits.stock = 2 * group.stock_bytes;
  how.connect_wait = group.connect;
  how.channel.unanswered_wait = group.lost_after;
  how.channel.keep_alive_idle = how.channel.keep_alive_interval = std::chrono::seconds(1);  // the shortest there is
  how.channel.keep_alive_probes = 2;
  auto const meet = [&] { return koi::connect_session<P>(players, player, how); };
  bool const has_clients = group.clients.contains(player);
  koi::serve::secure_door door(group.players, player, [player](std::string const& line) { log(player, line); });
  if (has_clients) door.check_address(options.clients_host);
  auto const secure = door.is_secure();
  koi::serve::server<P, koi::serve::secure_door> running(std::move(options), meet, std::move(door));
  log(player, fmt::format("koi {}.{}.{}, {}", KOI_VERSION_MAJOR, KOI_VERSION_MINOR, KOI_VERSION_PATCH, P::name()));
  if (has_clients)
    log(player, fmt::format("clients call port {}, over {}", running.clients_port(),
                            secure ? "TLS" : "plain TCP: nobody proves an identity"));
  if (has_clients && !group.has_policy)
    log(player, "there is no policy in the configuration, so nobody may use, upload or remove anything");
  if (running.status_port() != 0) log(player, fmt::format("health and metrics are on port {}", running.status_port()));
  int signal = 0;
  sigwait(&ends, &signal);
  log(player, "stops: answers what waits");
  pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);  // a second signal ends it at once
  running.stop();
  running.wait();
  log(player, "has stopped");
  return 0;
}

}  // namespace service
