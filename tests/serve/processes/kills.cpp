// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/trials.hpp"

#include <cstdio>

namespace koi_tests {

namespace {

/// How soon whoever asks hears of a player that was killed.
#ifdef __SANITIZE_ADDRESS__
constexpr std::chrono::milliseconds missed_within{5'000};
#else
constexpr std::chrono::milliseconds missed_within{1'000};
#endif

/// Uploads and removes models all the time, and knows which of them must be there.
class busy_owner {
 public:
  busy_owner(processes& group, std::filesystem::path onnx) : group_(group), onnx_(std::move(onnx)) {
    thread_ = std::jthread([this] { work(); });
  }
  ~busy_owner() { stop(); }
  void stop() {
    stops_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::vector<unsigned> const& uploaded() const noexcept { return uploaded_; }
  [[nodiscard]] std::size_t failed() const noexcept { return failed_; }

 private:
  void work() {
    for (unsigned version = 1; !stops_; ++version) {
      auto const name = "small:" + std::to_string(version);
      auto const up = group_.upload(name, onnx_);
      if (up.status == 0)
        uploaded_.push_back(version);
      else
        ++failed_;
      if (uploaded_.size() > 3) {
        remove(uploaded_.front());
        uploaded_.erase(uploaded_.begin());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
  /// A removal that failed may have been half done: nothing is expected of that model.
  void remove(unsigned version) {
    std::vector<std::string> arguments{"models", "remove", "small:" + std::to_string(version)};
    if (group_.tls()) arguments.insert(arguments.begin() + 2, {"--as", "hospital"});
    if (group_.koi(arguments).status != 0) ++failed_;
  }

  processes& group_;
  std::filesystem::path onnx_;
  std::vector<unsigned> uploaded_;
  std::size_t failed_ = 0;
  std::atomic<bool> stops_{false};
  std::jthread thread_;
};

}  // namespace

int kills(trial_options const& o) {
  std::mt19937 random(o.seed);
  auto const pause = [&](unsigned most_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % most_ms));
  };
  auto const model = small_network(o);
  processes group(group_of(o, false));
  start_with(group, "digits", model.file);
  auto const small_file = o.folder / "small.onnx";
  plain_network(12, 8, 4, 3).write_onnx(small_file);

  tally all;
  crowd clients({.config = group.config(),
                 .name = client_name(o),
                 .model = "digits",
                 .clients = 6,
                 .most_samples = 3,
                 .seed = o.seed},
                model.network, model.data, all);
  busy_owner owner(group, small_file);
  std::size_t done = 0;
  while (done < o.count) {
    auto const victim = group.players()[random() % 3];
    pause(random() % 2 == 0 ? 400 : 20);
    group.demand_all_alive();
    group.end(victim);
    ++done;
    pause(300);
    // now and then a second one is gone before the first is back
    if (random() % 4 == 0 && done < o.count) {
      auto const second = group.players()[random() % 3];
      if (second != victim) {
        group.end(second);
        ++done;
        pause(100);
        group.start(second);
      }
    }
    group.start(victim);
    if (random() % 3 == 0) continue;  // the next one dies while they meet
    auto const before = all.count(ending::right);
    if (!becomes(o.patience, [&] { return all.count(ending::right) > before + 3; })) {
      all.print();
      give_up("no answers after kill " + std::to_string(done) + ", of " + victim);
    }
    if (done % 20 < 2)
      print_line(group,
                 std::to_string(done) + " kills, " + std::to_string(all.count(ending::right)) + " right answers");
  }
  owner.stop();
  if (!becomes(o.patience, [&] { return group.all_up(); })) give_up("the players do not meet after the last kill");
  clients.stop();
  all.print();
  all.demand_well(missed_within);

  std::printf("the owner: %zu uploads or removals failed; %zu models must be there\n", owner.failed(),
              owner.uploaded().size());
  person clinic(group.config(), client_name(o));
  for (auto const version : owner.uploaded())
    if (!becomes(o.patience, [&] { return clinic.finds("small", version); }))
      give_up("small:" + std::to_string(version) + " was uploaded, and is not there");
  demand_service(group, o, "digits", model, 50);
  if (auto const up = group.upload("small", small_file); up.status != 0)
    give_up("no upload after the kills: " + up.output);
  group.demand_all_alive();
  demand_clean_logs(group);
  demand_steps_told(group);
  print_line(group, "at the end");
  return 0;
}

}  // namespace koi_tests
