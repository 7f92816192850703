// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

#include <koi/core/error.hpp>
#include <koi/net/meter.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <xtensor/xarray.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace mnist {

struct phase_counts {
  std::uint64_t set_up = 0;
  std::uint64_t offline = 0;
  std::uint64_t online = 0;
};

/// Bytes that one player sent to another.
struct link_bytes {
  std::string from;
  std::string to;
  phase_counts bytes;
};

/// What the predictions cost: milliseconds of each batch, and what the players of this process
/// counted on their links.
struct prediction_costs {
  std::vector<double> batch_milliseconds;      ///< from the client's upload to its decoded logits
  std::uint64_t rounds_per_batch = 0;          ///< online, the client's upload and download among them
  phase_counts rounds;                         ///< of the whole run
  std::optional<double> offline_milliseconds;  ///< of all preparations, where they were made first
  std::uint64_t prepared_bytes = 0;            ///< the most that a player of this process kept of them
  std::vector<link_bytes> links;
};

/// Adds what one player counted. In one process every player is asked, so that each counts what it
/// sent; a player on its own counts both directions of its links.
inline void add_links(prediction_costs& to, std::string const& me, std::vector<std::string> const& players,
                      koi::meter const& spent, bool everybody_is_asked) {
  auto const bytes = [](auto const& of) {
    return phase_counts{of(koi::phase::set_up).bytes, of(koi::phase::offline).bytes, of(koi::phase::online).bytes};
  };
  auto const add = [&](std::string const& from, std::string const& there, phase_counts const& b) {
    if (b.set_up + b.offline + b.online > 0) to.links.push_back({from, there, b});
  };
  for (std::size_t p = 0; p < players.size(); ++p) {
    add(me, players[p], bytes([&](koi::phase ph) { return spent.sent(p, ph); }));
    if (!everybody_is_asked) add(players[p], me, bytes([&](koi::phase ph) { return spent.received(p, ph); }));
  }
  to.rounds.set_up = std::max<std::uint64_t>(to.rounds.set_up, spent.rounds(koi::phase::set_up));
  to.rounds.offline = std::max<std::uint64_t>(to.rounds.offline, spent.rounds(koi::phase::offline));
  to.rounds.online = std::max<std::uint64_t>(to.rounds.online, spent.rounds(koi::phase::online));
}

/// Private predictions beside plain ones, as far as this process may know both, for measuring.
struct comparison {
  std::optional<double> private_accuracy;  ///< where there are labels
  std::optional<double> plain_accuracy;
  std::optional<std::size_t> argmax_agreement;  ///< images on which both say the same
  std::optional<double> max_abs_logit_error;
};

[[nodiscard]] inline comparison compare(xt::xarray<double> const& seen, labelled_images const& set,
                                        std::optional<xt::xarray<double>> const& plain) {
  auto const n = static_cast<double>(set.size());
  auto const guesses = argmax_of_rows(seen);
  if (guesses.size() != set.size()) {
    throw koi::error(fmt::format("{} predictions for {} images", guesses.size(), set.size()));
  }
  comparison result;
  result.private_accuracy = static_cast<double>(count_hits(guesses, set.labels)) / n;
  if (plain) {
    auto const plain_guesses = argmax_of_rows(*plain);
    result.plain_accuracy = static_cast<double>(count_hits(plain_guesses, set.labels)) / n;
    std::size_t same = 0;
    for (std::size_t i = 0; i < guesses.size(); ++i) same += guesses[i] == plain_guesses[i] ? 1 : 0;
    result.argmax_agreement = same;
    double worst = 0;
    for (std::size_t row = 0; row < guesses.size(); ++row) {
      for (std::size_t column = 0; column < 10; ++column) {
        auto const off = std::abs(seen(row, column) - (*plain)(row, column));
        if (!(off <= worst) && !std::isnan(worst)) worst = off;  // keeps a NaN
      }
    }
    result.max_abs_logit_error = worst;
  }
  return result;
}

/// What stands at the head of a report.
struct setting {
  std::string network;  ///< left out where it is empty
  std::string protocol;
  std::size_t ring_bits = 0;
  std::size_t frac_bits = 0;
  std::string data;
  std::size_t images = 0;
  std::size_t batch = 0;
};

namespace detail {

template <class T>
nlohmann::ordered_json or_null(std::optional<T> const& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

inline nlohmann::ordered_json to_json(phase_counts const& counts) {
  return {{"set_up", counts.set_up}, {"offline", counts.offline}, {"online", counts.online}};
}

}  // namespace detail

/// Fields that this player cannot know are null: a server has no accuracy to report.
inline void write_report(std::filesystem::path const& path, setting const& about, comparison const& seen,
                         prediction_costs const& costs) {
  nlohmann::ordered_json report;
  if (!about.network.empty()) report["network"] = about.network;
  report["protocol"] = about.protocol;
  report["ring_bits"] = about.ring_bits;
  report["frac_bits"] = about.frac_bits;
  report["data"] = about.data;
  report["images"] = about.images;
  report["batch"] = about.batch;
  report["plain_accuracy"] = detail::or_null(seen.plain_accuracy);
  report["private_accuracy"] = detail::or_null(seen.private_accuracy);
  report["argmax_agreement"] = detail::or_null(seen.argmax_agreement);
  report["max_abs_logit_error"] = detail::or_null(seen.max_abs_logit_error);
  report["batch_milliseconds"] = costs.batch_milliseconds;
  report["offline_milliseconds"] = detail::or_null(costs.offline_milliseconds);
  report["prepared_bytes"] = costs.prepared_bytes;
  report["rounds_per_batch"] = costs.rounds_per_batch;
  report["rounds"] = detail::to_json(costs.rounds);
  report["bytes_per_link"] = nlohmann::ordered_json::array();
  for (auto const& link : costs.links) {
    auto entry = nlohmann::ordered_json{{"from", link.from}, {"to", link.to}};
    entry.update(detail::to_json(link.bytes));
    report["bytes_per_link"].push_back(entry);
  }

  std::ofstream file(path);
  file << report.dump(2) << '\n';
  if (!file.flush()) throw koi::bad_option(fmt::format("{}: cannot be written", path.string()));
}

[[nodiscard]] inline double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of.empty() ? 0 : of[of.size() / 2];
}

/// The same in a few lines for people.
inline void print_summary(comparison const& seen, prediction_costs const& costs, std::size_t images) {
  auto const in_private = 100 * seen.private_accuracy.value_or(0);
  if (seen.plain_accuracy) {
    fmt::print("accuracy: {:.2f} % in the clear, {:.2f} % in private\n", 100 * *seen.plain_accuracy, in_private);
    fmt::print("same digit on {} of {} images; no logit off by more than {:.6f}\n", *seen.argmax_agreement, images,
               *seen.max_abs_logit_error);
  } else {
    fmt::print("accuracy: {:.2f} % in private\n", in_private);
  }
  auto const& times = costs.batch_milliseconds;
  if (!times.empty())
    fmt::print("milliseconds a batch: median {:.1f}, most {:.1f}\n", median(times),
               *std::max_element(times.begin(), times.end()));
  if (costs.offline_milliseconds)
    fmt::print("prepared before: {} batches in {:.1f} ms; they took up to {} bytes at a player\n", times.size(),
               *costs.offline_milliseconds, costs.prepared_bytes);
  for (auto const& link : costs.links) {
    fmt::print("bytes {} -> {}: set-up {}, offline {}, online {}\n", link.from, link.to, link.bytes.set_up,
               link.bytes.offline, link.bytes.online);
  }
}

}  // namespace mnist
