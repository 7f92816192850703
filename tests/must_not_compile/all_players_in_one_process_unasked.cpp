// expect: :8:[0-9]+: error: (no matching function for call to '(koi::)?run)
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/koi.hpp>

/// Such a program says so in its includes: koi/session/in_process.hpp.
void everybody() {
  koi::run<koi::pond<koi::ring64, 16>>(koi::local_cluster({"owner"}), [](auto&) {});
}
