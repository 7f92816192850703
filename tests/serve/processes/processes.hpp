// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/serve/processes/relay.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace koi_tests {

/// Ends the program with status 1, after the message.
[[noreturn]] void give_up(std::string const& why);

/// Whether it becomes true within so long.
[[nodiscard]] bool becomes(std::chrono::milliseconds within, std::function<bool()> const& condition);

/// What a program printed, and how it ended: its status, or -signal.
struct finished {
  int status = 0;
  std::string output;
};

struct group_options {
  std::string program;           ///< koi
  std::filesystem::path folder;  ///< where everything is written
  std::string protocol = "pond";
  bool tls = true;
  bool relays = false;  ///< between each two players, and in front of the clients' doors
  bool record = false;  ///< by the relays
  std::string more;     ///< further members of the group's file, each with a comma in front
};

/// The three players of a service as processes of this machine, on free loopback ports. The hospital owns models and
/// the clinic asks.
class processes {
 public:
  explicit processes(group_options options);
  processes(processes const&) = delete;
  processes& operator=(processes const&) = delete;
  ~processes();

  [[nodiscard]] std::vector<std::string> const& players() const noexcept { return players_; }
  [[nodiscard]] std::filesystem::path const& folder() const noexcept { return options_.folder; }
  /// The file for clients and owners.
  [[nodiscard]] std::filesystem::path config() const { return options_.folder / "group.json"; }
  [[nodiscard]] std::filesystem::path log_of(std::string const& player) const {
    return options_.folder / (player + ".log");
  }
  [[nodiscard]] std::string const& protocol() const noexcept { return options_.protocol; }
  [[nodiscard]] bool tls() const noexcept { return options_.tls; }

  void start(std::string const& player);
  /// kill -9, or another signal; returns how it ended.
  int end(std::string const& player, int signal = 9);
  [[nodiscard]] pid_t pid(std::string const& player) const { return pids_.at(player); }
  /// Gives up if a player that runs has ended by itself.
  void demand_all_alive();
  [[nodiscard]] std::size_t resident_kib(std::string const& player) const;

  [[nodiscard]] std::uint16_t players_port(std::string const& player) const { return ports_.at(player); }
  [[nodiscard]] std::uint16_t clients_port(std::string const& server) const { return client_ports_.at(server); }
  [[nodiscard]] std::uint16_t status_port(std::string const& player) const { return status_ports_.at(player); }
  /// What its status page says at this path; empty where nobody answers.
  [[nodiscard]] std::string page(std::string const& player, std::string const& path) const;
  [[nodiscard]] bool is_up(std::string const& player) const {
    return page(player, "/healthz").starts_with("HTTP/1.1 200");
  }
  [[nodiscard]] bool all_up() const;

  /// koi with these arguments, as the hospital or the clinic or nobody.
  [[nodiscard]] finished koi(std::vector<std::string> const& arguments) const;
  [[nodiscard]] finished upload(std::string const& model, std::filesystem::path const& onnx) const;

  /// The ways between players: what `caller` says to `callee` goes through it.
  [[nodiscard]] relay& between(std::string const& caller, std::string const& callee) {
    return *relays_.at({caller, callee});
  }
  [[nodiscard]] relay& before_clients(std::string const& server) { return *relays_.at({"clients", server}); }
  /// All relays that end at a player or begin there.
  [[nodiscard]] std::vector<relay*> around(std::string const& player);
  [[nodiscard]] std::vector<relay*> all_relays();

 private:
  void write_configuration(std::string const& reader, std::filesystem::path const& file);

  group_options options_;
  std::vector<std::string> players_;
  std::map<std::string, std::uint16_t> ports_, client_ports_, status_ports_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<relay>> relays_;
  std::map<std::string, pid_t> pids_;
};

/// Runs a program to its end.
[[nodiscard]] finished run(std::vector<std::string> const& command, std::filesystem::path const& output);

}  // namespace koi_tests
