// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>

#if defined(__AVX2__)
#include <immintrin.h>

namespace koi::kernels {

/// What 4 words of 64 bits and 8 of 32 have in common.
template <MachineWord Word>
struct gemm_lanes_256 {
  using word = Word;
  using unit = Word;
  using factor = __m256i;
  static constexpr std::size_t width = 32 / sizeof(Word);
  static constexpr std::size_t a_units = 1;
  static constexpr std::size_t b_units = width;
  static constexpr std::size_t rows = 6;
  static constexpr std::size_t few_rows = 4;
  static constexpr std::size_t rows_along_k = 2;
  static constexpr std::size_t columns_along_k = sizeof(Word) == 8 ? 2 : 4;
  static constexpr bool packed_as_is = true;
  static constexpr bool sums_along_k = true;
  static constexpr bool has_half = false;

  [[gnu::always_inline]] static void pack(unit* out, word a) noexcept { *out = a; }
  /// The same, in a register: what several products use is not to be loaded for each of them.
  [[gnu::always_inline]] static factor held(factor x) noexcept {
    __asm__("" : "+x"(x));
    return x;
  }
  [[gnu::always_inline]] static factor repeat(unit const* a) noexcept {
    if constexpr (sizeof(Word) == 8)
      return _mm256_set1_epi64x(static_cast<long long>(*a));
    else
      return _mm256_set1_epi32(static_cast<int>(*a));
  }
  [[gnu::always_inline]] static factor repeat_word(word const* a) noexcept { return repeat(a); }

 protected:
  [[gnu::always_inline]] static __m256i words(word const* p) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(p));
  }
  [[gnu::always_inline]] static __m256i words(word const* p, std::size_t count) noexcept {
    if constexpr (sizeof(Word) == 8)
      return _mm256_maskload_epi64(reinterpret_cast<long long const*>(p), first(count));
    else
      return _mm256_maskload_epi32(reinterpret_cast<int const*>(p), first(count));
  }
  [[gnu::always_inline]] static void put(word* p, __m256i v, std::size_t count) noexcept {
    if (count >= width)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
    else if constexpr (sizeof(Word) == 8)
      _mm256_maskstore_epi64(reinterpret_cast<long long*>(p), first(count), v);
    else
      _mm256_maskstore_epi32(reinterpret_cast<int*>(p), first(count), v);
  }

 private:
  [[gnu::always_inline]] static __m256i first(std::size_t count) noexcept {
    if constexpr (sizeof(Word) == 8)
      return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(count)), _mm256_setr_epi64x(0, 1, 2, 3));
    else
      return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

template <>
struct gemm_lanes<avx2, std::uint32_t> : gemm_lanes_256<std::uint32_t> {
  using sums = __m256i;
  using columns = __m256i;
  static constexpr std::size_t vectors = 2;
  static constexpr bool in_pairs = true;

  [[gnu::always_inline]] static sums zero() noexcept { return _mm256_setzero_si256(); }
  [[gnu::always_inline]] static columns load(word const* b) noexcept { return words(b); }
  [[gnu::always_inline]] static columns load_held(word const* b) noexcept { return held(words(b)); }
  [[gnu::always_inline]] static columns load(word const* b, std::size_t count) noexcept { return words(b, count); }
  [[gnu::always_inline]] static factor load_factor(word const* a) noexcept { return words(a); }
  [[gnu::always_inline]] static factor load_factor(word const* a, std::size_t count) noexcept {
    return words(a, count);
  }
  [[gnu::always_inline]] static columns load_packed(unit const* b) noexcept { return words(b); }
  [[gnu::always_inline]] static void store_packed(unit* out, columns b) noexcept { put(out, b, width); }
  [[gnu::always_inline]] static void multiply_add(sums& s, factor a, columns b) noexcept {
    s = _mm256_add_epi32(s, _mm256_mullo_epi32(a, b));
  }
  [[gnu::always_inline]] static void multiply_add_pair(sums& s, sums& t, factor a, columns b, columns e) noexcept {
    add_pair(s, t, _mm256_mullo_epi32(a, b), _mm256_mullo_epi32(a, e));
  }
  [[gnu::always_inline]] static void multiply_add_pair(sums& s, sums& t, factor a, factor d, columns b,
                                                       columns e) noexcept {
    add_pair(s, t, _mm256_mullo_epi32(a, b), _mm256_mullo_epi32(d, e));
  }
  [[gnu::always_inline]] static sums sum(sums s, sums t) noexcept { return _mm256_add_epi32(s, t); }
  [[gnu::always_inline]] static void write(word* c, sums s, std::size_t count, bool add) noexcept {
    if (add) s = _mm256_add_epi32(s, count >= width ? words(c) : words(c, count));
    put(c, s, count);
  }
  [[gnu::always_inline]] static word total(sums s) noexcept {
    alignas(32) word all[width];
    _mm256_store_si256(reinterpret_cast<__m256i*>(all), s);
    return all[0] + all[1] + all[2] + all[3] + all[4] + all[5] + all[6] + all[7];
  }

 private:
  /// Products together, sums together: see gemm_lanes_512.
  [[gnu::always_inline]] static void add_pair(sums& s, sums& t, __m256i x, __m256i y) noexcept {
    __asm__ volatile("" : "+x"(x), "+x"(y));
    s = _mm256_add_epi32(s, x);
    t = _mm256_add_epi32(t, y);
    __asm__ volatile("" : "+x"(s), "+x"(t));
  }
};

/// 64-bit words: the product of the low halves is one sum, those of a low and a high half are
/// another, of 32 bits, because only its low bits reach the word.
template <>
struct gemm_lanes<avx2, std::uint64_t> : gemm_lanes_256<std::uint64_t> {
  struct sums {
    __m256i low, cross;
  };
  struct columns {
    __m256i words, swapped;
  };
  static constexpr std::size_t vectors = 1;
  static constexpr bool in_pairs = false;  // a product is a pair in itself

  [[gnu::always_inline]] static sums zero() noexcept { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  [[gnu::always_inline]] static columns load(word const* b) noexcept { return both(words(b)); }
  [[gnu::always_inline]] static columns load_held(word const* b) noexcept { return both(held(words(b))); }
  [[gnu::always_inline]] static columns load(word const* b, std::size_t count) noexcept {
    return both(words(b, count));
  }
  [[gnu::always_inline]] static factor load_factor(word const* a) noexcept { return words(a); }
  [[gnu::always_inline]] static factor load_factor(word const* a, std::size_t count) noexcept {
    return words(a, count);
  }
  [[gnu::always_inline]] static columns load_packed(unit const* b) noexcept { return load(b); }
  [[gnu::always_inline]] static void store_packed(unit* out, columns b) noexcept { put(out, b.words, width); }
  /// Products together, sums together: see gemm_lanes_512.
  [[gnu::always_inline]] static void multiply_add(sums& s, factor a, columns b) noexcept {
    auto x = _mm256_mul_epu32(a, b.words), y = _mm256_mullo_epi32(a, b.swapped);
    __asm__ volatile("" : "+x"(x), "+x"(y));
    s.low = _mm256_add_epi64(s.low, x);
    s.cross = _mm256_add_epi32(s.cross, y);
    __asm__ volatile("" : "+x"(s.low), "+x"(s.cross));
  }
  [[gnu::always_inline]] static void write(word* c, sums s, std::size_t count, bool add) noexcept {
    auto v = together(s);
    if (add) v = _mm256_add_epi64(v, count >= width ? words(c) : words(c, count));
    put(c, v, count);
  }
  [[gnu::always_inline]] static word total(sums s) noexcept {
    alignas(32) word all[width];
    _mm256_store_si256(reinterpret_cast<__m256i*>(all), together(s));
    return all[0] + all[1] + all[2] + all[3];
  }

 private:
  [[gnu::always_inline]] static columns both(__m256i b) noexcept { return {b, _mm256_shuffle_epi32(b, 0b10'11'00'01)}; }
  [[gnu::always_inline]] static __m256i together(sums s) noexcept {
    auto const high = _mm256_add_epi32(s.cross, _mm256_slli_epi64(s.cross, 32));
    return _mm256_add_epi64(s.low, _mm256_blend_epi32(_mm256_setzero_si256(), high, 0b1010'1010));
  }
};

}  // namespace koi::kernels
#endif
