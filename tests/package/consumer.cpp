// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/koi.hpp>

#include <cstdio>

int main() {
  std::printf("koi %d.%d.%d\n", KOI_VERSION_MAJOR, KOI_VERSION_MINOR, KOI_VERSION_PATCH);
  return koi::element_count({2, 3}) == 6 ? 0 : 1;
}
