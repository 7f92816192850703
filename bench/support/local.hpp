// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/support/machine.hpp"

#include <benchmark/benchmark.h>

#include <map>

namespace koi::bench {

/// Kernels of one thread and what they are compared with, timed in one run of Google Benchmark:
/// repetitions of all of them in random order, processor time, the median of each.
class kernels {
 public:
  explicit kernels(options const& how) : how_(how), table_(how) { begin(how); }

  /// A kernel that does `work`, counted in `unit` times seconds, a call. `limit` names the kernel,
  /// of this object, that does the same kind of work as fast as the machine can.
  template <class F>
  void add(std::string const& name, std::string const& unit, double work, F f, std::string const& limit = "") {
    entries_.push_back({name, unit, work, limit});
    benchmark::RegisterBenchmark(name.c_str(), [f](benchmark::State& state) {
      for (auto _ : state) {
        f();
        benchmark::ClobberMemory();
      }
    });
  }

  /// Runs all of them and prints their rows.
  void run() {
    std::vector<std::string> words{"bench", fmt::format("--benchmark_min_time={}", how_.seconds()),
                                   fmt::format("--benchmark_repetitions={}", how_.runs()),
                                   "--benchmark_enable_random_interleaving=true"};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    auto count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    collector seen;
    benchmark::RunSpecifiedBenchmarks(&seen);
    for (auto const& e : entries_) values_[e.name] = e.work / median(seen.seconds.at(e.name));
    for (auto const& e : entries_) {
      std::optional<double> limit;
      if (!e.limit.empty()) limit = values_.at(e.limit);
      table_.add({e.name, values_.at(e.name), e.unit, limit});
    }
  }

  /// Work a second of a kernel that was run.
  [[nodiscard]] double value(std::string const& name) const { return values_.at(name); }
  [[nodiscard]] table& rows() noexcept { return table_; }

 private:
  struct entry {
    std::string name;
    std::string unit;
    double work;
    std::string limit;
  };

  struct collector final : benchmark::BenchmarkReporter {
    bool ReportContext(Context const&) override { return true; }
    void ReportRuns(std::vector<Run> const& runs) override {
      for (auto const& run : runs)
        if (run.run_type == Run::RT_Iteration && run.iterations > 0)
          seconds[run.run_name.function_name].push_back(run.cpu_accumulated_time / static_cast<double>(run.iterations));
    }
    std::map<std::string, std::vector<double>> seconds;
  };

  options how_;
  table table_;
  std::vector<entry> entries_;
  std::map<std::string, double> values_;
};

}  // namespace koi::bench
