// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>
#include <koi/kernels/gemm/task.hpp>

namespace koi::kernels {

/// Copies blocks of the factors into the order in which tiles read them. The pairs of factors count
/// as one, with all their depths one after the other.
template <class Lanes>
struct gemm_packing {
  using word = typename Lanes::word;
  using unit = typename Lanes::unit;
  static constexpr std::size_t panel = Lanes::vectors * Lanes::width;  // columns

  static constexpr std::size_t smaller(std::size_t x, std::size_t y) noexcept { return x < y ? x : y; }

  static std::size_t total_depth(gemm_task<word> const& task) noexcept {
    std::size_t sum = 0;
    for (std::size_t f = 0; f < task.count; ++f) sum += task.factors[f].k;
    return sum;
  }

  /// Whether rows that are so many units apart share few sets of the caches.
  static constexpr bool crowded(std::size_t stride) noexcept { return (stride * sizeof(unit) + 64) % 4096 < 128; }

  /// Units from a row of a packed block of a to the next.
  static constexpr std::size_t a_stride(std::size_t deep) noexcept {
    constexpr auto line = 64 / sizeof(unit);
    auto const units = (deep * Lanes::a_units + line - 1) / line * line;
    return crowded(units) ? units + 2 * line : units;
  }

  /// Rows [i, i + high), depths [p, p + deep): row by row. `row` has room for `deep` words where units are not words
  /// and rows are not in memory.
  static void pack_a(gemm_task<word> const& task, std::size_t p, std::size_t deep, std::size_t i, std::size_t high,
                     unit* out, word* row) noexcept {
    pieces(task, p, deep, [&](gemm_factors<word> const& x, std::size_t from, std::size_t count, std::size_t to) {
      for (std::size_t r = i; r < i + high; ++r) {
        auto* const at = out + (r - i) * a_stride(deep) + to * Lanes::a_units;
        auto const* source = row;
        if (x.a_row == nullptr)
          source = x.a + r * x.a_stride + from;
        else if constexpr (Lanes::packed_as_is) {
          x.a_row(x.source, x.first_row + r, from, count, at);
          continue;
        } else
          x.a_row(x.source, x.first_row + r, from, count, row);
        for (std::size_t q = 0; q < count; ++q) Lanes::pack(at + q * Lanes::a_units, source[q]);
      }
    });
  }

  /// Columns [j, j + wide), depths [p, p + deep): panel by panel, each [deep][panel]; 0 where columns do not exist.
  static void pack_b(gemm_task<word> const& task, std::size_t p, std::size_t deep, std::size_t j, std::size_t wide,
                     unit* out) noexcept {
    pieces(task, p, deep, [&](gemm_factors<word> const& x, std::size_t from, std::size_t count, std::size_t to) {
      for (std::size_t q = 0; q < count; q += 8)  // few rows at a time, for these are few streams to read
        for (std::size_t v = 0; v < wide; v += panel)
          rows_of_b(x.b + (from + q) * x.b_stride + j + v, x.b_stride, smaller(8, count - q), smaller(panel, wide - v),
                    out + v / Lanes::width * Lanes::b_units * deep, to + q);
    });
  }

  /// f(factors, from, count, to): what of each pair lies in depths [p, p + deep), and where it goes.
  template <class F>
  [[gnu::always_inline]] static void pieces(gemm_task<word> const& task, std::size_t p, std::size_t deep,
                                            F f) noexcept {
    std::size_t begin = 0;
    for (std::size_t x = 0; x < task.count && begin < p + deep; ++x) {
      auto const end = begin + task.factors[x].k;
      auto const first = begin > p ? begin : p, last = smaller(end, p + deep);
      if (first < last) f(task.factors[x], first - begin, last - first, first - p);
      begin = end;
    }
  }

 private:
  static void rows_of_b(word const* b, std::size_t stride, std::size_t count, std::size_t wide, unit* out,
                        std::size_t to) noexcept {
    auto const sets = (wide + Lanes::width - 1) / Lanes::width;
    auto const last = wide - (sets - 1) * Lanes::width;
    out += to * sets * Lanes::b_units;
    for (std::size_t q = 0; q < count; ++q, b += stride, out += sets * Lanes::b_units) {
      if (wide == panel) {
        for (std::size_t s = 0; s < Lanes::vectors; ++s)
          Lanes::store_packed(out + s * Lanes::b_units, Lanes::load(b + s * Lanes::width));
      } else {
        for (std::size_t s = 0; s < sets; ++s)
          Lanes::store_packed(out + s * Lanes::b_units,
                              Lanes::load(b + s * Lanes::width, s + 1 < sets ? Lanes::width : last));
      }
    }
  }
};

}  // namespace koi::kernels
