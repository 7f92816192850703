// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor.hpp>

#include <cstdio>

#if !defined(KOI_KERNELS)
#error "koi::kernels does not say that it is there"
#endif

int main() {
  koi::tensor<koi::ring64> const x({3, 5}, 7), y({5, 4}, 11);
  koi::tensor<koi::ring64> const expected({3, 4}, 5 * 7 * 11);
  for (auto const set : koi::kernels::available()) {
    koi::kernels::use(set);
    if (koi::matmul(x, y) != expected) return 1;
    std::printf("%s\n", std::string(koi::kernels::chosen()).c_str());
  }
  return koi::kernels::available().empty() ? 1 : 0;
}
