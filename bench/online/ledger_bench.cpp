// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// What the ledger costs: the network H on 128 images, dealing included, with the ledger kept and closed in turns.
// Beside the time of the slowest player the processor time of all players together, which other programs disturb less.
#include "bench/support/network.hpp"

namespace {

using namespace koi;

/// Processor seconds of every player in every run, in memory that their processes share.
class processor_times {
 public:
  processor_times() {
    void* const memory = ::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw error("no memory to share between players");
    shared_ = new (memory) shared;
  }
  processor_times(processor_times const&) = delete;
  processor_times& operator=(processor_times const&) = delete;
  ~processor_times() { ::munmap(shared_, sizeof(shared)); }

  void add(std::size_t player, double seconds) {
    auto& mine = shared_->of.at(player);
    mine.seconds.at(mine.runs++) = seconds;
  }
  /// Milliseconds of all players in each run after the first ones; begins anew.
  std::vector<double> take(std::size_t warm_ups) {
    std::vector<double> out;
    for (std::size_t run = warm_ups; run < shared_->of[0].runs; ++run) {
      auto& sum = out.emplace_back();
      for (auto const& player : shared_->of) sum += 1e3 * player.seconds[run];
    }
    *shared_ = {};
    return out;
  }

 private:
  struct one_player {
    std::size_t runs = 0;
    std::array<double, bench::board::most_runs> seconds{};
  };
  struct shared {
    std::array<one_player, bench::board::most_players> of{};
  };
  shared* shared_;
};

template <ComparingProtocol P>
bench::figures once(bench::options const& how, bool kept, processor_times& times) {
  return bench::online<P>(
      how, bench::dealing::included,
      [&](party& self) {
        if (!kept) self.close_ledger();
        self.begin_run();  // times count, as in a session
        return bench::network_h::make<P>(self);
      },
      [](party& self, auto const&) {
        return bench::filled<P>(self, {128, 28, 28, 1}, 0.5);
      },
      [&](party& self, auto const& model, auto const& x) {
        auto const begun = bench::processor_seconds();
        auto y = (*model)(x);
        times.add(self.id(), bench::processor_seconds() - begun);
        return y;
      });
}

template <ComparingProtocol P>
void measure(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  using effort = bench::options::effort;
  auto const name = "h_128_" + protocol + "_ledger";
  constexpr double multiply_adds = 128 * bench::network_h::multiply_adds;
  auto const turns = how.how_long == effort::full ? 8 : how.how_long == effort::quick ? 4 : 2;
  processor_times times;
  std::array<bench::figures, 2> last;
  std::array<std::vector<double>, 2> ms, processor_ms;
  for (int turn = 0; turn < turns; ++turn)
    for (int const half : {0, 1}) {
      auto const kept = static_cast<std::size_t>((turn + half) % 2);
      last[kept] = once<P>(how, kept == 1, times);
      ms[kept].push_back(last[kept].median_ms);
      auto const seen = times.take(how.warm_ups());
      processor_ms[kept].insert(processor_ms[kept].end(), seen.begin(), seen.end());
    }
  for (std::size_t const kept : {std::size_t{1}, std::size_t{0}}) {
    last[kept].median_ms = bench::median(ms[kept]);
    rows.add(name + (kept == 1 ? "_kept" : "_closed"), "", last[kept], bench::dealing::included, multiply_adds);
  }
  auto const with = bench::median(processor_ms[1]), without = bench::median(processor_ms[0]);
  bench::table more(how);
  more.add({name + "_kept_processor_ms", with, "ms"});
  more.add({name + "_closed_processor_ms", without, "ms"});
  more.add({name + "_processor_ratio", with / without, "ratio"});
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::online_table rows(how);
  measure<pond<ring64, 16>>(how, rows, "pond");
  measure<securenn<ring64, 16>>(how, rows, "securenn");
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
