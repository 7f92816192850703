// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace koi::bench {

/// Where the players of an online benchmark live, and over what they talk.
enum class players {
  threads,    ///< threads of one process, local channels
  tcp,        ///< threads of one process, TCP over the loopback address
  processes,  ///< a process each, TCP over the loopback address
};

/// What every benchmark program understands.
struct options {
  /// full: for figures that are shown. quick: a glance. smoke: that it runs at all, no figures.
  enum class effort { full, quick, smoke } how_long = effort::full;
  players where = players::processes;
  std::size_t threads = 1;  ///< of each player, for large matrix products
  std::string rows;         ///< file that gets each row as a line of JSON; none if empty
  bool heading = true;      ///< whether this program starts a table, or goes on with one

  /// Timed runs of an online operation; as many repetitions of a local kernel.
  [[nodiscard]] std::size_t runs() const noexcept {
    return how_long == effort::full ? 9 : how_long == effort::quick ? 3 : 1;
  }
  [[nodiscard]] std::size_t warm_ups() const noexcept { return how_long == effort::full ? 2 : 1; }
  /// Seconds that one repetition of a local kernel, or of a machine's limit, goes on for at least.
  [[nodiscard]] double seconds() const noexcept {
    return how_long == effort::full ? 0.2 : how_long == effort::quick ? 0.05 : 0.001;
  }
};

[[nodiscard]] constexpr std::string_view to_string(players where) noexcept {
  return where == players::threads ? "threads" : where == players::tcp ? "tcp" : "processes";
}

/// Reads a program's arguments; ends the program where it does not understand one.
[[nodiscard]] inline options parse(int argc, char** argv) {
  options out;
  auto const leave = [&](int status) {
    fmt::print(status == 0 ? stdout : stderr,
               "usage: {} [--quick | --smoke] [--players threads|tcp|processes] [--threads N] [--rows FILE] "
               "[--no-heading]\n"
               "  --quick       few and short runs\n"
               "  --smoke       one run of everything: that it works, no figures\n"
               "  --players     online benchmarks: threads over local channels, threads over loopback TCP, or a\n"
               "                process for each player over loopback TCP (default)\n"
               "  --threads N   of each player, for large matrix products; one if not said\n"
               "  --rows FILE   adds each row to a file, as a line of JSON\n"
               "  --no-heading  goes on with the table of another program\n",
               argv[0]);
    std::exit(status);
  };
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    bool const more = i + 1 < argc;
    if (word == "--quick") {
      out.how_long = options::effort::quick;
    } else if (word == "--smoke") {
      out.how_long = options::effort::smoke;
    } else if (word == "--no-heading") {
      out.heading = false;
    } else if (word == "--rows" && more) {
      out.rows = argv[++i];
    } else if (word == "--threads" && more) {
      out.threads = static_cast<std::size_t>(std::strtoul(argv[++i], nullptr, 10));
      if (out.threads == 0) leave(2);
    } else if (word == "--players" && more) {
      std::string_view const kind = argv[++i];
      if (kind == "threads")
        out.where = players::threads;
      else if (kind == "tcp")
        out.where = players::tcp;
      else if (kind == "processes")
        out.where = players::processes;
      else
        leave(2);
    } else {
      leave(word == "-h" || word == "--help" ? 0 : 2);
    }
  }
  return out;
}

}  // namespace koi::bench
