// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/avx2.hpp>

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>

namespace koi::kernels {

/// The first half of what gemm_lanes_512 packs, in a register of 256 bits.
template <class Set, MachineWord Word>
struct gemm_lanes_half {
  using word = Word;
  using unit = Word;
  using sums = __m256i;
  using columns = __m256i;
  using factor = __m256i;
  static constexpr bool long_words = sizeof(Word) == 8;
  static constexpr std::size_t width = 32 / sizeof(Word);
  static constexpr std::size_t a_units = 1;
  static constexpr std::size_t b_units = 2 * width;
  static constexpr bool in_pairs = true;

  [[gnu::always_inline]] static sums zero() noexcept { return _mm256_setzero_si256(); }
  [[gnu::always_inline]] static columns load_packed(unit const* b) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(b));
  }
  [[gnu::always_inline]] static factor repeat(unit const* a) noexcept {
    if constexpr (long_words)
      return _mm256_set1_epi64x(static_cast<long long>(*a));
    else
      return _mm256_set1_epi32(static_cast<int>(*a));
  }
  [[gnu::always_inline]] static void multiply_add(sums& s, factor a, columns b) noexcept { s = add(s, mul(a, b)); }
  [[gnu::always_inline]] static void multiply_add_pair(sums& s, sums& t, factor a, factor d, columns b,
                                                       columns e) noexcept {
    auto x = mul(a, b), y = mul(d, e);
    __asm__ volatile("" : "+v"(x), "+v"(y));
    s = add(s, x);
    t = add(t, y);
    __asm__ volatile("" : "+v"(s), "+v"(t));
  }
  [[gnu::always_inline]] static void write(word* c, sums s, std::size_t count, bool also) noexcept {
    auto const lanes = static_cast<__mmask8>(count >= width ? (1u << width) - 1u : (1u << count) - 1u);
    if constexpr (long_words) {
      if (also) s = add(s, _mm256_maskz_loadu_epi64(lanes, c));
      _mm256_mask_storeu_epi64(c, lanes, s);
    } else {
      if (also) s = add(s, _mm256_maskz_loadu_epi32(lanes, c));
      _mm256_mask_storeu_epi32(c, lanes, s);
    }
  }

 private:
  [[gnu::always_inline]] static __m256i add(__m256i a, __m256i b) noexcept {
    return long_words ? _mm256_add_epi64(a, b) : _mm256_add_epi32(a, b);
  }
  [[gnu::always_inline]] static __m256i mul(__m256i a, __m256i b) noexcept {
    return long_words ? _mm256_mullo_epi64(a, b) : _mm256_mullo_epi32(a, b);
  }
};

/// 8 words of 64 bits, or 16 of 32, in a register of 512 bits.
template <class Set, MachineWord Word>
struct gemm_lanes_512 {
  using word = Word;
  using unit = Word;
  using sums = __m512i;
  using columns = __m512i;
  using factor = __m512i;
  static constexpr bool long_words = sizeof(Word) == 8;
  static constexpr std::size_t width = 64 / sizeof(Word);
  static constexpr std::size_t a_units = 1;
  static constexpr std::size_t b_units = width;
  static constexpr std::size_t rows = 12;
  static constexpr std::size_t few_rows = 11;
  static constexpr std::size_t rows_along_k = 4;
  static constexpr std::size_t columns_along_k = 4;
  static constexpr std::size_t vectors = 2;
  static constexpr bool in_pairs = true;
  static constexpr bool packed_as_is = true;
  static constexpr bool sums_along_k = true;
  static constexpr bool has_half = true;
  using half = gemm_lanes_half<Set, Word>;

  [[gnu::always_inline]] static sums zero() noexcept { return _mm512_setzero_si512(); }
  [[gnu::always_inline]] static columns load(word const* b) noexcept { return _mm512_loadu_si512(b); }
  [[gnu::always_inline]] static columns load(word const* b, std::size_t count) noexcept {
    if constexpr (long_words)
      return _mm512_maskz_loadu_epi64(static_cast<__mmask8>(first(count)), b);
    else
      return _mm512_maskz_loadu_epi32(static_cast<__mmask16>(first(count)), b);
  }
  [[gnu::always_inline]] static factor load_factor(word const* a) noexcept { return load(a); }
  [[gnu::always_inline]] static factor load_factor(word const* a, std::size_t count) noexcept { return load(a, count); }
  [[gnu::always_inline]] static columns load_packed(unit const* b) noexcept { return load(b); }
  [[gnu::always_inline]] static void store_packed(unit* out, columns b) noexcept { _mm512_storeu_si512(out, b); }
  [[gnu::always_inline]] static void pack(unit* out, word a) noexcept { *out = a; }
  [[gnu::always_inline]] static factor repeat(unit const* a) noexcept {
    if constexpr (long_words)
      return _mm512_set1_epi64(static_cast<long long>(*a));
    else
      return _mm512_set1_epi32(static_cast<int>(*a));
  }
  [[gnu::always_inline]] static factor repeat_word(word const* a) noexcept { return repeat(a); }
  [[gnu::always_inline]] static void multiply_add(sums& s, factor a, columns b) noexcept { s = add(s, mul(a, b)); }

  /// Both products, then both sums, in this order: processors with two multipliers, each behind a
  /// queue of its own, keep both busy with pairs, and only one when products and sums alternate.
  [[gnu::always_inline]] static void multiply_add_pair(sums& s, sums& t, factor a, columns b, columns e) noexcept {
    add_pair(s, t, mul(a, b), mul(a, e));
  }
  [[gnu::always_inline]] static void multiply_add_pair(sums& s, sums& t, factor a, factor d, columns b,
                                                       columns e) noexcept {
    add_pair(s, t, mul(a, b), mul(d, e));
  }

  [[gnu::always_inline]] static void write(word* c, sums s, std::size_t count, bool also) noexcept {
    if constexpr (long_words) {
      auto const lanes = static_cast<__mmask8>(first(count));
      if (also) s = add(s, _mm512_maskz_loadu_epi64(lanes, c));
      _mm512_mask_storeu_epi64(c, lanes, s);
    } else {
      auto const lanes = static_cast<__mmask16>(first(count));
      if (also) s = add(s, _mm512_maskz_loadu_epi32(lanes, c));
      _mm512_mask_storeu_epi32(c, lanes, s);
    }
  }

  /// The same, in a register: what several products use is not to be loaded for each of them.
  [[gnu::always_inline]] static __m512i held(__m512i x) noexcept {
    __asm__("" : "+v"(x));
    return x;
  }
  [[gnu::always_inline]] static columns load_held(word const* b) noexcept { return held(load(b)); }
  [[gnu::always_inline]] static sums sum(sums s, sums t) noexcept { return add(s, t); }
  /// All lanes together.
  [[gnu::always_inline]] static word total(sums s) noexcept {
    // Written out, because g++ 12 takes the intrinsics' own operands for uninitialised.
    auto const all = reinterpret_cast<__v8di>(s);
    auto const first_half = reinterpret_cast<__m256i>(__builtin_shufflevector(all, all, 0, 1, 2, 3));
    auto const half = reinterpret_cast<__m256i>(__builtin_shufflevector(all, all, 4, 5, 6, 7));
    if constexpr (long_words) {
      auto const four = _mm256_add_epi64(first_half, half);
      auto const two = _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
      return static_cast<word>(_mm_extract_epi64(two, 0)) + static_cast<word>(_mm_extract_epi64(two, 1));
    } else {
      auto const eight = _mm256_add_epi32(first_half, half);
      auto const four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
      auto const two = _mm_add_epi32(four, _mm_srli_si128(four, 8));
      return static_cast<word>(_mm_extract_epi32(two, 0)) + static_cast<word>(_mm_extract_epi32(two, 1));
    }
  }

 private:
  [[gnu::always_inline]] static void add_pair(sums& s, sums& t, __m512i x, __m512i y) noexcept {
    __asm__ volatile("" : "+v"(x), "+v"(y));
    s = add(s, x);
    t = add(t, y);
    __asm__ volatile("" : "+v"(s), "+v"(t));
  }
  [[gnu::always_inline]] static unsigned first(std::size_t count) noexcept {
    return count >= width ? (width == 16 ? 0xffffu : 0xffu) : (1u << count) - 1u;
  }
  [[gnu::always_inline]] static __m512i add(__m512i a, __m512i b) noexcept {
    if constexpr (long_words)
      return _mm512_add_epi64(a, b);
    else
      return _mm512_add_epi32(a, b);
  }
  [[gnu::always_inline]] static __m512i mul(__m512i a, __m512i b) noexcept {
    if constexpr (long_words)
      return _mm512_mullo_epi64(a, b);
    else
      return _mm512_mullo_epi32(a, b);
  }
};

template <>
struct gemm_lanes<avx512, std::uint32_t> : gemm_lanes_512<avx512, std::uint32_t> {};
template <>
struct gemm_lanes<avx512, std::uint64_t> : gemm_lanes_512<avx512, std::uint64_t> {};
template <>
struct gemm_lanes<avx512_vbmi2, std::uint32_t> : gemm_lanes_512<avx512_vbmi2, std::uint32_t> {};
template <>
struct gemm_lanes<avx512_vbmi2, std::uint64_t> : gemm_lanes_512<avx512_vbmi2, std::uint64_t> {};

}  // namespace koi::kernels
#endif
