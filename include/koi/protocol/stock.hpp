// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>

#include <fmt/format.h>

#include <any>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace koi {

/// Which part of every step a player does now.
enum class pass : std::uint8_t {
  whole,    ///< all of it
  offline,  ///< what depends on no input: kept in the stock
  online,   ///< the rest, with what the stock has
};

/// Bytes that a prepared piece keeps: of a tensor or of planes its elements, of a struct its `parts()`.
template <class T>
[[nodiscard]] std::size_t held_bytes(T const& piece) {
  if constexpr (requires { piece.parts(); }) {
    return std::apply([](auto const&... part) { return (std::size_t{0} + ... + held_bytes(part)); }, piece.parts());
  } else if constexpr (requires { piece.bytes().size(); }) {
    return piece.bytes().size();
  } else {
    std::size_t sum = 0;
    for (auto const& part : piece) sum += held_bytes(part);
    return sum;
  }
}

/// What was made ahead for parts of the program, by name: the pieces of a part's steps in their order, for one run
/// each. A piece is used once: a run is taken away before the first of its pieces is. It lies in memory alone, so what
/// is left when a process ends is gone, and nothing can be used again.
///
/// Threads  distinct objects: safe; one object: one thread at a time
class stock {
 public:
  /// Runs that are left, in all and of one name.
  [[nodiscard]] std::size_t runs() const noexcept { return runs_; }
  [[nodiscard]] std::size_t runs(std::string_view name) const {
    auto const at = shelves_.find(name);
    return at == shelves_.end() ? 0 : at->second.runs.size();
  }
  /// Bytes of the run that was made last, and of all that are left, in all and of one name.
  [[nodiscard]] std::size_t made_bytes() const noexcept { return made_bytes_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return held_; }
  [[nodiscard]] std::size_t bytes(std::string_view name) const {
    auto const at = shelves_.find(name);
    return at == shelves_.end() ? 0 : at->second.bytes;
  }

  void begin_making(std::string_view name) {
    auto const at = shelves_.find(name);
    making_ = at != shelves_.end() ? &at->second : &shelves_[std::string(name)];
    making_->runs.emplace_back();
    made_bytes_ = 0;
    ++runs_;
  }
  template <class T>
  void put(std::uint64_t step, T made) {
    auto const n = held_bytes(made);
    made_bytes_ += n;
    held_ += n;
    making_->bytes += n;
    making_->runs.back().bytes += n;
    making_->runs.back().pieces.push_back({step, std::any(std::move(made))});
  }

  /// The oldest run of a name is what take() gives from now on.
  ///
  /// Throws  bad_argument if nothing is left
  void begin_using(std::string_view name) {
    auto const at = shelves_.find(name);
    if (at == shelves_.end())
      throw bad_argument(
          fmt::format("nothing is prepared any more{}: each preparation serves one run; call prepare again",
                      name.empty() ? "" : fmt::format(" for '{}'", name)));
    using_ = take_oldest(at).pieces;
  }
  /// The next piece. `step` says which step it was made for.
  ///
  /// Throws  bad_argument if the run does something else than what was prepared
  template <class T>
  [[nodiscard]] T take(std::uint64_t step, std::string_view kind) {
    if (using_.empty() || using_.front().step != step)
      throw bad_argument(
          fmt::format("{}: this step was not prepared, or not at this place: a prepared run does the "
                      "same steps with the same shapes as the one that prepared it",
                      kind));
    auto taken = std::any_cast<T>(std::move(using_.front().what));
    using_.pop_front();
    return taken;
  }
  /// Throws  bad_argument if the run left steps out
  void end_using() {
    auto const left = std::exchange(using_, {}).size();
    if (left != 0)
      throw bad_argument(fmt::format("a prepared run left out {} of the steps that were prepared for it", left));
  }

  /// Throws runs of a name away, the oldest first, `most` of them; says how many.
  std::size_t drop(std::string_view name, std::size_t most) {
    std::size_t dropped = 0;
    for (auto at = shelves_.find(name); at != shelves_.end() && dropped < most; at = shelves_.find(name)) {
      (void)take_oldest(at);
      ++dropped;
    }
    return dropped;
  }

 private:
  struct piece {
    std::uint64_t step;
    std::any what;
  };
  struct run {
    std::list<piece> pieces;
    std::size_t bytes = 0;
  };
  struct shelf {
    std::list<run> runs;
    std::size_t bytes = 0;
  };
  using shelves = std::map<std::string, shelf, std::less<>>;  // a name without a run has no entry

  run take_oldest(shelves::iterator at) {
    auto& of_name = at->second;
    auto oldest = std::move(of_name.runs.front());
    of_name.runs.pop_front();
    of_name.bytes -= oldest.bytes;
    held_ -= oldest.bytes;
    --runs_;
    if (of_name.runs.empty()) shelves_.erase(at);
    return oldest;
  }

  shelves shelves_;
  shelf* making_ = nullptr;
  std::list<piece> using_;
  std::size_t made_bytes_ = 0;
  std::size_t held_ = 0;
  std::size_t runs_ = 0;
};

}  // namespace koi
