// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/instruction_sets.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace koi::kernels {

/// Splits blocks of 64 words into bit planes: bit lowest + i of word w of a block becomes bit w of word
/// out[i * stride + block], for i below `planes`.
struct words_to_planes {
  std::uint64_t const* words;
  std::size_t blocks;
  std::uint64_t* out;
  std::size_t lowest, planes, stride;
};

/// The way back for one plane: word i is bit i of the plane, 0 or 1.
struct plane_to_words {
  std::uint64_t const* plane;
  std::uint64_t* out;
  std::size_t count;
};

namespace detail {

#if defined(__AVX512F__) && defined(__AVX512BW__)

/// The bytes of 8 words turned over: byte i of word j becomes byte j of word i.
[[gnu::always_inline]] inline __m512i turn_bytes(__m512i x) noexcept {
  auto const pairs = _mm512_unpacklo_epi8(x, _mm512_bsrli_epi128(x, 8));  // bytes of words 2j and 2j + 1 in turn
  auto const halves = _mm512_permutex2var_epi64(pairs, _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), pairs);
  auto const order = _mm512_set4_epi32(0x0f0e0706, 0x0d0c0504, 0x0b0a0302, 0x09080100);
  auto const quarters = _mm512_shuffle_epi8(halves, order);
  auto const places = _mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  return _mm512_maskz_permutexvar_epi32(static_cast<__mmask16>(-1), places, quarters);
}

/// Eight registers of eight 64-bit words each, turned over as an 8 x 8 matrix of words.
[[gnu::always_inline]] inline void turn_words(__m512i (&r)[8]) noexcept {
  auto const all = static_cast<__mmask8>(-1);
  __m512i t[8], u[8];
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_maskz_unpacklo_epi64(all, r[i], r[i + 1]);
    t[i + 1] = _mm512_maskz_unpackhi_epi64(all, r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4)
    for (int k = 0; k < 2; ++k) {
      u[i + k] = _mm512_maskz_shuffle_i64x2(all, t[i + k], t[i + k + 2], 0x88);
      u[i + k + 2] = _mm512_maskz_shuffle_i64x2(all, t[i + k], t[i + k + 2], 0xdd);
    }
  for (int k = 0; k < 4; ++k) {
    r[k] = _mm512_maskz_shuffle_i64x2(all, u[k], u[k + 4], 0x88);
    r[k + 4] = _mm512_maskz_shuffle_i64x2(all, u[k], u[k + 4], 0xdd);
  }
}

#endif

/// Turns over 64 words of 64 bits: bit j of word i becomes bit i of word j.
template <class Set>
void turn_bits(std::uint64_t (&block)[64]) noexcept {
  std::uint64_t mask = 0x00000000ffffffffu;
  for (std::size_t width = 32; width != 0; width >>= 1, mask ^= mask << width)
    for (std::size_t base = 0; base < 64; base += 2 * width)
      for (std::size_t i = base; i < base + width; ++i) {
        auto const swapped = ((block[i] >> width) ^ block[i + width]) & mask;
        block[i] ^= swapped << width;
        block[i + width] ^= swapped;
      }
}

/// The planes of one block, one word each, `step` words apart.
template <class Set>
void split_block(std::uint64_t const* words, std::uint64_t* out, std::size_t lowest, std::size_t planes,
                 std::size_t step) noexcept {
#if defined(__AVX512F__) && defined(__AVX512BW__)
  if constexpr (std::is_same_v<Set, avx512> || std::is_same_v<Set, avx512_vbmi2>) {
    __m512i r[8];  // in the end byte i of all 64 words in register i
    auto const down = _mm_cvtsi64_si128(static_cast<long long>(lowest));
    for (int i = 0; i < 8; ++i) r[i] = turn_bytes(_mm512_srl_epi64(_mm512_loadu_si512(words + i * 8), down));
    turn_words(r);
    for (std::size_t p = 0; p < planes; ++p) {
      auto const moved = _mm512_slli_epi16(r[p / 8], static_cast<unsigned>(7 - p % 8));
      out[p * step] = _mm512_movepi8_mask(moved);
    }
    return;
  }
#endif
  std::uint64_t block[64];
  for (std::size_t i = 0; i < 64; ++i) block[i] = words[i] >> lowest;
  turn_bits<Set>(block);
  for (std::size_t p = 0; p < planes; ++p) out[p * step] = block[p];
  for (auto& word : block) word = 0;
  asm volatile("" : : "r"(block) : "memory");
}

}  // namespace detail

/// Eight blocks at a time, so that what goes to a plane is a whole cache line.
template <class Set>
void split_words(words_to_planes const& t) noexcept {
  constexpr std::size_t at_once = 8;
  alignas(64) std::uint64_t lines[64 * at_once];
  std::size_t b = 0;
  for (; b + at_once <= t.blocks; b += at_once) {
    for (std::size_t i = 0; i < at_once; ++i)
      detail::split_block<Set>(t.words + (b + i) * 64, lines + i, t.lowest, t.planes, at_once);
    for (std::size_t p = 0; p < t.planes; ++p)
      for (std::size_t i = 0; i < at_once; ++i) t.out[p * t.stride + b + i] = lines[p * at_once + i];
  }
  for (; b < t.blocks; ++b) detail::split_block<Set>(t.words + b * 64, t.out + b, t.lowest, t.planes, t.stride);
  if (t.blocks < at_once) return;
  for (auto& word : lines) word = 0;
  asm volatile("" : : "r"(lines) : "memory");
}

template <class Set>
void spread_plane(plane_to_words const& t) noexcept {
  std::size_t i = 0;
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<Set, avx512> || std::is_same_v<Set, avx512_vbmi2>)
    for (; i + 8 <= t.count; i += 8) {
      auto const bits = static_cast<__mmask8>(t.plane[i / 64] >> (i % 64));
      _mm512_storeu_si512(t.out + i, _mm512_maskz_set1_epi64(bits, 1));
    }
#endif
  for (; i < t.count; ++i) t.out[i] = (t.plane[i / 64] >> (i % 64)) & 1;
}

}  // namespace koi::kernels
