// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>

#include <utility>

namespace koi::kernels {

/// One tile of c, held in registers: a packed as [depth][Rows], b as sets of lanes, `b_stride` from
/// one depth to the next; in words of the matrix itself where Direct, otherwise in units.
template <class Lanes, std::size_t Rows, std::size_t Vectors>
struct gemm_micro {
  using word = typename Lanes::word;
  using unit = typename Lanes::unit;

  /// `last`: how many columns of the last set of lanes exist.
  template <bool Direct, class B>
  [[gnu::noinline]] static void run(unit const* a, B const* b, std::size_t b_stride, word* c, std::size_t c_stride,
                                    std::size_t depth, std::size_t last, bool add) noexcept {
    all<Direct>(a, b, b_stride, c, c_stride, depth, last, add, std::make_index_sequence<Rows * Vectors>{},
                std::make_index_sequence<Vectors>{}, std::make_index_sequence<Rows>{});
  }

 private:
  template <bool Direct, class B, std::size_t... Cell, std::size_t... V, std::size_t... R>
  [[gnu::always_inline]] static void all(unit const* a, B const* b, std::size_t b_stride, word* c, std::size_t c_stride,
                                         std::size_t depth, std::size_t last, bool add, std::index_sequence<Cell...>,
                                         std::index_sequence<V...>, std::index_sequence<R...>) noexcept {
    ((__builtin_prefetch(c + R * c_stride, 1),
      __builtin_prefetch(c + R * c_stride + (Vectors - 1) * Lanes::width + last - 1, 1)),
     ...);
    typename Lanes::sums s[] = {((void)Cell, Lanes::zero())...};
    for (; depth > 0; --depth, a += Rows * Lanes::a_units, b += b_stride) {
      typename Lanes::columns const row[] = {load<Direct>(b, V)...};
      (step<Cell>(s, a, row), ...);
    }
    (Lanes::write(c + Cell / Vectors * c_stride + Cell % Vectors * Lanes::width, s[Cell],
                  Cell % Vectors + 1 == Vectors ? last : Lanes::width, add),
     ...);
  }

  template <bool Direct, class B>
  [[gnu::always_inline]] static typename Lanes::columns load(B const* b, std::size_t v) noexcept {
    if constexpr (Direct)
      return Lanes::load(b + v * Lanes::width);
    else
      return Lanes::load_packed(b + v * Lanes::b_units);
  }

  template <std::size_t Cell>
  [[gnu::always_inline]] static void step(typename Lanes::sums* s, unit const* a,
                                          typename Lanes::columns const* row) noexcept {
    constexpr auto r = Cell / Vectors, v = Cell % Vectors;
    if constexpr (!Lanes::in_pairs || Rows * Vectors % 2 != 0) {
      Lanes::multiply_add(s[Cell], Lanes::repeat(a + r * Lanes::a_units), row[v]);
    } else if constexpr (Cell % 2 == 0) {
      constexpr auto r1 = (Cell + 1) / Vectors, v1 = (Cell + 1) % Vectors;
      auto const f = Lanes::repeat(a + r * Lanes::a_units);
      if constexpr (r == r1)
        Lanes::multiply_add_pair(s[Cell], s[Cell + 1], f, row[v], row[v1]);
      else
        Lanes::multiply_add_pair(s[Cell], s[Cell + 1], f, Lanes::repeat(a + r1 * Lanes::a_units), row[v], row[v1]);
    }
  }
};

}  // namespace koi::kernels
