// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/instruction_sets.hpp>
#include <koi/kernels/words.hpp>

namespace koi::kernels {

/// How an instruction set multiplies and adds words in a product of matrices. A set of lanes holds
/// `width` neighbouring words of b (`columns`) and the sums below them (`sums`); a `factor` is a
/// word of a, in every lane. Packed words are units: `a_units` a word, `b_units` a set of lanes.
///
/// This one, for any word and any processor, has one lane. All others give the same bits.
template <class Set, MachineWord Word>
struct gemm_lanes {
  using word = Word;
  using unit = Word;
  using sums = Word;
  using columns = Word;
  using factor = Word;
  static constexpr std::size_t width = 1;
  static constexpr std::size_t a_units = 1;
  static constexpr std::size_t b_units = 1;
  static constexpr std::size_t rows = sizeof(Word) > 8 ? 2 : 4;  // of the tile that registers hold
  static constexpr std::size_t vectors = 2;                      // of that tile's columns
  static constexpr std::size_t few_rows = 4;                     // up to here packing does not pay
  static constexpr bool in_pairs = false;                        // whether two sums are best added to together
  static constexpr bool packed_as_is = true;                     // whether units are words
  static constexpr bool sums_along_k = false;                    // whether a and b may both be vectors along k
  static constexpr bool has_half = false;                        // whether `half` are lanes half as wide

  static sums zero() noexcept { return 0; }
  static columns load(word const* b) noexcept { return *b; }
  static columns load(word const* b, std::size_t) noexcept { return *b; }
  static columns load_packed(unit const* b) noexcept { return *b; }
  static void store_packed(unit* out, columns b) noexcept { *out = b; }
  static void pack(unit* out, word a) noexcept { *out = a; }
  static factor repeat(unit const* a) noexcept { return *a; }
  static factor repeat_word(word const* a) noexcept { return *a; }
  static void multiply_add(sums& s, factor a, columns b) noexcept {
    s = static_cast<word>(s + static_cast<word>(a * b));
  }
  /// c = or += the first `count` lanes.
  static void write(word* c, sums s, std::size_t, bool add) noexcept { *c = add ? static_cast<word>(*c + s) : s; }
};

}  // namespace koi::kernels
