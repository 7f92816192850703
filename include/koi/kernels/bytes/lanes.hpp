// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/instruction_sets.hpp>

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace koi::kernels {

/// Bytes of a vector register, in parts of 16, and what the kernels on rows of bytes do with them.
/// Nothing here branches on a byte or uses one as an address.
///
/// `select(bits, a, b)` takes byte i of a where bit i is 1; `from_above<K>` moves byte i + K of a part to
/// byte i; `next_parts<K>` part i + K to part i; zeros come in. `even` and `odd` widen bytes to 16 bits,
/// `join` puts them together again; `first16_of_part` copies a part's first 16 bits to all of it.
template <class Set>
struct byte_lanes;

#if defined(__x86_64__)

template <>
struct byte_lanes<baseline> {
  using reg = __m128i;
  static constexpr std::size_t width = 16;

  static reg load(std::uint8_t const* p) noexcept { return _mm_loadu_si128(reinterpret_cast<reg const*>(p)); }
  static void store(std::uint8_t* p, reg v) noexcept { _mm_storeu_si128(reinterpret_cast<reg*>(p), v); }
  static reg all(unsigned x) noexcept { return _mm_set1_epi8(static_cast<char>(x)); }
  static reg all16(unsigned x) noexcept { return _mm_set1_epi16(static_cast<short>(x)); }
  static reg add(reg a, reg b) noexcept { return _mm_add_epi8(a, b); }
  static reg sub(reg a, reg b) noexcept { return _mm_sub_epi8(a, b); }
  static reg least(reg a, reg b) noexcept { return _mm_min_epu8(a, b); }
  static reg choose(reg mask, reg a, reg b) noexcept {
    return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
  }
  static reg select(std::uint64_t bits, reg a, reg b) noexcept {
    auto x = _mm_cvtsi32_si128(static_cast<int>(bits & 0xffff));
    x = _mm_unpacklo_epi8(x, x);
    x = _mm_shuffle_epi32(_mm_shufflelo_epi16(x, 0x50), 0x50);
    auto const each = _mm_set1_epi64x(static_cast<long long>(0x8040201008040201u));
    return choose(_mm_cmpeq_epi8(_mm_and_si128(x, each), each), a, b);
  }
  static std::uint64_t equal(reg a, reg b) noexcept {
    return static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
  }
  template <int K>
  static reg from_above(reg v) noexcept {
    return _mm_srli_si128(v, K);
  }
  template <int K>
  static reg next_parts(reg) noexcept {
    return _mm_setzero_si128();
  }
  static reg first16_of_part(reg v) noexcept { return _mm_shuffle_epi32(_mm_shufflelo_epi16(v, 0), 0); }
  static reg first_part(reg v) noexcept { return v; }
  static reg even(reg v) noexcept { return _mm_and_si128(v, all16(0xff)); }
  static reg odd(reg v) noexcept { return _mm_srli_epi16(v, 8); }
  static reg join(reg even, reg odd) noexcept { return _mm_or_si128(even, _mm_slli_epi16(odd, 8)); }
  static reg add16(reg a, reg b) noexcept { return _mm_add_epi16(a, b); }
  static reg sub16(reg a, reg b) noexcept { return _mm_sub_epi16(a, b); }
  static reg mul16(reg a, reg b) noexcept { return _mm_mullo_epi16(a, b); }
  static reg mul_high16(reg a, reg b) noexcept { return _mm_mulhi_epu16(a, b); }
};

#if defined(__AVX2__)
template <>
struct byte_lanes<avx2> {
  using reg = __m256i;
  static constexpr std::size_t width = 32;

  static reg load(std::uint8_t const* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<reg const*>(p)); }
  static void store(std::uint8_t* p, reg v) noexcept { _mm256_storeu_si256(reinterpret_cast<reg*>(p), v); }
  static reg all(unsigned x) noexcept { return _mm256_set1_epi8(static_cast<char>(x)); }
  static reg all16(unsigned x) noexcept { return _mm256_set1_epi16(static_cast<short>(x)); }
  static reg add(reg a, reg b) noexcept { return _mm256_add_epi8(a, b); }
  static reg sub(reg a, reg b) noexcept { return _mm256_sub_epi8(a, b); }
  static reg least(reg a, reg b) noexcept { return _mm256_min_epu8(a, b); }
  static reg choose(reg mask, reg a, reg b) noexcept { return _mm256_blendv_epi8(b, a, mask); }
  static reg select(std::uint64_t bits, reg a, reg b) noexcept {
    auto const bytes = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    auto const each = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201u));
    auto const x = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits & 0xffffffffu)), bytes);
    return choose(_mm256_cmpeq_epi8(_mm256_and_si256(x, each), each), a, b);
  }
  static std::uint64_t equal(reg a, reg b) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
  }
  template <int K>
  static reg from_above(reg v) noexcept {
    return _mm256_srli_si256(v, K);
  }
  template <int K>
  static reg next_parts(reg v) noexcept {
    static_assert(K == 1);
    return _mm256_permute2x128_si256(v, v, 0x81);
  }
  static reg first16_of_part(reg v) noexcept { return _mm256_shuffle_epi8(v, all16(0x100)); }
  static reg first_part(reg v) noexcept { return _mm256_permute2x128_si256(v, v, 0); }
  static reg even(reg v) noexcept { return _mm256_and_si256(v, all16(0xff)); }
  static reg odd(reg v) noexcept { return _mm256_srli_epi16(v, 8); }
  static reg join(reg even, reg odd) noexcept { return _mm256_or_si256(even, _mm256_slli_epi16(odd, 8)); }
  static reg add16(reg a, reg b) noexcept { return _mm256_add_epi16(a, b); }
  static reg sub16(reg a, reg b) noexcept { return _mm256_sub_epi16(a, b); }
  static reg mul16(reg a, reg b) noexcept { return _mm256_mullo_epi16(a, b); }
  static reg mul_high16(reg a, reg b) noexcept { return _mm256_mulhi_epu16(a, b); }
};
#endif

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
template <>
struct byte_lanes<avx512> {
  using reg = __m512i;
  static constexpr std::size_t width = 64;

  static reg load(std::uint8_t const* p) noexcept { return _mm512_loadu_si512(p); }
  static void store(std::uint8_t* p, reg v) noexcept { _mm512_storeu_si512(p, v); }
  static reg all(unsigned x) noexcept { return _mm512_set1_epi8(static_cast<char>(x)); }
  static reg all16(unsigned x) noexcept { return _mm512_set1_epi16(static_cast<short>(x)); }
  static reg add(reg a, reg b) noexcept { return _mm512_add_epi8(a, b); }
  static reg sub(reg a, reg b) noexcept { return _mm512_sub_epi8(a, b); }
  static reg least(reg a, reg b) noexcept { return _mm512_min_epu8(a, b); }
  static reg choose(reg mask, reg a, reg b) noexcept { return _mm512_ternarylogic_epi64(mask, a, b, 0xca); }
  static reg select(std::uint64_t bits, reg a, reg b) noexcept { return _mm512_mask_blend_epi8(bits, b, a); }
  static std::uint64_t equal(reg a, reg b) noexcept { return _mm512_cmpeq_epi8_mask(a, b); }
  template <int K>
  static reg from_above(reg v) noexcept {
    return _mm512_bsrli_epi128(v, K);
  }
  template <int K>
  static reg next_parts(reg v) noexcept {
    return _mm512_maskz_alignr_epi64(0xff, _mm512_setzero_si512(), v, 2 * K);
  }
  static reg first16_of_part(reg v) noexcept { return _mm512_shuffle_epi8(v, all16(0x100)); }
  static reg first_part(reg v) noexcept { return _mm512_maskz_shuffle_i64x2(0xff, v, v, 0); }
  static reg even(reg v) noexcept { return _mm512_and_si512(v, all16(0xff)); }
  static reg odd(reg v) noexcept { return _mm512_srli_epi16(v, 8); }
  static reg join(reg even, reg odd) noexcept { return _mm512_or_si512(even, _mm512_slli_epi16(odd, 8)); }
  static reg add16(reg a, reg b) noexcept { return _mm512_add_epi16(a, b); }
  static reg sub16(reg a, reg b) noexcept { return _mm512_sub_epi16(a, b); }
  static reg mul16(reg a, reg b) noexcept { return _mm512_mullo_epi16(a, b); }
  static reg mul_high16(reg a, reg b) noexcept { return _mm512_mulhi_epu16(a, b); }
};
template <>
struct byte_lanes<avx512_vbmi2> : byte_lanes<avx512> {};
#endif

#else

/// One part, byte by byte.
template <>
struct byte_lanes<baseline> {
  static constexpr std::size_t width = 16;
  struct reg {
    std::uint8_t b[width];
  };

  template <class F>
  static reg each(F f) noexcept {
    reg out;
    for (std::size_t i = 0; i < width; ++i) out.b[i] = static_cast<std::uint8_t>(f(i));
    return out;
  }
  template <class F>
  static reg each16(F f) noexcept {
    reg out;
    for (std::size_t i = 0; i < width; i += 2) {
      unsigned const x = f(i);
      out.b[i] = static_cast<std::uint8_t>(x);
      out.b[i + 1] = static_cast<std::uint8_t>(x >> 8);
    }
    return out;
  }
  static unsigned word(reg const& v, std::size_t i) noexcept { return v.b[i] | static_cast<unsigned>(v.b[i + 1]) << 8; }

  static reg load(std::uint8_t const* p) noexcept {
    return each([&](std::size_t i) { return p[i]; });
  }
  static void store(std::uint8_t* p, reg v) noexcept {
    for (std::size_t i = 0; i < width; ++i) p[i] = v.b[i];
  }
  static reg all(unsigned x) noexcept {
    return each([&](std::size_t) { return x; });
  }
  static reg all16(unsigned x) noexcept {
    return each16([&](std::size_t) { return x; });
  }
  static reg add(reg a, reg b) noexcept {
    return each([&](std::size_t i) { return a.b[i] + b.b[i]; });
  }
  static reg sub(reg a, reg b) noexcept {
    return each([&](std::size_t i) { return a.b[i] - b.b[i]; });
  }
  static reg least(reg a, reg b) noexcept {
    return each([&](std::size_t i) { return b.b[i] ^ ((a.b[i] ^ b.b[i]) & -static_cast<int>(a.b[i] < b.b[i])); });
  }
  static reg choose(reg mask, reg a, reg b) noexcept {
    return each([&](std::size_t i) { return (a.b[i] & mask.b[i]) | (b.b[i] & ~mask.b[i]); });
  }
  static reg select(std::uint64_t bits, reg a, reg b) noexcept {
    return each([&](std::size_t i) { return b.b[i] ^ ((a.b[i] ^ b.b[i]) & -static_cast<int>(bits >> i & 1)); });
  }
  static std::uint64_t equal(reg a, reg b) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < width; ++i) bits |= static_cast<std::uint64_t>(a.b[i] == b.b[i]) << i;
    return bits;
  }
  template <int K>
  static reg from_above(reg v) noexcept {
    return each([&](std::size_t i) { return i + K < width ? v.b[i + K] : std::uint8_t{0}; });
  }
  template <int K>
  static reg next_parts(reg) noexcept {
    return all(0);
  }
  static reg first16_of_part(reg v) noexcept { return all16(word(v, 0)); }
  static reg first_part(reg v) noexcept { return v; }
  static reg even(reg v) noexcept {
    return each16([&](std::size_t i) { return unsigned{v.b[i]}; });
  }
  static reg odd(reg v) noexcept {
    return each16([&](std::size_t i) { return unsigned{v.b[i + 1]}; });
  }
  static reg join(reg even, reg odd) noexcept {
    return each16([&](std::size_t i) { return word(even, i) | word(odd, i) << 8; });
  }
  static reg add16(reg a, reg b) noexcept {
    return each16([&](std::size_t i) { return word(a, i) + word(b, i); });
  }
  static reg sub16(reg a, reg b) noexcept {
    return each16([&](std::size_t i) { return word(a, i) - word(b, i); });
  }
  static reg mul16(reg a, reg b) noexcept {
    return each16([&](std::size_t i) { return word(a, i) * word(b, i); });
  }
  static reg mul_high16(reg a, reg b) noexcept {
    return each16([&](std::size_t i) { return word(a, i) * word(b, i) >> 16; });
  }
};

#endif

}  // namespace koi::kernels
