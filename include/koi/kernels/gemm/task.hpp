// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/words.hpp>

namespace koi::kernels {

/// Two matrices that are multiplied: a [m,k], b [k,n], row-major.
template <MachineWord Word>
struct gemm_factors {
  Word const* a = nullptr;
  std::size_t a_stride = 0;  ///< words from a row to the next
  Word const* b = nullptr;
  std::size_t b_stride = 0;
  std::size_t k = 0;
  /// Where the rows of a are not in memory, as the patches of a convolution: writes `count` words of
  /// row `row`, from column `from` on.
  void (*a_row)(void const* source, std::size_t row, std::size_t from, std::size_t count, Word* out) noexcept = nullptr;
  void const* source = nullptr;
  std::size_t first_row = 0;  ///< which of its rows is the first of a
};

/// c[m,n] = or += the sum of the products of `count` pairs of factors.
template <MachineWord Word>
struct gemm_task {
  Word* c = nullptr;
  std::size_t c_stride = 0;
  std::size_t m = 0;
  std::size_t n = 0;
  gemm_factors<Word> const* factors = nullptr;
  std::size_t count = 0;
  bool add = false;
};

}  // namespace koi::kernels
