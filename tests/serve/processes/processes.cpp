// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/processes.hpp"

#include "tests/serve/processes/sockets.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace koi_tests {

namespace {

[[nodiscard]] std::string content_of(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A process that writes what it says to a file, and has none of this program's descriptors.
pid_t spawn(std::vector<std::string> const& command, std::filesystem::path const& output, bool append) {
  std::vector<char*> arguments;
  for (auto const& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  int const to = ::open(output.c_str(), O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), 0600);
  pid_t const child = ::fork();
  if (child < 0) give_up("cannot fork");
  if (child != 0) {
    ::close(to);
    return child;
  }
  ::dup2(to, 1);
  ::dup2(to, 2);
  ::close_range(3, ~0U, 0);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

[[nodiscard]] int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

void give_up(std::string const& why) {
  std::printf("FAILED: %s\n", why.c_str());
  std::fflush(stdout);
  std::exit(1);
}

bool becomes(std::chrono::milliseconds within, std::function<bool()> const& condition) {
  auto const end = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

finished run(std::vector<std::string> const& command, std::filesystem::path const& output) {
  auto const status = status_of(spawn(command, output, false));
  return {status, content_of(output)};
}

processes::processes(group_options options) : options_(std::move(options)) {
  std::signal(SIGPIPE, SIG_IGN);
  std::filesystem::create_directories(options_.folder);
  players_ = {"server0", "server1", options_.protocol == "pond" ? "crypto-producer" : "server2"};
  for (auto const& name : players_) {
    ports_[name] = free_port();
    status_ports_[name] = free_port();
  }
  for (auto const* server : {"server0", "server1"}) client_ports_[server] = free_port();
  if (options_.relays) {
    for (auto const& a : players_)
      for (auto const& b : players_)
        if (a != b) relays_[{a, b}] = std::make_unique<relay>(ports_[b], options_.record);
    for (auto const& [server, port] : client_ports_)
      relays_[{"clients", server}] = std::make_unique<relay>(port, options_.record);
  }
  write_configuration("clients", config());
  for (auto const& name : players_) write_configuration(name, options_.folder / (name + ".json"));
  if (!options_.tls) return;
  if (auto const made = koi({"keys", "--add", "hospital", "clinic"}); made.status != 0)
    give_up("koi keys: " + made.output);
}

processes::~processes() {
  for (auto const& [name, pid] : pids_) ::kill(pid, SIGKILL);
  for (auto const& [name, pid] : pids_) ::waitpid(pid, nullptr, 0);
}

void processes::write_configuration(std::string const& reader, std::filesystem::path const& file) {
  std::ofstream out(file);
  out << "{\"protocol\": \"" << options_.protocol << "\",\n \"players\": {\"players\": {";
  auto const way = [&](std::string const& to, std::uint16_t direct) {
    auto const at = relays_.find({reader, to});
    return "\"127.0.0.1:" + std::to_string(at == relays_.end() ? direct : at->second->port()) + "\"";
  };
  auto const* comma = "";
  for (auto const& name : players_) {
    out << comma << "\"" << name << "\": {\"address\": " << way(name, ports_[name]) << "}";
    comma = ", ";
  }
  out << "}, \"transport\": \"" << (options_.tls ? "tls" : "plain") << "\"},\n \"clients\": {";
  bool const serves = reader != "clients";
  auto const clients_at = [&](std::string const& server) {
    return serves ? "\"127.0.0.1:" + std::to_string(client_ports_[server]) + "\"" : way(server, client_ports_[server]);
  };
  out << "\"server0\": " << clients_at("server0") << ", \"server1\": " << clients_at("server1") << "},\n \"status\": {";
  comma = "";
  for (auto const& name : players_) {
    out << comma << "\"" << name << "\": \"127.0.0.1:" << status_ports_[name] << "\"";
    comma = ", ";
  }
  out << "},\n \"policy\": {\"models\": {\"*\": {\"use\": [\"*\"], \"upload\": [\"*\"], \"remove\": [\"*\"], "
         "\"reveal\": \"scores\"}}}"
      << options_.more << "}\n";
}

void processes::start(std::string const& player) {
  pids_[player] = spawn(
      {options_.program, "serve", "--config", (options_.folder / (player + ".json")).string(), "--player", player},
      log_of(player), true);
}

int processes::end(std::string const& player, int signal) {
  auto const at = pids_.find(player);
  ::kill(at->second, signal);
  auto const status = status_of(at->second);
  pids_.erase(at);
  return status;
}

void processes::demand_all_alive() {
  for (auto const& [name, pid] : pids_) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == 0) continue;
    std::system(("tail -n 30 '" + log_of(name).string() + "'").c_str());
    give_up(name + " has ended by itself, with status " + std::to_string(status));
  }
}

std::size_t processes::resident_kib(std::string const& player) const {
  auto const at = pids_.find(player);
  if (at == pids_.end()) return 0;
  std::istringstream in(content_of("/proc/" + std::to_string(at->second) + "/status"));
  for (std::string word; in >> word;)
    if (word == "VmRSS:") {
      std::size_t kib = 0;
      in >> kib;
      return kib;
    }
  return 0;
}

std::string processes::page(std::string const& player, std::string const& path) const {
  socket_handle const s(call(status_ports_.at(player)));
  if (s.get() < 0) return {};
  timeval const patience{5, 0};
  ::setsockopt(s.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto const text = "GET " + path + " HTTP/1.1\r\n\r\n";
  ::send(s.get(), text.data(), text.size(), MSG_NOSIGNAL);
  std::string out;
  std::array<char, 4096> buffer;
  for (;;) {
    auto const n = ::recv(s.get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

bool processes::all_up() const {
  return std::all_of(players_.begin(), players_.end(), [this](auto const& name) { return is_up(name); });
}

finished processes::koi(std::vector<std::string> const& arguments) const {
  std::vector<std::string> command{options_.program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.begin() + 2, {"--config", config().string()});
  static std::atomic<unsigned> number{0};
  auto const file = options_.folder / ("koi." + std::to_string(++number) + ".log");
  auto out = run(command, file);
  std::filesystem::remove(file);
  return out;
}

finished processes::upload(std::string const& model, std::filesystem::path const& onnx) const {
  std::vector<std::string> arguments{"upload", "--model", model, onnx.string()};
  if (options_.tls) arguments.insert(arguments.begin() + 1, {"--as", "hospital"});
  return koi(arguments);
}

std::vector<relay*> processes::around(std::string const& player) {
  std::vector<relay*> out;
  for (auto const& [ends, each] : relays_)
    if (ends.first == player || ends.second == player) out.push_back(each.get());
  return out;
}
std::vector<relay*> processes::all_relays() {
  std::vector<relay*> out;
  for (auto const& [ends, each] : relays_) out.push_back(each.get());
  return out;
}

}  // namespace koi_tests
