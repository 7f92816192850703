// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/wipe.hpp>
#include <koi/kernels/bytes/lanes.hpp>
#include <koi/kernels/words.hpp>

namespace koi::kernels {

namespace detail {

/// Bits of 64 words of 64 bits: bit j of word i goes to bit i of plane j, for the first `bits` planes,
/// which are `stride` words apart.
///
/// Four rounds of interleaving bytes bring byte k of 16 words together, then the top bits of the bytes
/// of a register are one piece of a plane.
template <class Set>
void transpose_64(std::uint64_t const* words, std::size_t bits, std::uint64_t* planes, std::size_t stride) noexcept {
  using lanes = byte_lanes<Set>;
  constexpr std::size_t at_once = lanes::width;  // words, 16 in each part of a register
  auto const* const in = reinterpret_cast<std::uint8_t const*>(words);
  for (std::size_t j = 0; j < bits; ++j) planes[j * stride] = 0;
  for (std::size_t first = 0; first < 64; first += at_once) {
    typename lanes::reg x[8], y[8];
    for (std::size_t i = 0; i < 8; ++i) x[i] = lanes::load_parts(in + first * 8 + i * 16, 128);
    for (std::size_t round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < 4; ++i) {
        y[2 * i] = lanes::low_pairs(x[i], x[i + 4]);
        y[2 * i + 1] = lanes::high_pairs(x[i], x[i + 4]);
      }
      for (std::size_t i = 0; i < 4; ++i) {
        x[2 * i] = lanes::low_pairs(y[i], y[i + 4]);
        x[2 * i + 1] = lanes::high_pairs(y[i], y[i + 4]);
      }
    }
    for (std::size_t k = 0; k < 8 && 8 * k < bits; ++k) {
      auto bytes = x[k];
      for (std::size_t bit = 8; bit-- > 0; bytes = lanes::add(bytes, bytes))
        if (8 * k + bit < bits) planes[(8 * k + bit) * stride] |= lanes::tops(bytes) << first;
    }
  }
}

}  // namespace detail

/// The low `bits` bits of words, as planes: bit j of word i of x goes to bit i % 64 of word i / 64 of plane
/// j. A plane is (count + 63) / 64 words, and its bits past the last word of x are zero; from one plane
/// to the next it is `stride` words.
template <class Set, MachineWord Word>
void words_to_planes(Word const* x, std::size_t count, std::size_t bits, std::uint64_t* planes,
                     std::size_t stride) noexcept {
  std::uint64_t block[64];
  for (std::size_t first = 0; first < count; first += 64)
    for (std::size_t limb = 0; limb * 64 < bits; ++limb) {
      auto const n = count - first < 64 ? count - first : 64;
      auto const limb_of = [&](Word w) {
        if constexpr (sizeof(Word) > 8) w >>= 64 * limb;
        return static_cast<std::uint64_t>(w);
      };
      for (std::size_t i = 0; i < n; ++i) block[i] = limb_of(x[first + i]);
      for (std::size_t i = n; i < 64; ++i) block[i] = 0;
      auto const here = bits - limb * 64 < 64 ? bits - limb * 64 : 64;
      detail::transpose_64<Set>(block, here, planes + limb * 64 * stride + first / 64, stride);
    }
  wipe(block, sizeof block);
}

/// The bits of a plane as `count` words 0 or 1.
template <class Set, MachineWord Word>
void plane_to_words(std::uint64_t const* plane, std::size_t count, Word* out) noexcept {
  std::size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    auto const bits = plane[i / 64];
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
    if constexpr (sizeof(Word) == 8 && (std::is_same_v<Set, avx512> || std::is_same_v<Set, avx512_vbmi2>)) {
      auto const one = _mm512_set1_epi64(1);
      for (std::size_t k = 0; k < 64; k += 8)
        _mm512_storeu_si512(out + i + k, _mm512_maskz_mov_epi64(static_cast<__mmask8>(bits >> k), one));
      continue;
    }
#endif
    for (std::size_t k = 0; k < 64; ++k) out[i + k] = static_cast<Word>((bits >> k) & 1);
  }
  for (; i < count; ++i) out[i] = static_cast<Word>((plane[i / 64] >> (i % 64)) & 1);
}

/// Both for one kind of words, as an entry of a table.
template <MachineWord Word>
struct planes_entry {
  void (*from_words)(Word const*, std::size_t, std::size_t, std::uint64_t*, std::size_t) noexcept;
  void (*to_words)(std::uint64_t const*, std::size_t, Word*) noexcept;

  template <class Set>
  static constexpr planes_entry of() noexcept {
    return {words_to_planes<Set, Word>, plane_to_words<Set, Word>};
  }
};

}  // namespace koi::kernels
