// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/support/options.hpp"

#include <koi/core/error.hpp>
#include <koi/protocol/cost.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace koi::bench {

/// The middle of some measurements, of the two middle ones the smaller.
[[nodiscard]] inline double median(std::vector<double> samples) {
  if (samples.empty()) throw bad_argument("median: nothing was measured");
  auto const middle = samples.begin() + static_cast<std::ptrdiff_t>((samples.size() - 1) / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

/// One figure: what was measured, and the machine's limit for it in the same unit and run.
struct row {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> limit{};
  /// Less is better, as with a time: then the ratio is limit / value, else value / limit. 1 is the limit.
  bool less_is_better = false;
  std::optional<cost> wire{};  ///< shown beside a time

  [[nodiscard]] std::optional<double> ratio() const {
    if (!limit || value == 0 || *limit == 0) return std::nullopt;
    return less_is_better ? *limit / value : value / *limit;
  }
};

/// Prints rows as they come, and adds them to the file that the options name.
class table {
 public:
  explicit table(options const& how) {
    if (!how.rows.empty()) {
      file_ = std::fopen(how.rows.c_str(), "a");
      if (file_ == nullptr) throw bad_option(fmt::format("{}: cannot be written", how.rows));
    }
  }
  table(table const&) = delete;
  table& operator=(table const&) = delete;
  ~table() {
    if (file_ != nullptr) std::fclose(file_);
  }

  static void heading() {
    fmt::print("{:<42} {:>11} {:<7} {:>10} {:>6} {:>6} {:>11} {:>11} {:>11} {:>11}\n", "", "value", "unit", "limit",
               "ratio", "rounds", "dealt", "servers", "assisted", "owners");
    std::fflush(stdout);
  }

  /// A line that is no figure.
  static void note(std::string_view text) {
    fmt::print("  {}\n", text);
    std::fflush(stdout);
  }

  void add(row const& r) {
    auto const ratio = r.ratio();
    fmt::print("{:<42} {:>11} {:<7} {:>10} {:>6}", r.name, number(r.value), r.unit, r.limit ? number(*r.limit) : "-",
               ratio ? fmt::format("{:.2f}", *ratio) : "-");
    if (r.wire)
      fmt::print(" {:>6} {:>11} {:>11} {:>11} {:>11}", r.wire->rounds, r.wire->dealt, r.wire->servers, r.wire->assisted,
                 r.wire->owners);
    fmt::print("\n");
    std::fflush(stdout);
    record(r);
  }

  /// A row for the file alone.
  void record(row const& r) {
    if (file_ == nullptr) return;
    auto const or_null = [](std::optional<double> x) { return x ? fmt::format("{:.8g}", *x) : std::string("null"); };
    fmt::print(file_,
               R"({{"name": "{}", "value": {:.8g}, "unit": "{}", "limit": {}, "ratio": {}}})"
               "\n",
               r.name, r.value, r.unit, or_null(r.limit), or_null(r.ratio()));
    std::fflush(file_);
  }

 private:
  static std::string number(double x) { return fmt::format("{:.{}f}", x, x < 10 ? 3 : x < 1000 ? 2 : 0); }

  std::FILE* file_ = nullptr;
};

}  // namespace koi::bench
