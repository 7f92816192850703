// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/gemm/lanes.hpp>

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VBMI2__) && defined(__AVX512IFMA__)
#include <immintrin.h>

namespace koi::kernels {

/// 8 words of 128 bits, as limbs of 52, 52 and 24. Limb l of every word is in one register; sum l
/// has weight 2^(52 l), and room for the products of 1024 depths before it must be written.
template <>
struct gemm_lanes<avx512_vbmi2, uint128> {
  using word = uint128;
  using unit = std::uint64_t;
  struct limbs {
    __m512i l0, l1, l2;
  };
  using sums = limbs;
  using columns = limbs;
  using factor = limbs;
  static constexpr std::size_t width = 8;
  static constexpr std::size_t a_units = 3;
  static constexpr std::size_t b_units = 24;
  static constexpr std::size_t rows = 8;
  static constexpr std::size_t few_rows = 4;
  static constexpr std::size_t vectors = 1;
  static constexpr bool in_pairs = false;
  static constexpr bool packed_as_is = false;
  static constexpr bool sums_along_k = false;
  static constexpr bool has_half = false;

  [[gnu::always_inline]] static sums zero() noexcept {
    return {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  }
  [[gnu::always_inline]] static columns load(word const* b) noexcept {
    return split(_mm512_loadu_si512(b), _mm512_loadu_si512(b + 4));
  }
  [[gnu::always_inline]] static columns load(word const* b, std::size_t count) noexcept {
    return split(_mm512_maskz_loadu_epi64(halves(count), b), _mm512_maskz_loadu_epi64(rest(count), b + 4));
  }
  [[gnu::always_inline]] static columns load_packed(unit const* b) noexcept {
    return {_mm512_loadu_si512(b), _mm512_loadu_si512(b + 8), _mm512_loadu_si512(b + 16)};
  }
  [[gnu::always_inline]] static void store_packed(unit* out, columns b) noexcept {
    _mm512_storeu_si512(out, b.l0);
    _mm512_storeu_si512(out + 8, b.l1);
    _mm512_storeu_si512(out + 16, b.l2);
  }
  [[gnu::always_inline]] static void pack(unit* out, word a) noexcept {
    out[0] = static_cast<unit>(a);
    out[1] = static_cast<unit>(a >> 52);
    out[2] = static_cast<unit>(a >> 104);
  }
  [[gnu::always_inline]] static factor repeat(unit const* a) noexcept {
    return {repeated(a[0]), repeated(a[1]), repeated(a[2])};
  }
  [[gnu::always_inline]] static factor repeat_word(word const* a) noexcept {
    return {repeated(static_cast<unit>(*a)), repeated(static_cast<unit>(*a >> 52)),
            repeated(static_cast<unit>(*a >> 104))};
  }

  /// The instructions take the low 52 bits of what they multiply, so limbs need no mask.
  [[gnu::always_inline]] static void multiply_add(sums& s, factor a, columns b) noexcept {
    s.l0 = _mm512_madd52lo_epu64(s.l0, a.l0, b.l0);
    s.l1 = _mm512_madd52hi_epu64(s.l1, a.l0, b.l0);
    s.l1 = _mm512_madd52lo_epu64(s.l1, a.l0, b.l1);
    s.l1 = _mm512_madd52lo_epu64(s.l1, a.l1, b.l0);
    s.l2 = _mm512_madd52hi_epu64(s.l2, a.l0, b.l1);
    s.l2 = _mm512_madd52hi_epu64(s.l2, a.l1, b.l0);
    s.l2 = _mm512_madd52lo_epu64(s.l2, a.l1, b.l1);
    s.l2 = _mm512_madd52lo_epu64(s.l2, a.l0, b.l2);
    s.l2 = _mm512_madd52lo_epu64(s.l2, a.l2, b.l0);
  }

  [[gnu::always_inline]] static void write(word* c, sums s, std::size_t count, bool add) noexcept {
    auto low = _mm512_add_epi64(s.l0, up(s.l1, 52));
    auto high = _mm512_add_epi64(down(s.l1, 12), up(s.l2, 40));
    high = carried(high, low, s.l0);
    if (add) {
      auto const x = _mm512_maskz_loadu_epi64(halves(count), c), y = _mm512_maskz_loadu_epi64(rest(count), c + 4);
      auto const more = lows(x, y);
      low = _mm512_add_epi64(low, more);
      high = carried(_mm512_add_epi64(high, highs(x, y)), low, more);
    }
    auto const x = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), high);
    auto const y = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), high);
    _mm512_mask_storeu_epi64(c, halves(count), x);
    _mm512_mask_storeu_epi64(c + 4, rest(count), y);
  }

 private:
  // Written out, because g++ 12 takes the intrinsics' own operands for uninitialised.
  [[gnu::always_inline]] static __m512i up(__m512i x, int bits) noexcept {
    return reinterpret_cast<__m512i>(reinterpret_cast<__v8du>(x) << bits);
  }
  [[gnu::always_inline]] static __m512i down(__m512i x, int bits) noexcept {
    return reinterpret_cast<__m512i>(reinterpret_cast<__v8du>(x) >> bits);
  }
  [[gnu::always_inline]] static __mmask8 halves(std::size_t count) noexcept {
    return count >= 4 ? __mmask8{0xff} : static_cast<__mmask8>((1u << 2 * count) - 1);
  }
  [[gnu::always_inline]] static __mmask8 rest(std::size_t count) noexcept {
    return count <= 4 ? __mmask8{0} : halves(count - 4);
  }
  [[gnu::always_inline]] static __m512i repeated(unit x) noexcept {
    return _mm512_set1_epi64(static_cast<long long>(x));
  }
  [[gnu::always_inline]] static __m512i lows(__m512i x, __m512i y) noexcept {
    return _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), y);
  }
  [[gnu::always_inline]] static __m512i highs(__m512i x, __m512i y) noexcept {
    return _mm512_permutex2var_epi64(x, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), y);
  }
  [[gnu::always_inline]] static columns split(__m512i x, __m512i y) noexcept {
    auto const low = lows(x, y), high = highs(x, y);
    return {low, _mm512_shrdi_epi64(low, high, 52), down(high, 40)};
  }
  /// high, and 1 more where a sum is below one of its terms.
  [[gnu::always_inline]] static __m512i carried(__m512i high, __m512i sum, __m512i term) noexcept {
    return _mm512_mask_sub_epi64(high, _mm512_cmplt_epu64_mask(sum, term), high, _mm512_set1_epi64(-1));
  }
};

}  // namespace koi::kernels
#endif
