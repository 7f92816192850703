// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>
#include <koi/kernels/gemm/task.hpp>

#include <utility>

namespace koi::kernels {

/// Products with few rows: 4 rows of b at a time are read in order, and nothing is packed.
template <class Lanes>
struct gemm_few_rows {
  using word = typename Lanes::word;

  static void run(gemm_task<word> const& task) noexcept {
    // what 4 rows of a cannot use at once stays in the first-level cache for the next 4
    auto const wide = task.m <= 4 ? task.n : std::size_t{2048} / sizeof(word);
    for (std::size_t j = 0; j < task.n; j += wide) {
      auto part = task;
      part.c += j;
      part.n = task.n - j < wide ? task.n - j : wide;
      for (std::size_t f = 0; f < task.count; ++f) {
        auto x = task.factors[f];
        x.b += j;
        for (std::size_t p = 0; p < x.k; part.add = true) {
          auto const deep = x.k - p >= 4 ? std::size_t{4} : std::size_t{1};
          for (std::size_t i = 0; i < task.m; i += 4)
            if (deep == 4)
              rows<4>(part, x, i, p);
            else
              rows<1>(part, x, i, p);
          p += deep;
        }
      }
    }
  }

 private:
  template <std::size_t Deep>
  [[gnu::always_inline]] static void rows(gemm_task<word> const& task, gemm_factors<word> const& x, std::size_t i,
                                          std::size_t p) noexcept {
    switch (task.m - i) {
      case 1:
        return columns(task, x, i, p, std::make_index_sequence<1>{}, std::make_index_sequence<Deep>{});
      case 2:
        return columns(task, x, i, p, std::make_index_sequence<2>{}, std::make_index_sequence<Deep>{});
      case 3:
        return columns(task, x, i, p, std::make_index_sequence<3>{}, std::make_index_sequence<Deep>{});
      default:
        return columns(task, x, i, p, std::make_index_sequence<4>{}, std::make_index_sequence<Deep>{});
    }
  }

  template <std::size_t... Row, std::size_t... Deep>
  static void columns(gemm_task<word> const& task, gemm_factors<word> const& x, std::size_t i, std::size_t p,
                      std::index_sequence<Row...>, std::index_sequence<Deep...>) noexcept {
    constexpr auto deep = sizeof...(Deep);
    typename Lanes::factor f[sizeof...(Row)][deep];
    auto const fill = [&](std::size_t r) __attribute__((always_inline)) {
      ((f[r][Deep] = Lanes::repeat_word(x.a + (i + r) * x.a_stride + p + Deep)), ...);
    };
    (fill(Row), ...);
    auto const* const b = x.b + p * x.b_stride;
    auto* const c = task.c + i * task.c_stride;
    auto const add = task.add;
    auto const set = [&](std::size_t j, std::size_t count, auto whole) __attribute__((always_inline)) {
      typename Lanes::columns const v[] = {load(b + Deep * x.b_stride + j, count, whole)...};
      auto const row = [&](std::size_t r) __attribute__((always_inline)) {
        auto s = Lanes::zero();
        if constexpr (Lanes::in_pairs && deep == 4) {
          auto t = Lanes::zero();
          Lanes::multiply_add_pair(s, t, f[r][0], f[r][1], v[0], v[1]);
          Lanes::multiply_add_pair(s, t, f[r][2], f[r][3], v[2], v[3]);
          s = Lanes::sum(s, t);
        } else {
          (Lanes::multiply_add(s, f[r][Deep], v[Deep]), ...);
        }
        Lanes::write(c + r * task.c_stride + j, s, count, add);
      };
      (row(Row), ...);
    };
    std::size_t j = 0;
    for (; j + Lanes::width <= task.n; j += Lanes::width) set(j, Lanes::width, std::true_type{});
    if (j < task.n) set(j, task.n - j, std::false_type{});
  }

  template <class Whole>
  [[gnu::always_inline]] static typename Lanes::columns load(word const* b, std::size_t count, Whole) noexcept {
    if constexpr (Whole::value)
      return Lanes::load(b);
    else
      return Lanes::load(b, count);
  }
};

/// Products with few columns: each word of c is a product of two vectors along k, and a is read as
/// it is. Scratch: the columns of b, each in words that follow one another.
template <class Lanes>
struct gemm_few_columns {
  using word = typename Lanes::word;
  static constexpr std::size_t rows = Lanes::rows_along_k, columns = Lanes::columns_along_k;
  static constexpr std::size_t padded(std::size_t k) noexcept {
    return (k + Lanes::width - 1) / Lanes::width * Lanes::width;
  }

  /// Whether that is better than tiles, of whose columns too many would be empty.
  static bool suits(gemm_task<word> const& task) noexcept {
    if (5 * task.n > 4 * padded(task.n) || task.n > 2 * Lanes::width) return false;
    for (std::size_t f = 0; f < task.count; ++f)
      if (task.factors[f].k < 4 * Lanes::width || task.factors[f].a_row != nullptr) return false;
    return true;
  }

  static std::size_t scratch(gemm_task<word> const& task) noexcept {
    std::size_t most = 0;
    for (std::size_t f = 0; f < task.count; ++f) most = task.factors[f].k > most ? task.factors[f].k : most;
    return task.n * padded(most) * sizeof(word);
  }

  static void run(gemm_task<word> const& task, word* turned) noexcept {
    bool add = task.add;
    for (std::size_t f = 0; f < task.count; ++f, add = true) {
      auto const& x = task.factors[f];
      auto const long_k = padded(x.k);
      for (std::size_t j = 0; j < task.n; ++j) {
        for (std::size_t p = 0; p < x.k; ++p) turned[j * long_k + p] = x.b[p * x.b_stride + j];
        for (std::size_t p = x.k; p < long_k; ++p) turned[j * long_k + p] = 0;
      }
      std::size_t i = 0;
      for (; i + rows <= task.m; i += rows) band<rows>(task, x, turned, i, add);
      for (; i < task.m; ++i) band<1>(task, x, turned, i, add);
    }
  }

 private:
  template <std::size_t Rows>
  static void band(gemm_task<word> const& task, gemm_factors<word> const& x, word const* turned, std::size_t i,
                   bool add) noexcept {
    auto const long_k = padded(x.k);
    auto const* const a = x.a + i * x.a_stride;
    auto* const c = task.c + i * task.c_stride;
    auto const with = [&]<std::size_t Columns>(std::index_sequence<Columns>, std::size_t j) {
      tile(a, x.a_stride, turned + j * long_k, x.k, c + j, task.c_stride, add, std::make_index_sequence<Rows>{},
           std::make_index_sequence<Columns>{});
    };
    std::size_t j = 0;
    for (; j + columns <= task.n; j += columns) with(std::index_sequence<columns>{}, j);
    if (columns > 2 && j + 2 <= task.n) {
      with(std::index_sequence<2>{}, j);
      j += 2;
    }
    if (j < task.n) with(std::index_sequence<1>{}, j);
  }

  template <std::size_t... Row, std::size_t... Column>
  static void tile(word const* a, std::size_t a_stride, word const* b, std::size_t k, word* c, std::size_t c_stride,
                   bool add, std::index_sequence<Row...>, std::index_sequence<Column...>) noexcept {
    constexpr auto wide = sizeof...(Column);
    auto const b_stride = padded(k);
    typename Lanes::sums s[sizeof...(Row)][wide];
    auto const cells = [&](auto&& f) __attribute__((always_inline)) {
      auto const row = [&](std::size_t r) __attribute__((always_inline)) { (f(r, Column), ...); };
      (row(Row), ...);
    };
    cells([&](std::size_t r, std::size_t v) __attribute__((always_inline)) { s[r][v] = Lanes::zero(); });
    std::size_t p = 0;
    auto const step = [&](auto... factors) __attribute__((always_inline)) {
      typename Lanes::factor const f[] = {Lanes::held(factors)...};
      typename Lanes::columns const v[] = {Lanes::load_held(b + Column * b_stride + p)...};
      cells([&](std::size_t r, std::size_t q) __attribute__((always_inline)) {
        if constexpr (Lanes::in_pairs && wide % 2 == 0) {
          if (q % 2 == 0) Lanes::multiply_add_pair(s[r][q], s[r][q + 1], f[r], v[q], v[q + 1]);
        } else {
          Lanes::multiply_add(s[r][q], f[r], v[q]);
        }
      });
    };
    for (; p + Lanes::width <= k; p += Lanes::width) step(Lanes::load_factor(a + Row * a_stride + p)...);
    if (p < k) step(Lanes::load_factor(a + Row * a_stride + p, k - p)...);
    cells([&](std::size_t r, std::size_t q) __attribute__((always_inline)) {
      auto& at = c[r * c_stride + q];
      at = static_cast<word>((add ? at : word{0}) + Lanes::total(s[r][q]));
    });
  }
};

}  // namespace koi::kernels
