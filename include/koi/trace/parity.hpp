// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/session/detail/json.hpp>
#include <koi/session/in_process.hpp>
#include <koi/trace/detail/parity_clear.hpp>
#include <koi/trace/detail/parity_rows.hpp>

namespace koi {

/// What a parity check found, layer by layer.
struct parity_report {
  std::string protocol;
  std::size_t ring_bits = 0, frac_bits = 0;
  std::vector<parity_row> rows;  ///< in the order in which they first come

  /// The first layer with which something is wrong.
  [[nodiscard]] std::optional<std::string> first_divergence() const {
    for (auto const& row : rows)
      if (row.verdict != parity_verdict::fine) return row.layer;
    return std::nullopt;
  }
};

namespace detail {

/// Runs a program with all players in this process; `by[player]` watches, where there is one.
template <Protocol P, class Program>
void run_watched(std::vector<std::string> const& players, std::vector<watcher*> const& by, Program& program) {
  auto parties = in_process_parties(players, find_roster<P>(players));
  run_threads(parties, [&](party& self) {
    if (auto* const mine = by[self.id()]) self.watch(*mine);
    session<P> on(std::move(self));
    on.run(program);
  });
}

}  // namespace detail

/// Whether a program gives in shares what it gives in the clear: runs it in real numbers, in fixed point, and
/// securely, and compares the results of each layer of its models, and of what koi::watch names.
///
///   auto const report = koi::parity<koi::pond<koi::ring64, 16>>({"owner"}, [&](auto& on) { ... });
///   fmt::print("{}", koi::trace::parity_table(report));
///
/// Real numbers are doubles: koi's own program with owners' numbers as they are, and no rounding after that. Its
/// functions are koi's, with their approximations, and public numbers are those of the fixed point; only
/// `parity_options::reference` is another's word. Fixed point rounds as the protocol does, in several runs with coins
/// of their own, and has no end: so an overflow shows as numbers that need more bits than the ring has. A layer of
/// which another takes the product before truncation, as a ReLU does, is compared as that product. Where a model
/// computes in another order than its layers say (maxima before ReLUs, scales in the weights in front of them), what
/// stands under a layer's name is that stage, and has no reference.
///
/// `program` runs twice at every player, in the clear and then securely, all players as threads of this process; so do
/// the callables of owners and receivers. What is revealed is that of the fixed point. Steps must not depend on it.
///
/// Shapes  `owners` are those that the program names; the servers are added
/// Range   maps that add up less than 2^(l/3) numbers, in a ring of l bits, of 32 or more. In one of 128 bits functions
///         by pieces, such as sigmoid, are followed near their bends alone: a double has fewer bits than their numbers
/// Cost    about 24 times the products of one server in the clear; then the program, and an output of each layer
/// Leaks   everything: server0 computes the first run in the clear, and one more player receives every layer's result
///         of the second. For a developer's own data, in one process, and nowhere else
/// Throws  what the program throws; bad_argument where a reference fits no layer
template <Protocol P, class Program>
[[nodiscard]] parity_report parity(std::vector<std::string> const& owners, Program&& program,
                                   parity_options const& how = {}) {
  using clear = detail::in_the_clear<P>;
  auto players = with_servers<P>(owners);
  detail::clear_record<clear> in_clear;
  std::vector<watcher*> by(players.size(), nullptr);
  by[find_roster<P>(players).server0] = &in_clear;
  detail::run_watched<clear>(players, by, program);

  auto const taker = players.size();
  players.emplace_back("the parity check");
  std::vector<detail::secure_record<P>> in_shares(players.size(), detail::secure_record<P>(taker));
  by.clear();
  for (auto& one : in_shares) by.push_back(&one);
  detail::run_watched<P>(players, by, program);

  detail::parity_rows const rows(P::frac_bits, how);
  auto found = rows.of(in_clear.rows(), in_clear.values(), in_shares[taker].values());
  return {P::name(), P::ring::bits, P::frac_bits, std::move(found)};
}

namespace trace {

namespace detail {

inline std::string parity_name(parity_row const& row) { return row.layer.empty() ? "(outside)" : row.layer; }

/// What is wrong with a layer, in a few words.
inline std::string parity_finding(parity_row const& row) {
  switch (row.verdict) {
    case parity_verdict::overflow:
      return fmt::format("overflow: a {} needs {} bits, there are {}", row.bits_of, row.bits_needed, row.bits_there);
    case parity_verdict::diverges:
      return "shares give something else than fixed point";
    case parity_verdict::unlike_reference:
      return "unlike its reference: layout of weights, or settings";
    case parity_verdict::imprecise:
      return "rounding is a large part: more fraction bits";
    case parity_verdict::fine:
      break;
  }
  return row.is_what_it_says ? "" : "(a stage: some layers change places)";
}

inline nlohmann::ordered_json to_json(std::optional<parity_difference> const& d) {
  if (!d) return nullptr;
  return {{"largest", d->largest}, {"mean", d->mean}};
}

}  // namespace detail

/// A report as lines of text: for each layer the range of its results, the bits that its numbers need and those there
/// are; the largest and mean difference of fixed point from reals and of shares from fixed point, and what rounding
/// explains of the latter; the largest from the reference.
[[nodiscard]] inline std::string parity_table(parity_report const& report) {
  std::size_t width = 16;
  for (auto const& row : report.rows) width = std::max(width, detail::parity_name(row).size());
  auto const line = [&](auto const&... cells) {
    return fmt::format("{:<{}} {:>9} {:>9} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}  {}", cells...);
  };
  auto const number = [](double v) { return fmt::format("{:.2g}", v); };
  auto const part = [&](std::optional<parity_difference> const& d, double parity_difference::*which) {
    return d ? number((*d).*which) : std::string();
  };
  auto out =
      report.protocol + "\n" + line("", width, "", "", "", "fixed", "", "secure", "", "", "", "\n") +
      line("", width, "lowest", "highest", "bits", "largest", "mean", "largest", "mean", "expected", "reference", "\n");
  auto const largest = &parity_difference::largest, mean = &parity_difference::mean;
  for (auto const& row : report.rows) {
    bool const seen = row.fixed.has_value();
    out += line(detail::parity_name(row), width, seen ? number(row.lowest) : "", seen ? number(row.highest) : "",
                fmt::format("{}/{}", row.bits_needed, row.bits_there), part(row.fixed, largest), part(row.fixed, mean),
                part(row.secure, largest), part(row.secure, mean), seen ? number(row.expected) : "",
                part(row.reference, largest), detail::parity_finding(row));
    while (out.back() == ' ') out.pop_back();
    out += "\n";
  }
  auto const first = report.first_divergence();
  return out + (first ? fmt::format("first divergence: {}\n", first->empty() ? "(outside)" : *first)
                      : std::string("no divergence\n"));
}

/// The same with every number, as JSON text: {"protocol", "ring_bits", "frac_bits", "first_divergence", "rows": [...]}.
[[nodiscard]] inline std::string parity_json(parity_report const& report) {
  static constexpr std::array<char const*, 5> verdicts{"fine", "overflow", "diverges", "unlike reference", "imprecise"};
  auto const first = report.first_divergence();
  nlohmann::ordered_json out{
      {"protocol", report.protocol}, {"ring_bits", report.ring_bits}, {"frac_bits", report.frac_bits}};
  out["first_divergence"] = first ? nlohmann::ordered_json(*first) : nlohmann::ordered_json();
  auto rows = nlohmann::ordered_json::array();
  for (auto const& row : report.rows)
    rows.push_back({{"layer", row.layer},
                    {"shape", row.shape},
                    {"is_what_it_says", row.is_what_it_says},
                    {"lowest", row.lowest},
                    {"highest", row.highest},
                    {"bits_of", row.bits_of},
                    {"bits_needed", row.bits_needed},
                    {"bits_there", row.bits_there},
                    {"fixed", detail::to_json(row.fixed)},
                    {"secure", detail::to_json(row.secure)},
                    {"expected", row.expected},
                    {"reference", detail::to_json(row.reference)},
                    {"verdict", verdicts[static_cast<std::size_t>(row.verdict)]}});
  out["rows"] = std::move(rows);
  return out.dump(2);
}

}  // namespace trace
}  // namespace koi
