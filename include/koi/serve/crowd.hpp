// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/serve/request.hpp>

#include <array>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace koi::serve {

/// How many samples are likely to come at a time: those of all who were answered lately, each counted once. Clients
/// that ask again as soon as they are answered form such a crowd, even where two batches share them.
///
/// Threads  one object: one thread at a time
class crowd {
 public:
  /// A batch was taken; `rested`: for a while before it nobody had asked, so that those before it are a crowd no more.
  void came(std::vector<request> const& batch, bool rested) {
    auto& of = batches_[key(batch[0])];
    of[1] = rested ? counts{} : std::exchange(of[0], {});
    of[0].clear();
    for (auto const& r : batch) of[0][r.connection] += r.samples();
    if (batches_.size() > most_kinds) batches_.erase(batches_.begin());
  }

  /// Samples to wait for, where such a request waits; no number where nothing is known.
  [[nodiscard]] std::size_t expected(request const& like) const {
    auto const found = batches_.find(key(like));
    if (found == batches_.end()) return std::numeric_limits<std::size_t>::max();
    auto const& [last, before] = found->second;
    std::size_t sum = 0;
    for (auto const& [who, samples] : last) sum += samples;
    for (auto const& [who, samples] : before) sum += last.contains(who) ? 0 : samples;
    return sum;
  }

 private:
  using counts = std::map<std::uint64_t, std::size_t>;  // by connection
  using kind = std::tuple<model_id, reveals>;
  static constexpr std::size_t most_kinds = 256;

  static kind key(request const& r) { return {r.model, r.show}; }

  std::map<kind, std::array<counts, 2>> batches_;  // the last one, and the one before
};

}  // namespace koi::serve
