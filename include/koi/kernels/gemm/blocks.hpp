// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/micro.hpp>
#include <koi/kernels/gemm/pack.hpp>

namespace koi::kernels {

/// Products block by block: some rows of a stay in the second-level cache, and the panel of b in use in the first or
/// second. What tiles can read where it is stays there; otherwise rows of a are packed before all panels, and some
/// panels of b at a time, when the first rows come to them.
template <class Lanes>
struct gemm_blocks {
  using word = typename Lanes::word;
  using unit = typename Lanes::unit;
  using packing = gemm_packing<Lanes>;
  static constexpr auto smaller = packing::smaller;
  static constexpr std::size_t panel = packing::panel;
  static constexpr std::size_t depth =  // about; without lanes exactly, as compilers make vectors along it
      sizeof(word) > 8   ? 128
      : Lanes::width > 1 ? 224
                         : 256;
  static constexpr std::size_t rows = 144 / Lanes::rows * Lanes::rows;
  static constexpr std::size_t columns = (sizeof(word) > 8 ? 512 : 8192 / sizeof(word)) / panel * panel;
  static constexpr std::size_t panels_at_once = sizeof(word) > 8 ? 16 : 4;
  static constexpr std::size_t short_rows = Lanes::rows > 8 ? 8 : 0;  // of a tile that is as fast; 4 rows are not

  /// Up to how many rows tiles read b where it is: few, if a panel has only parts of lines of the caches, or if its
  /// rows are crowded and every tile fetches them from an outer cache.
  static constexpr bool direct = Lanes::packed_as_is && Lanes::width > 1;
  static constexpr bool whole_lines = panel * sizeof(word) >= 128;
  static constexpr std::size_t direct_rows = !direct ? 0 : whole_lines ? rows : 2 * Lanes::rows;
  static constexpr std::size_t direct_rows_crowded = !direct ? 0 : (whole_lines ? 6 : 2) * Lanes::rows;

  /// Units of the packed blocks, and words of a row of a that is not in memory.
  struct room {
    std::size_t a, b, row;
  };
  static room scratch(gemm_task<word> const& task) noexcept {
    room out{0, 0, 0};
    blocks(task, [&](block const& x) {
      auto const most = x.b_there ? task.n % panel : one_pass(task) ? panels_at_once * panel : columns;
      auto const wide = (smaller(most, task.n) + panel - 1) / panel;
      out.b = larger(out.b, wide * Lanes::vectors * Lanes::b_units * x.deep);
      if (!x.a_there) out.a = larger(out.a, smaller(rows, task.m) * packing::a_stride(x.deep));
      if (!Lanes::packed_as_is && !x.a_there) out.row = larger(out.row, x.deep);
    });
    return out;
  }

  /// Scratch: unit[room.a + room.b], then word[room.row], aligned for words.
  static void run(gemm_task<word> const& task, unit* scratch_units) noexcept {
    auto const sizes = scratch(task);
    auto* const b = scratch_units + sizes.a;
    auto* const row = reinterpret_cast<word*>(b + sizes.b);
    auto const most_wide = one_pass(task) ? task.n : columns;
    for (std::size_t j = 0; j < task.n; j += most_wide)
      blocks(task, [&](block const& x) {
        for (std::size_t i = 0; i < task.m; i += rows) {
          auto const high = smaller(rows, task.m - i);
          place at{scratch_units,      packing::a_stride(x.deep), x.deep, task.c + i * task.c_stride, task.c_stride, 0,
                   task.add || x.p > 0};
          if (!x.a_there)
            packing::pack_a(task, x.p, x.deep, i, high, scratch_units, row);
          else if constexpr (Lanes::packed_as_is) {
            at.a = x.factors->a + i * x.factors->a_stride + x.from;
            at.a_stride = x.factors->a_stride;
          }
          panels(task, x, i, high, j, smaller(most_wide, task.n - j), at, b);
        }
      });
  }

 private:
  /// Depths [p, p + deep) of the pairs of factors.
  struct block {
    block(gemm_task<word> const& task, std::size_t first, std::size_t count) noexcept : p(first), deep(count) {
      packing::pieces(task, p, deep, [&](gemm_factors<word> const& x, std::size_t at, std::size_t some, std::size_t) {
        if (some < deep) return;
        factors = &x;
        from = at;
        a_there = Lanes::packed_as_is && x.a_row == nullptr && !packing::crowded(x.a_stride);
        b_there = task.m <= (packing::crowded(x.b_stride) ? direct_rows_crowded : direct_rows);
      });
    }
    /// Where column j of b is.
    word const* b(std::size_t j) const noexcept { return factors->b + from * factors->b_stride + j; }

    std::size_t p, deep;
    gemm_factors<word> const* factors = nullptr;  ///< the pair that has them all,
    std::size_t from = 0;                         ///< from here on
    bool a_there = false, b_there = false;        ///< whether tiles read them where they are
  };

  using place = gemm_place<word, unit>;

  static constexpr std::size_t larger(std::size_t x, std::size_t y) noexcept { return x < y ? y : x; }

  /// Whether all rows come to a panel of b before the next one is packed.
  static bool one_pass(gemm_task<word> const& task) noexcept { return task.m <= rows; }

  /// f(block): all depths; a block has all of them if these are few, or some of one pair.
  template <class F>
  static void blocks(gemm_task<word> const& task, F f) noexcept {
    auto const total = packing::total_depth(task);
    if (Lanes::width == 1 || total <= depth + depth / 2) {
      auto const deep = Lanes::width == 1 ? depth : total;
      for (std::size_t p = 0; p < total; p += deep) f(block(task, p, smaller(deep, total - p)));
      return;
    }
    std::size_t begin = 0;
    for (std::size_t x = 0; x < task.count; begin += task.factors[x++].k) {
      auto const k = task.factors[x].k, count = larger((k + depth / 2) / depth, 1), deep = (k + count - 1) / count;
      for (std::size_t p = 0; p < k; p += deep) f(block(task, begin + p, smaller(deep, k - p)));
    }
  }

  /// Rows [i, i + high) of a block, which begin at `rows_at`, times columns [j, j + wide).
  static void panels(gemm_task<word> const& task, block const& x, std::size_t i, std::size_t high, std::size_t j,
                     std::size_t wide, place const& rows_at, unit* packed) noexcept {
    constexpr auto some = panels_at_once * panel;
    auto const units = [&](std::size_t count) { return count / Lanes::width * Lanes::b_units * x.deep; };
    for (std::size_t v = 0; v < wide; v += panel) {
      auto at = rows_at;
      at.c += j + v;
      at.wide = smaller(panel, wide - v);
      auto const next = v + (x.b_there ? panel : some);
      if (direct && x.factors != nullptr && i == 0 && next + panel <= wide) {
        at.next = x.b(j + next);
        at.next_stride = x.factors->b_stride;
      }
      if constexpr (direct)
        if (x.b_there && at.wide == panel) {
          tiles<Lanes::vectors, true>(at, high, x.b(j + v), x.factors->b_stride);
          continue;
        }
      auto const first = x.b_there ? v : v / some * some;
      auto* const b = packed + (one_pass(task) ? 0 : units(first));
      if (i == 0 && v == first) packing::pack_b(task, x.p, x.deep, j + v, smaller(some, wide - v), b);
      packed_panel(at, high, b + units(v - first));
    }
  }

  /// By tiles as wide as what there is of it.
  static void packed_panel(place at, std::size_t high, unit const* b) noexcept {
    constexpr auto one = Lanes::b_units, all = Lanes::vectors * one;
    bool const several = at.wide > Lanes::width;
    if constexpr (Lanes::has_half) {
      auto const whole = several ? Lanes::width : 0;
      if (2 * (at.wide - whole) <= Lanes::width) {
        auto rest = at;
        rest.c += whole;
        rest.wide -= whole;
        tiles<1, false, typename Lanes::half>(rest, high, several ? b + one : b, several ? all : one);
        at.wide = whole;
        if (several) tiles<1, false>(at, high, b, all);
        return;
      }
    }
    if (Lanes::vectors == 1 || several)
      tiles<Lanes::vectors, false>(at, high, b, all);
    else
      tiles<1, false>(at, high, b, one);
  }

  template <std::size_t Vectors, bool Direct, class Wide = Lanes, class B>
  static void tiles(place at, std::size_t high, B const* b, std::size_t b_stride) noexcept {
    while (high > 0) {
      auto const tile = [&]<std::size_t Tall>(std::index_sequence<Tall>) __attribute__((always_inline)) {
        gemm_micro<Wide, Tall, Vectors>::template run<Direct>(at, b, b_stride);
        at.a += Tall * at.a_stride;
        at.c += Tall * at.c_stride;
        at.next_stride = 0;
        high -= Tall;
      };
      // 16 rows are 8 and 8, not 12 and 4
      if (high >= Lanes::rows && (short_rows == 0 || high < 2 * short_rows || high >= Lanes::rows + short_rows))
        tile(std::index_sequence<Lanes::rows>{});
      else if (short_rows != 0 && high >= short_rows)
        tile(std::index_sequence<larger(1, short_rows)>{});
      else if (Lanes::rows > 4 && high >= 4)
        tile(std::index_sequence<smaller(4, Lanes::rows)>{});
      else if (high >= 2)
        tile(std::index_sequence<2>{});
      else
        tile(std::index_sequence<1>{});
    }
  }
};

}  // namespace koi::kernels
