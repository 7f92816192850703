// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/wipe.hpp>
#include <koi/kernels/table.hpp>
#include <koi/kernels/threads.hpp>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

/// The functions that koi calls. With koi::kernels they are those of the best instruction set that
/// the processor has; without it, of the best one that the program is compiled for.
namespace koi::kernels {

#if defined(KOI_KERNELS)

namespace detail {
/// The table in use. Threads: safe.
[[nodiscard]] table const& chosen_table() noexcept;
}  // namespace detail

/// The instruction sets that are compiled and that this processor has, the best one last.
[[nodiscard]] std::span<std::string_view const> available() noexcept;

/// From now on uses one of them: for tests and measurements, since all give the same bits.
///
/// Throws   std::invalid_argument if it is not available
/// Threads  safe
void use(std::string_view set);

/// The name of the instruction set in use.
[[nodiscard]] inline std::string_view chosen() noexcept { return detail::chosen_table().name; }

#else

/// The name of the instruction set in use.
[[nodiscard, gnu::always_inline]] inline std::string_view chosen() noexcept { return native::name; }

#endif

namespace detail {

using scratch_memory = std::vector<std::byte, wiping_allocator<std::byte>>;

/// Some rows and columns of a product, as a task of its own.
template <MachineWord Word>
struct gemm_part {
  gemm_part(gemm_task<Word> const& whole, std::size_t i, std::size_t rows, std::size_t j, std::size_t columns)
      : factors(whole.factors, whole.factors + whole.count), task(whole) {
    for (auto& x : factors) {
      x.first_row += i;
      if (x.a_row == nullptr) x.a += i * x.a_stride;
      x.b += j;
    }
    task.c += i * whole.c_stride + j;
    task.m = rows;
    task.n = columns;
    task.factors = factors.data();
  }

  std::vector<gemm_factors<Word>> factors;
  gemm_task<Word> task;
  scratch_memory scratch;
};

/// A product by an entry of a table; a large one in parts by as many threads as there are.
template <MachineWord Word>
void gemm_by(gemm_entry<Word> const& entry, gemm_task<Word> const& task) {
  constexpr std::size_t worth_a_thread = std::size_t{1} << 20;  // multiply-adds; with less, waking one takes as long
  std::size_t depth = 0;
  for (std::size_t f = 0; f < task.count; ++f) depth += task.factors[f].k;
  auto const parts = std::min(threads(), task.m * task.n * depth / worth_a_thread);
  if (parts <= 1) {
    scratch_memory scratch(entry.scratch(task));
    return entry.run(task, scratch.data());
  }

  auto const by_rows = task.m >= task.n;
  auto const whole = by_rows ? task.m : task.n;
  auto const piece = (whole / parts + 47) / 48 * 48;  // whole tiles and panels, of every set
  std::vector<gemm_part<Word>> all;
  all.reserve(parts);
  for (std::size_t at = 0; at < whole; at += piece) {
    auto const size = std::min(piece, whole - at);
    if (by_rows)
      all.emplace_back(task, at, size, 0, task.n);
    else
      all.emplace_back(task, 0, task.m, at, size);
    all.back().scratch.resize(entry.scratch(all.back().task));
  }
  the_pool().run(all.size(), [&](std::size_t i) noexcept { entry.run(all[i].task, all[i].scratch.data()); });
}

}  // namespace detail

/// c = or += the sum of the products of pairs of factors, by one instruction set, on one thread.
template <class Set, MachineWord Word>
void gemm(gemm_task<Word> const& task) {
  detail::scratch_memory scratch(gemm_kernel<Set, Word>::scratch(task));
  gemm_kernel<Set, Word>::run(task, scratch.data());
}

/// c = or += the sum of the products of pairs of factors.
template <MachineWord Word>
[[gnu::always_inline]] inline void gemm(gemm_task<Word> const& task) {
#if defined(KOI_KERNELS)
  detail::gemm_by(detail::chosen_table().template gemm<Word>(), task);
#else
  detail::gemm_by(gemm_entry<Word>::template of<native>(), task);
#endif
}

/// c[m,n] = or += a[m,k] * b[k,n], row-major without gaps.
template <MachineWord Word>
[[gnu::always_inline]] inline void gemm(Word const* a, Word const* b, Word* c, std::size_t m, std::size_t k,
                                        std::size_t n, bool add = false) {
  gemm_factors<Word> const factors{a, k, b, n, k};
  gemm(gemm_task<Word>{c, n, m, n, &factors, 1, add});
}

/// Copies the bytes below the largest multiple of `bound` (at most 256) in order, each modulo `bound`
/// plus `first`, and returns how many there were. `out` has room for n + keep_room bytes.
[[gnu::always_inline]] inline std::size_t keep_below(std::uint8_t const* in, std::size_t n, unsigned bound,
                                                     unsigned first, std::uint8_t* out) noexcept {
#if defined(KOI_KERNELS)
  return detail::chosen_table().keep_below(in, n, bound, first, out);
#else
  return keep_below<native>(in, n, bound, first, out);
#endif
}

/// What each server sends in PrivateCompare; see comparison_rows.
[[gnu::always_inline]] inline void make_comparison_rows(comparison_rows const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().make_comparison_rows(task);
#else
  make_comparison_rows<native>(task);
#endif
}

/// rows = bits of the words less rows, modulo p, in place; row_words words for each number.
[[gnu::always_inline]] inline void share_bit_rows(std::uint8_t* rows, std::uint64_t const* words, std::size_t positions,
                                                  std::size_t count, unsigned p) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().share_bit_rows(rows, words, positions, count, p);
#else
  share_bit_rows<native>(rows, words, positions, count, p);
#endif
}

/// found[i] = 1 where the sum of two rows modulo p is zero somewhere, else 0.
[[gnu::always_inline]] inline void find_zero_rows(std::uint8_t const* a, std::uint8_t const* b, std::size_t positions,
                                                  std::size_t count, unsigned p, std::uint8_t* found) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().find_zero_rows(a, b, positions, count, p, found);
#else
  find_zero_rows<native>(a, b, positions, count, p, found);
#endif
}

/// Bit planes of words; see words_to_planes.
[[gnu::always_inline]] inline void split_words(words_to_planes const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().split_words(task);
#else
  split_words<native>(task);
#endif
}

/// Words 0 or 1 from a bit plane; see plane_to_words.
[[gnu::always_inline]] inline void spread_plane(plane_to_words const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().spread_plane(task);
#else
  spread_plane<native>(task);
#endif
}

/// Adds products of bits to rows; see product_rows.
[[gnu::always_inline]] inline void xor_products(product_rows const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().xor_products(task);
#else
  xor_products<native>(task);
#endif
}

/// Borrows of groups of positions; see borrow_rows.
[[gnu::always_inline]] inline void share_borrows(borrow_rows const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().share_borrows(task);
#else
  share_borrows<native>(task);
#endif
}

/// Sums of products of opened bits; see masked_sums.
[[gnu::always_inline]] inline void sum_masked_products(masked_sums const& task) noexcept {
#if defined(KOI_KERNELS)
  detail::chosen_table().sum_masked_products(task);
#else
  sum_masked_products<native>(task);
#endif
}

}  // namespace koi::kernels
