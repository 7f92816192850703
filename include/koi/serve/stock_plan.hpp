// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace koi::serve {

/// What is computed at a time, and has a stock of its own.
struct kind_of_run {
  std::uint32_t model = 0;  ///< its number in the session
  std::uint32_t batch = 0;
  bool label = false;

  friend auto operator<=>(kind_of_run const&, kind_of_run const&) = default;
};
/// The name of its stock.
[[nodiscard]] inline std::string to_string(kind_of_run const& k) {
  return fmt::format("{}/{}/{}", k.model, k.batch, k.label ? "label" : "scores");
}

/// One thing to do in idle time.
struct stock_work {
  kind_of_run kind;
  bool drop = false;  ///< its oldest prepared run, instead of preparing one

  friend bool operator==(stock_work const&, stock_work const&) = default;
};

/// What server 0 has prepared while nobody asks: of each kind of run as much as its part of all uses, of which the
/// latest count most, gives it of the memory. Where that is less than one run, the kinds used most have one as far as
/// they fit. What a run takes is guessed until one was made; if it was more, that one goes again.
///
/// Threads  one object: one thread at a time
class stock_plan {
 public:
  explicit stock_plan(std::size_t most_bytes) : most_(most_bytes) {}

  /// A run took place. `guess` is what one that is prepared might take.
  void used(kind_of_run const& kind, std::size_t guess) {
    next_weight_ *= std::exp2(1.0 / uses_of_half_weight);
    auto& of = kinds_[kind];
    if (of.run_bytes == 0) of.run_bytes = std::max<std::size_t>(guess, 1);
    of.weight += next_weight_;
    if (next_weight_ < 1e100) return;
    for (auto& [each, k] : kinds_) k.weight /= next_weight_;
    next_weight_ = 1;
  }
  /// A run was prepared, and takes so many bytes.
  void made(kind_of_run const& kind, std::size_t bytes) { kinds_[kind].run_bytes = std::max<std::size_t>(bytes, 1); }
  void forget(std::uint32_t model) {
    std::erase_if(kinds_, [model](auto const& each) { return each.first.model == model; });
  }

  /// What to do next; nothing if all is as it should be. `held(kind)` gives the bytes that are prepared.
  template <class Held>
  [[nodiscard]] std::optional<stock_work> next(Held held) const {
    auto const all = apportioned(held);
    std::size_t total = 0;
    for (auto const& k : all) total += k.held;
    if (total > most_) return drop_of(all, [](auto const&) { return true; });
    for (auto const& wanting : all) {
      if (wanting.held + wanting.run_bytes > wanting.due) continue;
      if (total + wanting.run_bytes <= most_) return stock_work{wanting.kind};
      auto const gives_way = [&](share const& other) {
        if (other.weight * 2 < wanting.weight) return true;
        return other.due != 0 && (wanting.held == 0 || other.held - other.due > most_ / 8);
      };
      if (auto const room = drop_of(all, gives_way)) return room;
    }
    return std::nullopt;
  }

 private:
  static constexpr double uses_of_half_weight = 32;

  struct known {
    double weight = 0;
    std::size_t run_bytes = 0;
  };
  struct share {
    kind_of_run kind;
    double weight = 0;
    std::size_t run_bytes = 0, held = 0;
    std::size_t due = 0;  ///< bytes that it should hold
  };

  /// All kinds, those of the greatest weight first.
  template <class Held>
  [[nodiscard]] std::vector<share> apportioned(Held held) const {
    std::vector<share> all;
    double weights = 0;
    for (auto const& [kind, k] : kinds_) {
      all.push_back({kind, k.weight, k.run_bytes, held(kind), 0});
      if (all.back().run_bytes <= most_) weights += k.weight;
    }
    std::stable_sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.weight > b.weight; });
    auto left = most_;
    for (auto& k : all) {
      if (k.run_bytes > most_) continue;  // it takes nothing from the others
      auto const quota = weights > 0 ? std::min(1.0, k.weight / weights) : 0.0;
      auto const part = static_cast<std::size_t>(static_cast<double>(left) * quota);
      auto const runs = std::max<std::size_t>(part / k.run_bytes, k.run_bytes <= left ? 1 : 0);
      k.due = std::min(runs * k.run_bytes, left);
      left -= k.due;
      weights -= k.weight;
    }
    return all;
  }
  /// The oldest run of that kind which holds most more than it should, of those that `may` give way.
  template <class May>
  [[nodiscard]] static std::optional<stock_work> drop_of(std::vector<share> const& all, May may) {
    share const* most = nullptr;
    for (auto const& k : all)
      if (k.held > k.due && may(k) && (most == nullptr || k.held - k.due > most->held - most->due)) most = &k;
    if (most == nullptr) return std::nullopt;
    return stock_work{most->kind, true};
  }

  std::size_t most_;
  double next_weight_ = 1;
  std::map<kind_of_run, known> kinds_;
};

}  // namespace koi::serve
