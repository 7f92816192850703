// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>

#include <type_traits>
#include <utility>

namespace koi::kernels {

/// Where tiles of c are, and what else they need than b.
template <MachineWord Word, class Unit>
struct gemm_place {
  Unit const* a;
  std::size_t a_stride;  ///< units from a row of a to the next
  std::size_t depth;
  Word* c;
  std::size_t c_stride;
  std::size_t wide;  ///< how many columns exist
  bool add;
  Word const* next = nullptr;   ///< `depth` rows of words that are to come into the caches meanwhile,
  std::size_t next_stride = 0;  ///< none if this is 0
};

/// One tile of c, held in registers. b: as sets of lanes, `b_stride` from one depth to the next; in words of the matrix
/// itself where Direct, otherwise in units.
template <class Lanes, std::size_t Rows, std::size_t Vectors>
struct gemm_micro {
  using word = typename Lanes::word;
  using unit = typename Lanes::unit;
  using place = gemm_place<word, unit>;

  template <bool Direct, class B>
  [[gnu::noinline]] static void run(place const& at, B const* b, std::size_t b_stride) noexcept {
    all<Direct>(at, b, b_stride, std::make_index_sequence<Rows * Vectors>{}, std::make_index_sequence<Vectors>{},
                std::make_index_sequence<Rows>{}, std::make_index_sequence<(Rows + 2) / 3>{});
  }

 private:
  template <bool Direct, class B, std::size_t... Cell, std::size_t... V, std::size_t... R, std::size_t... Three>
  [[gnu::always_inline]] static void all(place const& at, B const* b, std::size_t b_stride,
                                         std::index_sequence<Cell...>, std::index_sequence<V...>,
                                         std::index_sequence<R...>, std::index_sequence<Three...>) noexcept {
    auto const a_stride = at.a_stride;
    auto const last = at.wide - (Vectors - 1) * Lanes::width;  // of the last set of lanes
    auto const* soon = at.c;
    (((void)R, __builtin_prefetch(soon, 1), __builtin_prefetch(soon + at.wide - 1, 1), soon += at.c_stride), ...);

    typename Lanes::sums s[] = {((void)Cell, Lanes::zero())...};
    unit const* threes[] = {at.a + 3 * Three * a_stride...};  // an address reaches three rows: + 0, 1 or 2 strides
    auto const* next = at.next;
    auto const sum = [&](auto ahead) __attribute__((always_inline)) {
      for (auto depth = at.depth; depth > 0; --depth, b += b_stride) {
        typename Lanes::columns const row[] = {load<Direct>(b, V)...};
        (step<Cell>(s, threes, a_stride, row), ...);
        ((threes[Three] += Lanes::a_units), ...);
        if constexpr (ahead) {
          (__builtin_prefetch(next + V * Lanes::width), ...);
          next += at.next_stride;
        }
      }
    };
    if (Lanes::width > 1 && at.next_stride != 0)
      sum(std::true_type{});
    else
      sum(std::false_type{});

    auto const write = [&](auto whole) __attribute__((always_inline)) {
      auto* c = at.c;
      auto const write_row = [&](typename Lanes::sums const* sums) __attribute__((always_inline)) {
        __asm__("" : "+r"(c));  // or addresses of rows take registers from the sums
        (Lanes::write(c + V * Lanes::width, sums[V], V + 1 == Vectors && !whole ? last : Lanes::width, at.add), ...);
        c += at.c_stride;
      };
      (write_row(s + R * Vectors), ...);
    };
    if (last == Lanes::width)
      write(std::true_type{});
    else
      write(std::false_type{});
  }

  template <bool Direct, class B>
  [[gnu::always_inline]] static typename Lanes::columns load(B const* b, std::size_t v) noexcept {
    if constexpr (Direct)
      return Lanes::load(b + v * Lanes::width);
    else
      return Lanes::load_packed(b + v * Lanes::b_units);
  }

  template <std::size_t Row>
  [[gnu::always_inline]] static typename Lanes::factor factor(unit const* const* threes, std::size_t stride) noexcept {
    return Lanes::repeat(threes[Row / 3] + Row % 3 * stride);
  }

  template <std::size_t Cell>
  [[gnu::always_inline]] static void step(typename Lanes::sums* s, unit const* const* threes, std::size_t stride,
                                          typename Lanes::columns const* row) noexcept {
    constexpr auto r = Cell / Vectors, v = Cell % Vectors;
    if constexpr (!Lanes::in_pairs || Rows * Vectors % 2 != 0) {
      Lanes::multiply_add(s[Cell], factor<r>(threes, stride), row[v]);
    } else if constexpr (Cell % 2 == 0) {
      constexpr auto r1 = (Cell + 1) / Vectors, v1 = (Cell + 1) % Vectors;
      auto const f = factor<r>(threes, stride);
      if constexpr (r == r1)
        Lanes::multiply_add_pair(s[Cell], s[Cell + 1], f, row[v], row[v1]);
      else
        Lanes::multiply_add_pair(s[Cell], s[Cell + 1], f, factor<r1>(threes, stride), row[v], row[v1]);
    }
  }
};

}  // namespace koi::kernels
