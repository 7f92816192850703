// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)
#include <immintrin.h>
#endif

namespace koi::detail {

/// Copies the bytes below the largest multiple of `bound` (at most 256) in order, each modulo
/// `bound`, and returns how many there were. `out` has room for n + 64 bytes.
inline std::size_t keep_below_scalar(std::uint8_t const* in, std::size_t n, unsigned bound,
                                     std::uint8_t* out) noexcept {
  unsigned const limit = 256 / bound * bound;
  unsigned const inverse = 65536 / bound + 1;  // x * inverse / 65536 is x / bound for every byte x
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    out[count] = static_cast<std::uint8_t>(in[i] - (in[i] * inverse >> 16) * bound);
    count += static_cast<std::size_t>(in[i] < limit);
  }
  return count;
}

#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)

inline std::size_t keep_below(std::uint8_t const* in, std::size_t n, unsigned bound, std::uint8_t* out) noexcept {
  unsigned const multiples = 256 / bound;
  auto const last = _mm512_set1_epi8(static_cast<char>(multiples * bound - 1));
  auto const step = _mm512_set1_epi8(static_cast<char>(bound));
  std::size_t count = 0, i = 0;
  for (; i + 64 <= n; i += 64) {
    auto x = _mm512_loadu_si512(in + i);
    auto const kept = _mm512_cmple_epu8_mask(x, last);
    for (unsigned k = 1; k < multiples; ++k) x = _mm512_min_epu8(x, _mm512_sub_epi8(x, step));
    _mm512_storeu_si512(out + count, _mm512_maskz_compress_epi8(kept, x));
    count += static_cast<std::size_t>(__builtin_popcountll(kept));
  }
  return count + keep_below_scalar(in + i, n - i, bound, out + count);
}

#else

inline std::size_t keep_below(std::uint8_t const* in, std::size_t n, unsigned bound, std::uint8_t* out) noexcept {
  return keep_below_scalar(in, n, bound, out);
}

#endif

}  // namespace koi::detail
