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

/// Bits of many numbers side by side: words of a bit plane that one register holds. Of any other
/// type than the sets below one word, for what is left of a plane.
template <class Set>
struct bit_lanes {
  using reg = std::uint64_t;
  static constexpr std::size_t width = 1;
  static reg load(std::uint64_t const* p) noexcept { return *p; }
  static void store(std::uint64_t* p, reg v) noexcept { *p = v; }
  static reg ones() noexcept { return ~reg{0}; }
  static reg both(reg a, reg b) noexcept { return a & b; }
  static reg without(reg a, reg b) noexcept { return a & ~b; }
  static reg differ(reg a, reg b) noexcept { return a ^ b; }
};

#if defined(__x86_64__)

template <>
struct bit_lanes<baseline> {
  using reg = __m128i;
  static constexpr std::size_t width = 2;
  static reg load(std::uint64_t const* p) noexcept { return _mm_loadu_si128(reinterpret_cast<reg const*>(p)); }
  static void store(std::uint64_t* p, reg v) noexcept { _mm_storeu_si128(reinterpret_cast<reg*>(p), v); }
  static reg ones() noexcept { return _mm_set1_epi32(-1); }
  static reg both(reg a, reg b) noexcept { return _mm_and_si128(a, b); }
  static reg without(reg a, reg b) noexcept { return a & ~b; }
  static reg differ(reg a, reg b) noexcept { return _mm_xor_si128(a, b); }
};

#endif
#if defined(__AVX2__)

template <>
struct bit_lanes<avx2> {
  using reg = __m256i;
  static constexpr std::size_t width = 4;
  static reg load(std::uint64_t const* p) noexcept { return _mm256_loadu_si256(reinterpret_cast<reg const*>(p)); }
  static void store(std::uint64_t* p, reg v) noexcept { _mm256_storeu_si256(reinterpret_cast<reg*>(p), v); }
  static reg ones() noexcept { return _mm256_set1_epi32(-1); }
  static reg both(reg a, reg b) noexcept { return _mm256_and_si256(a, b); }
  static reg without(reg a, reg b) noexcept { return a & ~b; }
  static reg differ(reg a, reg b) noexcept { return _mm256_xor_si256(a, b); }
};

#endif
#if defined(__AVX512F__)

template <>
struct bit_lanes<avx512> {
  using reg = __m512i;
  static constexpr std::size_t width = 8;
  static reg load(std::uint64_t const* p) noexcept { return _mm512_loadu_si512(p); }
  static void store(std::uint64_t* p, reg v) noexcept { _mm512_storeu_si512(p, v); }
  static reg ones() noexcept { return _mm512_set1_epi32(-1); }
  static reg both(reg a, reg b) noexcept { return _mm512_and_si512(a, b); }
  static reg without(reg a, reg b) noexcept { return a & ~b; }
  static reg differ(reg a, reg b) noexcept { return _mm512_xor_si512(a, b); }
};

template <>
struct bit_lanes<avx512_vbmi2> : bit_lanes<avx512> {};

#endif

}  // namespace koi::kernels
