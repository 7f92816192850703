// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../common/report.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

namespace networks {

/// What was seen of one network with one protocol.
struct row {
  std::string network;
  std::string protocol;
  std::size_t images = 0;
  mnist::comparison seen;
  mnist::prediction_costs costs;
};

/// Bytes are those of all links that this process saw; the weights, which are shared once, are not among them.
inline void print(std::vector<row> const& rows) {
  constexpr auto line = "{:<8}{:<10}{:>9}{:>9}{:>13}{:>11}{:>10}{:>10}{:>11}{:>11}{:>11}{:>8}\n";
  fmt::print("\n{:<18}{:>18}{:>13}{:>11}{:>20}{:>33}\n", "", "accuracy in %", "same digit", "largest", "milliseconds",
             "bytes an image");
  fmt::print(line, "network", "protocol", "plain", "private", "as plain", "error", "a batch", "an image", "online",
             "offline", "both", "rounds");
  for (auto const& r : rows) {
    auto const images = static_cast<double>(r.images);
    mnist::phase_counts sum;
    for (auto const& link : r.costs.links) {
      sum.offline += link.bytes.offline;
      sum.online += link.bytes.online;
    }
    auto const an_image = [&](std::uint64_t bytes) {
      return fmt::format("{:.0f}", static_cast<double>(bytes) / images);
    };
    auto const known = [](auto const& value, auto const& in_words) {
      return value ? in_words(*value) : std::string("?");
    };
    auto const percent = [](double share) { return fmt::format("{:.2f}", 100 * share); };
    double all_milliseconds = 0;
    for (auto const each : r.costs.batch_milliseconds) all_milliseconds += each;
    fmt::print(line, r.network, r.protocol, known(r.seen.plain_accuracy, percent),
               known(r.seen.private_accuracy, percent),
               known(r.seen.argmax_agreement, [&](std::size_t n) { return fmt::format("{}/{}", n, r.images); }),
               known(r.seen.max_abs_logit_error, [](double error) { return fmt::format("{:.6f}", error); }),
               fmt::format("{:.1f}", mnist::median(r.costs.batch_milliseconds)),
               fmt::format("{:.2f}", all_milliseconds / images), an_image(sum.online), an_image(sum.offline),
               an_image(sum.online + sum.offline), r.costs.rounds_per_batch);
  }
}

}  // namespace networks
