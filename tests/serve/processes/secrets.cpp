// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include "tests/serve/processes/sockets.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace koi_tests {

namespace {

struct needle {
  std::string what;
  std::string bytes;
};
using needles = std::vector<needle>;

template <class T>
[[nodiscard]] std::string bytes_of_row(std::vector<T> const& row) {
  return {reinterpret_cast<char const*>(row.data()), row.size() * sizeof(T)};
}

/// A few numbers in a row as programs keep them.
void add_forms(needles& to, std::string const& what, std::vector<float> const& row) {
  std::vector<std::int64_t> words;
  for (auto const v : row) words.push_back(std::llround(static_cast<double>(v) * 65536));
  to.push_back({what + " as float32", bytes_of_row(row)});
  to.push_back({what + " as float64", bytes_of_row(std::vector<double>(row.begin(), row.end()))});
  to.push_back({what + " as fixed point", bytes_of_row(words)});
}

[[nodiscard]] bool stands_in(needle const& n, std::string const& text) {
  return ::memmem(text.data(), text.size(), n.bytes.data(), n.bytes.size()) != nullptr;
}

/// What of it stands in the memory of a process, of which so many bytes could be read.
[[nodiscard]] std::vector<std::string> found_in_memory(pid_t pid, needles const& all, std::size_t& bytes_read) {
  auto const place = "/proc/" + std::to_string(pid);
  std::ifstream maps(place + "/maps");
  int const memory = ::open((place + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  socket_handle const closes(memory);
  std::vector<std::string> found;
  bytes_read = 0;
  for (std::string line; std::getline(maps, line);) {
    std::size_t from = 0, to = 0;
    char may_read = '-';
    if (std::sscanf(line.c_str(), "%zx-%zx %c", &from, &to, &may_read) != 3 || may_read != 'r' ||
        line.find("[v") != std::string::npos)
      continue;
    std::string content(to - from, '\0');
    auto const n = ::pread(memory, content.data(), content.size(), static_cast<off_t>(from));
    if (n <= 0) continue;
    content.resize(static_cast<std::size_t>(n));
    bytes_read += content.size();
    for (auto const& each : all)
      if (stands_in(each, content))
        found.push_back(each.what + " in " + line.substr(std::min<std::size_t>(line.size(), 73)));
  }
  return found;
}

[[nodiscard]] std::string content_of(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Whether processes that abort here leave an image, and whether this one did.
[[nodiscard]] bool dumps_core(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WCOREDUMP(status);
}
[[nodiscard]] std::vector<std::string> core_files(std::filesystem::path const& folder) {
  std::vector<std::string> out;
  for (auto const& each : std::filesystem::directory_iterator(folder))
    if (each.path().filename().string().starts_with("core")) out.push_back(each.path().string());
  return out;
}

}  // namespace

int secrets(trial_options const& o) {
  std::mt19937 random(o.seed);
  std::uniform_int_distribution<int> draw(65'537, 131'071);
  auto const planted = [&] { return static_cast<float>(draw(random)) / 65536.0F; };
  known_model model{plain_network(784, 16, 10, 7), {784, std::vector<float>(784), {0}}, o.folder / "planted.onnx"};
  for (auto& w : model.network.w1) w = planted() / 16;
  for (auto& v : model.data.rows) v = planted() / 8;
  model.network.write_onnx(model.file);

  needles all;
  auto const& w = model.network.w1;
  add_forms(all, "a row of the weights", {w.begin() + 160, w.begin() + 164});
  add_forms(all, "a column of the weights", {w[165], w[165 + 16], w[165 + 32], w[165 + 48]});
  add_forms(all, "the input", {model.data.rows.begin() + 100, model.data.rows.begin() + 104});

  ::rlimit const unlimited{RLIM_INFINITY, RLIM_INFINITY};
  ::setrlimit(RLIMIT_CORE, &unlimited);
  std::filesystem::current_path(o.folder);
  pid_t const control = ::fork();
  if (control == 0) {
    for (;;) ::pause();
  }
  std::size_t bytes = 0;
  bool const can_look = !found_in_memory(control, all, bytes).empty();
  ::kill(control, SIGABRT);
  bool const cores = dumps_core(control);
  for (auto const& file : core_files(o.folder)) std::filesystem::remove(file);
  if (!can_look) std::printf("this system lets nobody look into another process: memory is not searched\n");
  if (!cores) std::printf("this system writes no core images: nothing to see of them\n");

  processes group(group_of(o, false));
  start_with(group, "planted", model.file);
  person clinic(group.config(), client_name(o));
  for (std::size_t i = 0; i < o.count; ++i)
    if (auto const one = clinic.ask("planted", model.network, model.data, 0, 2, i % 2 == 0); one.how != ending::right)
      give_up("no answer: " + one.text);
  auto const shares = ask_with_known_halves(group.config(), client_name(o), "planted", model.data);
  needles of_halves{{"the seed", shares.seed},
                    {"server 1's half", shares.half.substr(800, 32)},
                    {"server 0's half", shares.drawn.substr(800, 32)}};
  for (std::size_t i = 0; i < o.count; ++i) (void)clinic.ask("planted", model.network, model.data, 0, 1, true);

  tally answers;
  crowd askers({.config = group.config(),
                .name = client_name(o),
                .model = "planted",
                .clients = 3,
                .most_samples = 3,
                .seed = o.seed},
               model.network, model.data, answers);
  auto const demand_nothing = [&](std::string const& where, needles const& what, std::string const& text) {
    for (auto const& each : what)
      if (stands_in(each, text)) give_up(where + " contains " + each.what);
  };
  for (int look = 0; can_look && look < 5; ++look)
    for (auto const& name : group.players()) {
      auto const found = found_in_memory(group.pid(name), all, bytes);
      if (!found.empty()) give_up(name + "'s memory contains " + found.front());
      if (bytes < (std::size_t{1} << 20)) give_up("nobody but root may look into " + name + ": run this trial as root");
      auto const left = found_in_memory(group.pid(name), of_halves, bytes);
      for (auto const& each : left)
        give_up(name + "'s memory still contains " + each + ", of a request that is answered");
      if (look == 0) std::printf("%s: %zu MiB of memory, and nothing planted in them\n", name.c_str(), bytes >> 20);
    }
  askers.stop();
  answers.print();

  for (auto const& name : group.players()) {
    auto const metrics = group.page(name, "/metrics") + group.page(name, "/healthz");
    if (metrics.find("koi_up 1") == std::string::npos) give_up("no metrics of " + name);
    auto texts = of_halves;
    for (auto const& each : all) texts.push_back(each);
    for (std::size_t i = 100; i < 104; ++i) {
      texts.push_back({"an input", std::to_string(model.data.rows[i]).substr(0, 7)});
      texts.push_back({"a weight", std::to_string(w[i]).substr(0, 7)});
    }
    std::string hex;
    for (char const c : shares.seed) {
      std::array<char, 3> two;
      std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      hex += two.data();
    }
    texts.push_back({"the seed in hexadecimal", hex.substr(0, 16)});
    demand_nothing(name + "'s metrics", texts, metrics);
    demand_nothing(name + "'s log", texts, content_of(group.log_of(name)));
  }
  for (auto const& name : group.players()) {
    if (auto const status = group.end(name, SIGABRT); status != -SIGABRT)
      give_up(name + " ends with " + std::to_string(status));
    for (auto const& folder : {o.folder, group.folder()})
      if (auto const files = core_files(folder); !files.empty()) give_up(name + " left its memory in " + files.front());
    demand_nothing(name + "'s log", all, content_of(group.log_of(name)));
    group.start(name);
  }
  demand_service(group, o, "planted", model, 10);
  demand_clean_logs(group);
  return 0;
}

}  // namespace koi_tests
