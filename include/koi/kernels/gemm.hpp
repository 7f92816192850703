// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/avx2.hpp>
#include <koi/kernels/gemm/avx512.hpp>
#include <koi/kernels/gemm/blocks.hpp>
#include <koi/kernels/gemm/ifma.hpp>
#include <koi/kernels/gemm/narrow.hpp>

namespace koi::kernels {

/// Sums of products of matrices by one instruction set. Words wrap, so the order of additions does
/// not matter: all sets give the same bits.
template <class Set, MachineWord Word>
struct gemm_kernel {
  static_assert(Set::compiled, "this translation unit is not compiled for the instruction set");
  using lanes = gemm_lanes<Set, Word>;
  using blocks = gemm_blocks<lanes>;

  /// Bytes that run() wants to work in.
  static std::size_t scratch(gemm_task<Word> const& task) noexcept {
    switch (way_of(task)) {
      case way::nothing:
      case way::few_rows:
        return 0;
      case way::few_columns:
        if constexpr (lanes::sums_along_k) return gemm_few_columns<lanes>::scratch(task);
        return 0;
      case way::blocks:
        break;
    }
    auto const room = blocks::scratch(task);
    return (room.a + room.b) * sizeof(typename lanes::unit) + room.row * sizeof(Word);
  }

  /// `memory` is aligned to 64 bytes, and holds words of the factors afterwards.
  static void run(gemm_task<Word> const& task, void* memory) noexcept {
    switch (way_of(task)) {
      case way::nothing:
        if (!task.add)
          for (std::size_t i = 0; i < task.m; ++i)
            for (std::size_t j = 0; j < task.n; ++j) task.c[i * task.c_stride + j] = 0;
        return;
      case way::few_rows:
        return gemm_few_rows<lanes>::run(task);
      case way::few_columns:
        if constexpr (lanes::sums_along_k) gemm_few_columns<lanes>::run(task, static_cast<Word*>(memory));
        return;
      case way::blocks:
        return blocks::run(task, static_cast<typename lanes::unit*>(memory));
    }
  }

 private:
  enum class way { nothing, few_rows, few_columns, blocks };

  static way way_of(gemm_task<Word> const& task) noexcept {
    bool in_memory = true;
    std::size_t depth = 0;
    for (std::size_t f = 0; f < task.count; ++f) {
      depth += task.factors[f].k;
      in_memory = in_memory && task.factors[f].a_row == nullptr;
    }
    if (task.m == 0 || task.n == 0 || depth == 0) return way::nothing;
    bool const one_tile = task.m == blocks::short_rows && task.n >= 4 * blocks::panel && depth >= 64;
    auto const few_rows = task.n > 2 * lanes::width ? lanes::few_rows : 3;
    if (task.m <= few_rows && in_memory && !one_tile) return way::few_rows;
    if constexpr (lanes::sums_along_k)
      if (in_memory && gemm_few_columns<lanes>::suits(task)) return way::few_columns;
    return way::blocks;
  }
};

}  // namespace koi::kernels
