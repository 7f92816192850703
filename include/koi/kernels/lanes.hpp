// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <xsimd/xsimd.hpp>

#include <koi/kernels/words.hpp>

#include <type_traits>

namespace koi::kernels {

/// One word at a time. The reference for every other set of lanes: all give the same bits.
template <MachineWord Word>
struct scalar_lanes {
  using word = Word;
  using reg = Word;
  static constexpr std::size_t width = 1;

  static reg load(word const* p) noexcept { return *p; }
  static void store(word* p, reg v) noexcept { *p = v; }
  static reg all(word v) noexcept { return v; }
  static reg add(reg a, reg b) noexcept { return static_cast<word>(a + b); }
  static reg sub(reg a, reg b) noexcept { return static_cast<word>(a - b); }
  static reg mul(reg a, reg b) noexcept { return static_cast<word>(a * b); }
};

/// As many words as a vector register of the instruction set that the program is built for holds.
template <MachineWord Word>
struct vector_lanes {
  using word = Word;
  using reg = xsimd::batch<Word>;
  static constexpr std::size_t width = reg::size;

  static reg load(word const* p) noexcept { return reg::load_unaligned(p); }
  static void store(word* p, reg v) noexcept { v.store_unaligned(p); }
  static reg all(word v) noexcept { return reg(v); }
  static reg add(reg a, reg b) noexcept { return a + b; }
  static reg sub(reg a, reg b) noexcept { return a - b; }
  static reg mul(reg a, reg b) noexcept { return a * b; }
};

#if defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
template <class Word>
inline constexpr bool adds_in_vectors = false;
template <class Word>
inline constexpr bool multiplies_in_vectors = false;
#else
/// Whether additions of these words have vector instructions.
template <class Word>
inline constexpr bool adds_in_vectors = sizeof(Word) <= 8;
/// Whether low products of these words have a vector instruction that beats the scalar one.
template <class Word>
inline constexpr bool multiplies_in_vectors =
    (sizeof(Word) == 4 && std::is_base_of_v<xsimd::sse4_1, xsimd::default_arch>) ||
    (sizeof(Word) == 4 && std::is_base_of_v<xsimd::avx2, xsimd::default_arch>) ||
    (sizeof(Word) == 4 && std::is_base_of_v<xsimd::avx512f, xsimd::default_arch>) ||
    (sizeof(Word) == 8 && std::is_base_of_v<xsimd::avx512dq, xsimd::default_arch>);
#endif

template <class Word>
using adding_lanes = std::conditional_t<adds_in_vectors<Word>, vector_lanes<Word>, scalar_lanes<Word>>;
template <class Word>
using multiplying_lanes = std::conditional_t<multiplies_in_vectors<Word>, vector_lanes<Word>, scalar_lanes<Word>>;

}  // namespace koi::kernels
