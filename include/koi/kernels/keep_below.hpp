// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/instruction_sets.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace koi::kernels {

/// Bytes that a call of keep_below may write behind those that it keeps.
inline constexpr std::size_t keep_room = 64;

namespace detail {

#if defined(__AVX2__)
/// For each set of 8 bytes the places of those that are kept.
template <class Set>
inline constexpr auto kept_places = [] {
  std::array<std::uint64_t, 256> all{};
  for (unsigned set = 0; set < 256; ++set) {
    unsigned to = 0;
    for (std::uint64_t from = 0; from < 8; ++from)
      if ((set >> from & 1) != 0) all[set] |= from << (8 * to++);
  }
  return all;
}();

/// What is kept of the first multiple of 32 bytes; `i` is moved behind it.
template <class Set>
std::size_t keep_below_32(std::uint8_t const* in, std::size_t n, unsigned bound, unsigned first, std::uint8_t* out,
                          std::size_t& i) noexcept {
  unsigned const limit = 256 / bound * bound;
  auto const last = _mm256_set1_epi8(static_cast<char>(limit - 1)), step = _mm256_set1_epi8(static_cast<char>(bound));
  auto const least = _mm256_set1_epi8(static_cast<char>(first));
  std::size_t count = 0;
  for (; i + 32 <= n; i += 32) {
    auto x = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(in + i));
    auto set = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(x, last), x)));
    for (unsigned k = bound; k < limit; k += bound) x = _mm256_min_epu8(x, _mm256_sub_epi8(x, step));
    x = _mm256_add_epi8(x, least);
    alignas(32) std::uint64_t eights[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(eights), x);
    for (auto const eight : eights) {
      auto const places = _mm_cvtsi64_si128(static_cast<long long>(kept_places<Set>[set & 0xff]));
      auto const kept = _mm_shuffle_epi8(_mm_cvtsi64_si128(static_cast<long long>(eight)), places);
      _mm_storel_epi64(reinterpret_cast<__m128i*>(out + count), kept);
      count += static_cast<std::size_t>(__builtin_popcount(set & 0xff));
      set >>= 8;
    }
  }
  return count;
}
#endif

#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)
/// What is kept of the first multiple of 64 bytes; `i` is moved behind it.
template <class Set>
std::size_t keep_below_64(std::uint8_t const* in, std::size_t n, unsigned bound, unsigned first, std::uint8_t* out,
                          std::size_t& i) noexcept {
  unsigned const limit = 256 / bound * bound;
  auto const last = _mm512_set1_epi8(static_cast<char>(limit - 1)), step = _mm512_set1_epi8(static_cast<char>(bound));
  auto const least = _mm512_set1_epi8(static_cast<char>(first));
  std::size_t count = 0;
  for (; i + 64 <= n; i += 64) {
    auto x = _mm512_loadu_si512(in + i);
    auto const kept = _mm512_cmple_epu8_mask(x, last);
    for (unsigned k = bound; k < limit; k += bound) x = _mm512_min_epu8(x, _mm512_sub_epi8(x, step));
    _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi8(kept, _mm512_add_epi8(x, least)));
    count += static_cast<std::size_t>(__builtin_popcountll(kept));
  }
  return count;
}
#endif

}  // namespace detail

/// Copies the bytes below the largest multiple of `bound` (at most 256) in order, each modulo `bound`
/// plus `first`, and returns how many there were. `out` has room for n + keep_room bytes. Which bytes
/// are thrown away may show in the time and in addresses; what stays does not.
template <class Set>
std::size_t keep_below(std::uint8_t const* in, std::size_t n, unsigned bound, unsigned first,
                       std::uint8_t* out) noexcept {
  unsigned const limit = 256 / bound * bound;
  unsigned const inverse = 65536 / bound + 1;  // x * inverse / 65536 is x / bound for every byte x
  std::size_t count = 0, i = 0;
#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)
  if constexpr (std::is_same_v<Set, avx512_vbmi2>) count = detail::keep_below_64<Set>(in, n, bound, first, out, i);
#endif
#if defined(__AVX2__)
  if constexpr (std::is_same_v<Set, avx2> || std::is_same_v<Set, avx512>)
    count = detail::keep_below_32<Set>(in, n, bound, first, out, i);
#endif
  for (; i < n; ++i) {
    out[count] = static_cast<std::uint8_t>(in[i] - (in[i] * inverse >> 16) * bound + first);
    count += static_cast<std::size_t>(in[i] < limit);
  }
  return count;
}

}  // namespace koi::kernels
