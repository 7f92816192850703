// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/wipe.hpp>
#include <koi/ring/detail/simd.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace koi::detail {

/// Blocks of a matrix product that fit the caches, for one set of lanes.
template <class Lanes>
struct gemm_tiles {
  static constexpr bool wide = Lanes::width > 1;
  static constexpr std::size_t rows = wide ? 8 : 2;     // of the register tile
  static constexpr std::size_t vectors = wide ? 3 : 4;  // of the register tile
  static constexpr std::size_t columns = vectors * Lanes::width;
  static constexpr std::size_t depth = 256;      // of a packed block
  static constexpr std::size_t panels = 16;      // column panels of a packed block
  static constexpr std::size_t skinny_rows = 3;  // up to here packing does not pay
};

/// c[0..rows) += a * b for one register tile: a is packed [depth][rows], b [depth][columns].
template <class Lanes>
void gemm_micro(typename Lanes::word const* a, typename Lanes::word const* b, typename Lanes::word* c,
                std::size_t c_stride, std::size_t depth) {
  using tiles = gemm_tiles<Lanes>;
  typename Lanes::reg sum[tiles::rows][tiles::vectors];
  for (auto& row : sum)
    for (auto& v : row) v = Lanes::all(0);
  for (std::size_t k = 0; k < depth; ++k) {
    typename Lanes::reg row_b[tiles::vectors];
    for (std::size_t v = 0; v < tiles::vectors; ++v) row_b[v] = Lanes::load(b + k * tiles::columns + v * Lanes::width);
    for (std::size_t r = 0; r < tiles::rows; ++r) {
      auto const factor = Lanes::all(a[k * tiles::rows + r]);
      for (std::size_t v = 0; v < tiles::vectors; ++v) sum[r][v] = Lanes::add(sum[r][v], Lanes::mul(factor, row_b[v]));
    }
  }
  for (std::size_t r = 0; r < tiles::rows; ++r)
    for (std::size_t v = 0; v < tiles::vectors; ++v) {
      auto* const at = c + r * c_stride + v * Lanes::width;
      Lanes::store(at, Lanes::add(Lanes::load(at), sum[r][v]));
    }
}

/// c[m,n] += a[m,k] * b[k,n] for few rows: b is read once, in order.
template <class Lanes>
void gemm_skinny(typename Lanes::word const* a, typename Lanes::word const* b, typename Lanes::word* c, std::size_t m,
                 std::size_t k, std::size_t n) {
  using word = typename Lanes::word;
  for (std::size_t p = 0; p < k; p += 4) {
    auto const deep = std::min<std::size_t>(4, k - p);
    for (std::size_t i = 0; i < m; ++i) {
      auto const* const factors = a + i * k + p;
      auto* const row = c + i * n;
      std::size_t j = 0;
      if (deep == 4) {
        auto const f0 = Lanes::all(factors[0]), f1 = Lanes::all(factors[1]);
        auto const f2 = Lanes::all(factors[2]), f3 = Lanes::all(factors[3]);
        for (; j + Lanes::width <= n; j += Lanes::width) {
          auto const* const at = b + p * n + j;
          auto const even = Lanes::add(Lanes::mul(f0, Lanes::load(at)), Lanes::mul(f2, Lanes::load(at + 2 * n)));
          auto const odd = Lanes::add(Lanes::mul(f1, Lanes::load(at + n)), Lanes::mul(f3, Lanes::load(at + 3 * n)));
          Lanes::store(row + j, Lanes::add(Lanes::load(row + j), Lanes::add(even, odd)));
        }
      }
      for (; j < n; ++j) {
        word sum = row[j];
        for (std::size_t q = 0; q < deep; ++q)
          sum = static_cast<word>(sum + static_cast<word>(factors[q] * b[(p + q) * n + j]));
        row[j] = sum;
      }
    }
  }
}

/// c[m,n] += a[m,k] * b[k,n], row-major without gaps. The same bits for every set of lanes.
template <class Lanes>
void gemm(typename Lanes::word const* a, typename Lanes::word const* b, typename Lanes::word* c, std::size_t m,
          std::size_t k, std::size_t n) {
  using word = typename Lanes::word;
  using tiles = gemm_tiles<Lanes>;
  if (m <= tiles::skinny_rows) return gemm_skinny<Lanes>(a, b, c, m, k, n);

  constexpr auto rows = tiles::rows, columns = tiles::columns;
  std::vector<word, wiping_allocator<word>> packed_a(rows * tiles::depth);
  std::vector<word, wiping_allocator<word>> packed_b(columns * tiles::depth * tiles::panels);
  std::array<word, rows * columns> edge;

  for (std::size_t j0 = 0; j0 < n; j0 += columns * tiles::panels) {
    auto const block_n = std::min(columns * tiles::panels, n - j0);
    for (std::size_t p0 = 0; p0 < k; p0 += tiles::depth) {
      auto const depth = std::min(tiles::depth, k - p0);
      for (std::size_t j = 0; j < block_n; j += columns) {  // b, panel by panel, padded with zeros
        auto const width = std::min(columns, block_n - j);
        auto* const panel = packed_b.data() + j * depth;
        for (std::size_t p = 0; p < depth; ++p) {
          auto const* const row = b + (p0 + p) * n + j0 + j;
          std::copy_n(row, width, panel + p * columns);
          std::fill(panel + p * columns + width, panel + (p + 1) * columns, word{0});
        }
      }
      for (std::size_t i = 0; i < m; i += rows) {
        auto const height = std::min(rows, m - i);
        for (std::size_t p = 0; p < depth; ++p)
          for (std::size_t r = 0; r < rows; ++r)
            packed_a[p * rows + r] = r < height ? a[(i + r) * k + p0 + p] : word{0};
        for (std::size_t j = 0; j < block_n; j += columns) {
          auto const width = std::min(columns, block_n - j);
          auto const* const panel = packed_b.data() + j * depth;
          auto* const at = c + i * n + j0 + j;
          if (height == rows && width == columns) {
            gemm_micro<Lanes>(packed_a.data(), panel, at, n, depth);
          } else {
            edge.fill(0);
            gemm_micro<Lanes>(packed_a.data(), panel, edge.data(), columns, depth);
            for (std::size_t r = 0; r < height; ++r)
              for (std::size_t v = 0; v < width; ++v)
                at[r * n + v] = static_cast<word>(at[r * n + v] + edge[r * columns + v]);
          }
        }
      }
    }
  }
  wipe(edge.data(), sizeof edge);
}

}  // namespace koi::detail
