// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/bit_planes.hpp>
#include <koi/kernels/compare_rows.hpp>
#include <koi/kernels/gemm.hpp>
#include <koi/kernels/keep_below.hpp>
#include <koi/kernels/tree_rows.hpp>

namespace koi::kernels {

/// A product of matrices, and the bytes that it wants to work in.
template <MachineWord Word>
struct gemm_entry {
  std::size_t (*scratch)(gemm_task<Word> const&) noexcept;
  void (*run)(gemm_task<Word> const&, void*) noexcept;

  template <class Set>
  static constexpr gemm_entry of() noexcept {
    return {gemm_kernel<Set, Word>::scratch, gemm_kernel<Set, Word>::run};
  }
};

/// Every kernel of one instruction set: a member, and a line below, for each.
struct table {
  char const* name;
  gemm_entry<std::uint8_t> gemm_u8;
  gemm_entry<std::uint32_t> gemm_u32;
  gemm_entry<std::uint64_t> gemm_u64;
  gemm_entry<uint128> gemm_u128;
  std::size_t (*keep_below)(std::uint8_t const*, std::size_t, unsigned, unsigned, std::uint8_t*) noexcept;
  void (*make_comparison_rows)(comparison_rows const&) noexcept;
  void (*share_bit_rows)(std::uint8_t*, std::uint64_t const*, std::size_t, std::size_t, unsigned) noexcept;
  void (*find_zero_rows)(std::uint8_t const*, std::uint8_t const*, std::size_t, std::size_t, unsigned,
                         std::uint8_t*) noexcept;
  void (*split_words)(words_to_planes const&) noexcept;
  void (*spread_plane)(plane_to_words const&) noexcept;
  void (*xor_products)(product_rows const&) noexcept;
  void (*share_borrows)(borrow_rows const&) noexcept;
  void (*sum_masked_products)(masked_sums const&) noexcept;

  template <class Set>
  static constexpr table of() noexcept {
    return {Set::name,
            gemm_entry<std::uint8_t>::template of<Set>(),
            gemm_entry<std::uint32_t>::template of<Set>(),
            gemm_entry<std::uint64_t>::template of<Set>(),
            gemm_entry<uint128>::template of<Set>(),
            kernels::keep_below<Set>,
            kernels::make_comparison_rows<Set>,
            kernels::share_bit_rows<Set>,
            kernels::find_zero_rows<Set>,
            kernels::split_words<Set>,
            kernels::spread_plane<Set>,
            kernels::xor_products<Set>,
            kernels::share_borrows<Set>,
            kernels::sum_masked_products<Set>};
  }

  /// The entry for products of such words.
  template <MachineWord Word>
  [[nodiscard]] constexpr gemm_entry<Word> gemm() const noexcept {
    if constexpr (sizeof(Word) == 1)
      return gemm_u8;
    else if constexpr (sizeof(Word) == 4)
      return gemm_u32;
    else if constexpr (sizeof(Word) == 8)
      return gemm_u64;
    else
      return gemm_u128;
  }
};

}  // namespace koi::kernels
