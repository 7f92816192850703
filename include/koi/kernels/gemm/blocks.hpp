// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/micro.hpp>
#include <koi/kernels/gemm/pack.hpp>

namespace koi::kernels {

/// Products block by block: of b a packed block stays in the outer caches, of a one in the second
/// level, and of b the panel in use in the first. With few rows b is read where it is.
template <class Lanes>
struct gemm_blocks {
  using word = typename Lanes::word;
  using unit = typename Lanes::unit;
  using packing = gemm_packing<Lanes>;
  static constexpr auto smaller = packing::smaller;
  static constexpr std::size_t panel = packing::panel;
  static constexpr std::size_t depth = sizeof(word) > 8 ? 128 : 256;
  static constexpr std::size_t rows = 96 / Lanes::rows * Lanes::rows;
  static constexpr std::size_t columns = (sizeof(word) > 8 ? 512 : 8192 / sizeof(word)) / panel * panel;
  static constexpr std::size_t direct_rows = Lanes::packed_as_is ? 2 * Lanes::rows : 0;

  /// Units of the packed blocks, and words of a row of a that is not in memory.
  struct room {
    std::size_t a, b, row;
  };
  static room scratch(gemm_task<word> const& task) noexcept {
    auto const deep = smaller(depth, packing::total_depth(task));
    auto const wide = task.m <= direct_rows ? panel : smaller(columns, (task.n + panel - 1) / panel * panel);
    std::size_t row = 0;
    for (std::size_t f = 0; f < task.count; ++f)
      if (task.factors[f].a_row != nullptr) row = deep * packing::rows_at_once;
    constexpr auto line = 64 / sizeof(unit);
    return {(smaller(rows, task.m) * deep * Lanes::a_units + line - 1) / line * line,
            wide / Lanes::width * Lanes::b_units * deep, row};
  }

  /// Scratch: unit[room.a + room.b], then word[room.row], aligned for words.
  static void run(gemm_task<word> const& task, unit* scratch_units) noexcept {
    auto const sizes = scratch(task);
    auto* const a = scratch_units;
    auto* const b = a + sizes.a;
    auto* const row = reinterpret_cast<word*>(b + sizes.b);
    if (task.m <= direct_rows)
      direct(task, a, b, row);
    else
      packed(task, a, b, row);
  }

 private:
  static void packed(gemm_task<word> const& task, unit* a, unit* b, word* row) noexcept {
    auto const total = packing::total_depth(task);
    for (std::size_t j = 0; j < task.n; j += columns) {
      auto const wide = smaller(columns, task.n - j);
      for (std::size_t p = 0; p < total; p += depth) {
        auto const deep = smaller(depth, total - p);
        packing::pack_b(task, p, deep, j, wide, b);
        for (std::size_t i = 0; i < task.m; i += rows) {
          auto const high = smaller(rows, task.m - i);
          packing::pack_a(task, p, deep, i, high, a, row);
          for (std::size_t v = 0; v < wide; v += panel)
            strip<false>(a, b + v / Lanes::width * Lanes::b_units * deep, 0, deep, task.c + i * task.c_stride + j + v,
                         task.c_stride, high, smaller(panel, wide - v), task.add || p > 0);
        }
      }
    }
  }

  static void direct(gemm_task<word> const& task, unit* a, unit* b, word* row) noexcept {
    bool add = task.add;
    for (std::size_t f = 0; f < task.count; ++f) {
      auto const& x = task.factors[f];
      auto one = task;
      one.factors = &x;
      one.count = 1;
      for (std::size_t p = 0; p < x.k; p += depth, add = true) {
        auto const deep = smaller(depth, x.k - p);
        packing::pack_a(one, p, deep, 0, task.m, a, row);
        std::size_t j = 0;
        if constexpr (Lanes::packed_as_is)
          for (; j + panel <= task.n; j += panel)
            strip<true>(a, x.b + p * x.b_stride + j, x.b_stride, deep, task.c + j, task.c_stride, task.m, panel, add);
        if (j == task.n) continue;
        packing::pack_b(one, p, deep, j, task.n - j, b);
        strip<false>(a, b, 0, deep, task.c + j, task.c_stride, task.m, task.n - j, add);
      }
    }
  }

  /// All rows of a packed block of a times one panel of b, `wide` columns of which exist.
  template <bool Direct, class B>
  static void strip(unit const* a, B const* b, std::size_t b_stride, std::size_t deep, word* c, std::size_t c_stride,
                    std::size_t high, std::size_t wide, bool add) noexcept {
    if (Lanes::vectors == 1 || wide > Lanes::width)
      tiles<Lanes::vectors, Direct>(a, b, b_stride, deep, c, c_stride, high, wide, add);
    else
      tiles<1, Direct>(a, b, b_stride, deep, c, c_stride, high, wide, add);
  }

  template <std::size_t Vectors, bool Direct, class B>
  static void tiles(unit const* a, B const* b, std::size_t b_stride, std::size_t deep, word* c, std::size_t c_stride,
                    std::size_t high, std::size_t wide, bool add) noexcept {
    auto const last = wide - (Vectors - 1) * Lanes::width;
    auto const stride = Direct ? b_stride : Vectors * Lanes::b_units;
    for (std::size_t left = high; left > 0;) {
      auto const tall = packing::height(left);
      if (tall == Lanes::rows)
        gemm_micro<Lanes, Lanes::rows, Vectors>::template run<Direct>(a, b, stride, c, c_stride, deep, last, add);
      else if (Lanes::rows > 4 && tall == 4)
        gemm_micro<Lanes, smaller(4, Lanes::rows), Vectors>::template run<Direct>(a, b, stride, c, c_stride, deep, last,
                                                                                  add);
      else if (tall == 2)
        gemm_micro<Lanes, 2, Vectors>::template run<Direct>(a, b, stride, c, c_stride, deep, last, add);
      else
        gemm_micro<Lanes, 1, Vectors>::template run<Direct>(a, b, stride, c, c_stride, deep, last, add);
      a += tall * deep * Lanes::a_units;
      c += tall * c_stride;
      left -= tall;
    }
  }
};

}  // namespace koi::kernels
