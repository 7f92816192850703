// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>

#include <fmt/format.h>

#include <any>
#include <list>
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

/// What was made ahead for a part of the program: the pieces of its steps in their order, for one
/// run each. A piece is used once.
///
/// Threads  distinct objects: safe; one object: one thread at a time
class stock {
 public:
  /// Runs of the prepared part that are left.
  [[nodiscard]] std::size_t runs() const noexcept { return runs_.size(); }

  void begin_making() {
    runs_.emplace_back();
    made_bytes_ = 0;
  }
  template <class T>
  void put(std::uint64_t step, T made) {
    auto const n = held_bytes(made);
    made_bytes_ += n;
    held_ += n;
    runs_.back().push_back({step, std::any(std::move(made))});
  }

  /// Bytes of the run that was made last, and of all that is kept.
  [[nodiscard]] std::size_t made_bytes() const noexcept { return made_bytes_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return held_; }

  /// Throws  bad_argument if nothing is left
  void begin_using() {
    if (runs_.empty())
      throw bad_argument("nothing is prepared any more: each preparation serves one run; call prepare again");
    using_ = std::move(runs_.front());
    runs_.pop_front();
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
    held_ -= held_bytes(taken);
    return taken;
  }
  /// Throws  bad_argument if the run left steps out
  void end_using() {
    auto const left = std::exchange(using_, {}).size();
    if (left != 0)
      throw bad_argument(fmt::format("a prepared run left out {} of the steps that were prepared for it", left));
  }

 private:
  struct piece {
    std::uint64_t step;
    std::any what;
  };
  std::list<std::list<piece>> runs_;
  std::list<piece> using_;
  std::size_t made_bytes_ = 0;
  std::size_t held_ = 0;
};

}  // namespace koi
