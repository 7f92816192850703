// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// mnist_merge_traces INTO FILE...: the files that players wrote with --trace, each on its machine, as one, with the
// times of all by the first player's clock.
#include <koi/trace/merge.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
  if (argc < 3) {
    fmt::print(stderr, "usage: {} INTO FILE...\n", argv[0]);
    return 2;
  }
  koi::trace::merge_traces({argv + 2, argv + argc}, argv[1]);
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
