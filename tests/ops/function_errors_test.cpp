// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/functions/gelu.hpp>
#include <koi/ops/functions/roots.hpp>
#include <koi/ops/selection.hpp>
#include <koi/ops/functions/smooth.hpp>
#include <koi/ops/functions/softmax.hpp>

#include "grids.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

/// How far each function is off, and what it costs, under fixed seeds: not more than the table in
/// tests/golden/function_errors.md says.
namespace koi::testing {

namespace {

constexpr std::string_view heading =
    "# Errors and costs of functions\n"
    "\n"
    "Under fixed seeds, over a dense grid of the domain. Units are those in the last place, counted where the exact "
    "value is "
    "between -1 and 1; relative errors where it is not. Bytes are those of all messages together, for each value.\n"
    "To write this table anew: empty the file, run the long test ops.function_errors by hand, and keep what it prints: "
    "| sed -n 's/^ *now: //p'.\n"
    "\n"
    "| protocol | function | domain | units, largest | units, mean | relative, largest | rounds | dealt bytes | online "
    "bytes |\n"
    "|---|---|---|---|---|---|---|---|---|\n";

auto const golden = std::filesystem::path(__FILE__).parent_path().parent_path() / "golden" / "function_errors.md";

/// What is compared with the table: not more than there.
struct figures {
  std::array<double, 6> values{};  ///< in the order of the table's columns

  /// The cells, errors rounded up.
  [[nodiscard]] std::string cells() const {
    auto const up = [](double v, double step) { return std::max(0.0, std::ceil(v / step - 1e-6)) * step; };
    return fmt::format("{:.2f} | {:.3f} | {} | {} | {:.0f} | {:.0f}", up(values[0], 0.01), up(values[1], 0.001),
                       values[2] == 0 ? "0" : fmt::format("{:.2e}", values[2] * 1.005), values[3], std::ceil(values[4]),
                       std::ceil(values[5]));
  }
};

/// Every value's error, and the goal that a 16-bit fixed point is held to: 4 units, or 2^-13 relative.
template <Protocol P>
figures errors_of(plain_tensor const& got, plain_tensor const& exact) {
  figures out;
  REQUIRE(got.shape() == exact.shape());
  std::size_t counted = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    auto const size = std::abs(exact.data()[i]), error = std::abs(got.data()[i] - exact.data()[i]);
    if (P::frac_bits == 16) CHECK(error <= std::max(4 * P::fixed::unit(), size * 0x1p-13));
    if (size <= 1) {
      out.values[0] = std::max(out.values[0], error / P::fixed::unit());
      out.values[1] += error / P::fixed::unit();
      ++counted;
    } else {
      out.values[2] = std::max(out.values[2], error / size);
    }
  }
  if (counted != 0) out.values[1] /= static_cast<double>(counted);
  return out;
}

/// Whether the rows are measured that the long tests alone have.
#if defined(KOI_LONG_TESTS)
constexpr bool all_are_measured = true;
#else
constexpr bool all_are_measured = false;
#endif

/// Rows of the table, by what comes before the figures.
using table = std::map<std::string, figures>;

template <ComparingProtocol P>
class measurement {
 public:
  measurement(table& into, std::vector<std::string>& order) : into_(into), order_(order) {}

  /// One function of one value, f, over numbers that are named as its domain.
  template <class Call, class F>
  void row(std::string_view name, std::string_view domain, plain_tensor const& x, Call call, F f) {
    add(name, domain, x, call, applied(x, f));
  }
  template <class Call>
  void add(std::string_view name, std::string_view domain, plain_tensor const& x, Call call,
           plain_tensor const& exact) {
    struct part {
      lap spent;
      std::optional<plain_tensor> got;
    };
    auto const parts = run_parties<P>({}, [&](party& self) {
      auto const v = secret<P>(self, x);
      auto const before = self.spent();
      auto const y = call(v);
      auto const spent = lap_since(self, before);
      return part{spent, result(y)};
    });
    std::vector<lap> laps;
    for (auto const& p : parts) laps.push_back(p.spent);
    auto const all = measured(laps);
    auto out = errors_of<P>(parts[client_id].got.value(), exact);
    auto const count = static_cast<double>(exact.size());
    out.values[3] = static_cast<double>(all.rounds);
    out.values[4] = static_cast<double>(all.dealt) / count;
    out.values[5] = static_cast<double>(all.online()) / count;
    auto const key = fmt::format("| {} | {} | {} |", P::name(), name, domain);
    into_[key] = out;
    order_.push_back(key);
  }

 private:
  table& into_;
  std::vector<std::string>& order_;
};

double number_of(bool b) { return b ? 1 : 0; }

template <ComparingProtocol P>
void measure_comparisons(measurement<P>& on) {
  auto const x = numbers({4096}, 4, 0.25, 1);
  on.row(
      "less", "-4 to 4, and 1", x, [](auto const& v) { return less(v, 1); }, [](double v) { return number_of(v < 1); });
  on.row(
      "equal", "-4 to 4, and 1", x, [](auto const& v) { return equal(v, 1); },
      [](double v) { return number_of(v == 1); });
  on.row(
      "sign", "-4 to 4", x, [](auto const& v) { return sign(v); },
      [](double v) { return number_of(v > 0) - number_of(v < 0); });
  on.row(
      "maximum", "-4 to 4, and 1", x, [](auto const& v) { return maximum(v, 1); },
      [](double v) { return std::max(v, 1.0); });
  on.row(
      "clip", "-4 to 4, between -1 and 1", x, [](auto const& v) { return clip(v, -1, 1); },
      [](double v) { return std::clamp(v, -1.0, 1.0); });
  on.row(
      "select", "-4 to 4, where at most 1, else 0.5", x, [](auto const& v) { return select(less_equal(v, 1), v, 0.5); },
      [](double v) { return v <= 1 ? v : 0.5; });
}

/// `largest` is that of a divisor, `root` of log and the roots, `power` of exp.
template <ComparingProtocol P>
void measure_functions(measurement<P>& on, std::size_t count, std::string_view divisors, double largest,
                       std::string_view positives, double root, std::string_view powers, double power) {
  using fixed = typename P::fixed;
  auto const y = by_ratio<fixed>(fixed::unit(), largest, count), x = by_ratio<fixed>(fixed::unit(), root, count);
  auto either = y;  // every other divisor is negative
  for (std::size_t i = 1; i < count; i += 2) either.data()[i] *= -1;
  on.row(
      "reciprocal", fmt::format("{}, both signs", divisors), either, [](auto const& v) { return reciprocal(v); },
      [](double v) { return 1 / v; });
  on.row(
      "reciprocal of a positive", divisors, y, [](auto const& v) { return reciprocal(v, divisor::positive); },
      [](double v) { return 1 / v; });
  on.row(
      "0.75 divided", divisors, y, [](auto const& v) { return 0.75 / v; }, [](double v) { return 0.75 / v; });
  plain_tensor const numerators = numbers({count}, 8, fixed::unit(), 3);
  auto limited = by_ratio<fixed>(0x1p-4, largest, count);
  for (std::size_t i = 1; i < count; i += 2) limited.data()[i] *= -1;
  on.add(
      "private divided by private", "-8 to 8 by 2^-4 and more, both signs",
      plain_tensor(xt::stack(xt::xtuple(numerators, limited))),
      [&](auto const& v) { return reshape(slice(v, {{0, 1}}) / slice(v, {{1, 2}}), {count}); },
      plain_tensor(numerators / limited));
  on.row(
      "sqrt", positives, x, [](auto const& v) { return sqrt(v); }, [](double v) { return std::sqrt(v); });
  on.row(
      "inverse_sqrt", positives, x, [](auto const& v) { return inverse_sqrt(v); },
      [](double v) { return 1 / std::sqrt(v); });
  on.row(
      "log", positives, x, [](auto const& v) { return log(v); }, [](double v) { return std::log(v); });
  on.row(
      "exp", powers, evenly<fixed>(-power, power, count), [](auto const& v) { return exp(v); },
      [](double v) { return std::exp(v); });
  auto const near = evenly<fixed>(-16, 16, count);
  on.row(
      "sigmoid", "-16 to 16", near, [](auto const& v) { return sigmoid(v); },
      [](double v) { return 1 / (1 + std::exp(-v)); });
  on.row(
      "tanh", "-16 to 16", near, [](auto const& v) { return tanh(v); }, [](double v) { return std::tanh(v); });
  on.row(
      "erf", "-16 to 16", near, [](auto const& v) { return erf(v); }, [](double v) { return std::erf(v); });
  on.row(
      "gelu", "-16 to 16", near, [](auto const& v) { return gelu(v); },
      [](double v) { return v * std::erfc(-v / std::sqrt(2.0)) / 2; });
  auto const lines = numbers({count / 10, 10}, 8, fixed::unit(), 2);
  plain_tensor shares = xt::exp(lines);
  for (std::size_t i = 0; i < lines.size(); i += 10) {
    auto* const line = shares.data() + i;
    auto const sum = std::accumulate(line, line + 10, 0.0);
    for (std::size_t k = 0; k < 10; ++k) line[k] /= sum;
  }
  plain_tensor const logarithms = xt::log(shares);
  on.add(
      "softmax", "10 numbers, -8 to 8", lines, [](auto const& v) { return softmax(v, 1); }, shares);
  on.add(
      "log_softmax", "10 numbers, -8 to 8", lines, [](auto const& v) { return log_softmax(v, 1); }, logarithms);
}

/// The rows of the checked-in table.
table read_table() {
  table out;
  std::ifstream file(golden);
  REQUIRE_MESSAGE(file.good(), "cannot read ", golden.string());
  for (std::string line; std::getline(file, line);) {
    if (line.find("<ring") == std::string::npos) continue;
    std::size_t end = 0;
    for (int cell = 0; cell < 4; ++cell) end = line.find('|', end) + 1;
    figures row;
    std::string cells = line.substr(end);
    std::replace(cells.begin(), cells.end(), '|', ' ');
    std::istringstream words(cells);
    for (auto& v : row.values) REQUIRE_MESSAGE(static_cast<bool>(words >> v), "no figures: ", line);
    out[line.substr(0, end)] = row;
  }
  return out;
}

}  // namespace

TEST_CASE("no function is farther off or costs more than the table says") {
  table now;
  std::vector<std::string> order;
  {
    measurement<pond<ring64, 16>> on(now, order);
    measure_comparisons(on);
    measure_functions(on, 4090, "2^-16 to 32440", 32440, "2^-16 to 42590", 42590, "-10.39 to 10.39", 10.39);
  }
  {
    measurement<securenn<ring64, 16>> on(now, order);
    measure_comparisons(on);
    measure_functions(on, 4090, "2^-16 to 32440", 32440, "2^-16 to 42590", 42590, "-10.39 to 10.39", 10.39);
  }
  {
    measurement<pond<ring128, 32>> on(now, order);
    measure_functions(on, 640, "2^-32 to 2^30", 0x1p30, "2^-32 to 2^31", 0x1p31, "-21.4 to 21.4", 21.4);
  }
#if defined(KOI_LONG_TESTS)
  {
    measurement<pond<ring128, 32>> on(now, order);
    measure_comparisons(on);
  }
  {
    measurement<securenn<ring128, 32>> on(now, order);
    measure_comparisons(on);
    measure_functions(on, 640, "2^-32 to 2^30", 0x1p30, "2^-32 to 2^31", 0x1p31, "-21.4 to 21.4", 21.4);
  }
#endif

  auto left = read_table();
  std::ostringstream all;
  bool within = true;
  for (auto const& key : order) {
    auto const at = left.find(key);
    bool known = at != left.end();
    for (std::size_t i = 0; known && i < 6; ++i) known = now[key].values[i] <= at->second.values[i] * (1 + 1e-9);
    if (!known) {
      within = false;
      MESSAGE("not within the table: ", key, " ", now[key].cells());
    }
    if (at != left.end()) left.erase(at);
    all << "now: " << key << " " << now[key].cells() << " |\n";
  }
  for (auto const& [key, row] : left)
    if (all_are_measured || key.find("<ring128") == std::string::npos)
      FAIL_CHECK("nothing is measured for this any more: ", key);
  std::ostringstream head;
  std::istringstream lines{std::string(heading)};
  for (std::string line; std::getline(lines, line);) head << "now: " << line << "\n";
  CHECK_MESSAGE(within, "errors or costs grew; the whole table would be:\n", head.str(), all.str());
}

}  // namespace koi::testing
