// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/permutation.hpp>
#include <koi/ring/concepts.hpp>

/// The loops over a tile of comparison keys. A state is a node's secret seed, whose bit 0 is the
/// control bit of the walk instead. Nothing here branches on a state or on a number.
namespace koi::detail {

using secret_blocks = std::vector<block128, wiping_allocator<block128>>;

inline constexpr std::uint64_t control_bit = 1;

/// Told apart by what they are for, so that no two outputs of a node are images of one block.
inline constexpr std::uint64_t left_tweak = 0;
inline constexpr std::uint64_t right_tweak = 1;
[[nodiscard]] constexpr std::uint64_t value_tweak(std::size_t index) noexcept { return 2 * (index + 1); }

/// A block in a register.
using block_lanes = std::uint64_t __attribute__((vector_size(16)));

[[nodiscard]] inline block_lanes load_block(void const* from) noexcept {
  block_lanes x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store_block(void* to, block_lanes x) noexcept { std::memcpy(to, &x, sizeof x); }
/// A block of low bits alone.
[[nodiscard]] inline block_lanes lowest(std::uint64_t bits) noexcept { return block_lanes{bits, 0}; }

/// The input of the permutation for one output of a node, and what is added to its image.
[[nodiscard]] inline block_lanes tweaked(block_lanes state, std::uint64_t tweak) noexcept {
  return (state & ~lowest(control_bit)) ^ lowest(tweak);
}
/// All ones where the lowest bit is set.
[[nodiscard]] inline block_lanes spread(std::uint64_t bit) noexcept {
  return block_lanes{} - (block_lanes{bit, bit} & control_bit);
}
/// The same, for the control bit of a state, as a mask for words.
template <RingWord Word>
[[nodiscard]] inline Word control_mask(block128 const& state) noexcept {
  return static_cast<Word>(Word{0} - static_cast<Word>(state.low & control_bit));
}

/// Bit `at` of a word, as 0 or 1.
template <RingWord Word>
[[nodiscard]] inline std::uint64_t bit_of(Word w, std::size_t at) noexcept {
  if constexpr (sizeof(Word) == 16) {
    auto const half = at < 64 ? static_cast<std::uint64_t>(w) : static_cast<std::uint64_t>(w >> 64);
    return (half >> (at % 64)) & 1;
  } else {
    return static_cast<std::uint64_t>(w >> at) & 1;
  }
}

/// Where a level's inputs of the permutation lie, and then their images: `values` blocks of each node's
/// value after each other, n nodes each, then the children.
template <std::size_t Values>
inline void put_values(block_lanes state, std::size_t i, std::size_t n, block128* images) noexcept {
  for (std::size_t v = 0; v < Values; ++v) store_block(images + v * n + i, tweaked(state, value_tweak(v)));
}
/// For a walk along c: the child on the side that bit `at` names.
template <std::size_t Values, RingWord Word>
void put_walk(block128 const* __restrict states, Word const* __restrict c, std::size_t at, std::size_t n,
              block128* __restrict images) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    auto const state = load_block(states + i);
    put_values<Values>(state, i, n, images);
    store_block(images + Values * n + i, tweaked(state, bit_of(c[i], at)));
  }
}
/// For corrections: the left children, then the right ones.
template <std::size_t Values>
inline void put_both(block_lanes state, std::size_t i, std::size_t n, block128* images) noexcept {
  put_values<Values>(state, i, n, images);
  store_block(images + Values * n + i, tweaked(state, left_tweak));
  store_block(images + (Values + 1) * n + i, tweaked(state, right_tweak));
}

/// Up to 64 bits as they lie in whole bytes.
[[nodiscard]] inline std::uint64_t load_bits(std::byte const* from, std::size_t count) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, from, (count + 7) / 8);
  return bits;
}
inline void store_bits(std::byte* to, std::uint64_t bits, std::size_t count) noexcept {
  std::memcpy(to, &bits, (count + 7) / 8);
}

/// Each state moves to its child on the side that bit `at` of its number names: the child's image,
/// corrected where the control bit is set. Leaves the next level's inputs in `images`.
template <std::size_t Values, RingWord Word>
void step(block128* __restrict states, block128* __restrict images, Word const* __restrict c, std::size_t at,
          std::size_t n, std::byte const* __restrict seeds, std::byte const* __restrict sides) noexcept {
  auto const next = at == 0 ? 0 : at - 1;
  auto* const children = images + Values * n;
  for (std::size_t first = 0; first < n; first += 64) {
    auto const count = std::min<std::size_t>(64, n - first);
    auto const apart = load_bits(sides + first / 8, count);
    for (std::size_t j = 0; j < count; ++j) {
      auto const i = first + j;
      auto const side = bit_of(c[i], at);
      auto const state = load_block(states + i);
      auto const child = load_block(children + i) ^ tweaked(state, side);  // left_tweak or right_tweak
      auto const correction = load_block(seeds + i * sizeof(block128)) ^ lowest((apart >> j) & side);
      auto const reached = child ^ (correction & spread(state[0]));
      store_block(states + i, reached);
      put_values<Values>(reached, i, n, images);
      store_block(children + i, tweaked(reached, bit_of(c[i], next)));
    }
  }
}

/// One party's states and images.
struct family {
  block128* states;
  block128* images;
};

/// Makes the corrections of one level and moves both parties' states along the numbers' own path.
/// Leaves the next level's inputs in the images.
template <std::size_t Values, RingWord Word>
void correct_step(std::array<family, 2> const& parties, Word const* __restrict r, std::size_t at, std::size_t n,
                  std::byte* __restrict seeds, std::byte* __restrict sides) noexcept {
  block128* __restrict const states0 = parties[0].states, * __restrict const states1 = parties[1].states;
  block128* __restrict const images0 = parties[0].images, * __restrict const images1 = parties[1].images;
  for (std::size_t first = 0; first < n; first += 64) {
    auto const count = std::min<std::size_t>(64, n - first);
    std::uint64_t all_apart = 0;
    for (std::size_t j = 0; j < count; ++j) {
      auto const i = first + j, left = Values * n + i, right = left + n;
      auto const side = bit_of(r[i], at);
      auto const mask = spread(side);
      auto const s0 = load_block(states0 + i), s1 = load_block(states1 + i);
      auto const l0 = load_block(images0 + left) ^ tweaked(s0, left_tweak);
      auto const l1 = load_block(images1 + left) ^ tweaked(s1, left_tweak);
      auto const r0 = load_block(images0 + right) ^ tweaked(s0, right_tweak);
      auto const r1 = load_block(images1 + right) ^ tweaked(s1, right_tweak);
      auto const in_left = l0 ^ l1, in_right = r0 ^ r1;
      // off the path the parties' children become equal; on it their control bits differ
      auto const off = in_right ^ ((in_left ^ in_right) & mask);
      auto const control_left = (in_left[0] ^ side ^ 1) & 1;
      auto const apart = control_left ^ ((in_right[0] ^ side) & 1);
      auto const correction = tweaked(off, control_left);
      store_block(seeds + i * sizeof(block128), correction);
      all_apart |= apart << j;
      auto const on_path = correction ^ lowest(apart & side);
      auto const reached0 = l0 ^ ((l0 ^ r0) & mask) ^ (on_path & spread(s0[0]));
      auto const reached1 = l1 ^ ((l1 ^ r1) & mask) ^ (on_path & spread(s1[0]));
      store_block(states0 + i, reached0);
      store_block(states1 + i, reached1);
      put_both<Values>(reached0, i, n, images0);
      put_both<Values>(reached1, i, n, images1);
    }
    store_bits(sides + first / 8, all_apart, count);
  }
}

/// One word of a node's value: which of its value's images it is in, and where.
template <RingWord Word>
class value_word {
 public:
  static constexpr std::size_t per_block = sizeof(block128) / sizeof(Word);

  explicit value_word(std::size_t index) noexcept
      : block_(index / per_block),
        offset_(index % per_block * sizeof(Word)),
        keep_(static_cast<Word>(offset_ == 0 ? ~Word{control_bit} : ~Word{0})),
        tweak_(static_cast<Word>(offset_ == 0 ? value_tweak(block_) : 0)) {}

  [[nodiscard]] block128 const* among(block128 const* images, std::size_t n) const noexcept {
    return images + block_ * n;
  }
  [[nodiscard]] Word operator()(block128 const& state, block128 const& image) const noexcept {
    return static_cast<Word>(at(image) ^ static_cast<Word>(at(state) & keep_) ^ tweak_);
  }

 private:
  [[nodiscard]] Word at(block128 const& x) const noexcept {
    Word w;
    std::memcpy(&w, reinterpret_cast<std::byte const*>(&x) + offset_, sizeof w);
    return w;
  }

  std::size_t block_, offset_;
  Word keep_, tweak_;
};

/// How many of n words of so many bytes each may be read and written as whole words.
template <RingWord Word>
[[nodiscard]] inline std::size_t whole_accesses(std::size_t n, std::size_t bytes) noexcept {
  auto const reach = (sizeof(Word) + bytes - 1) / bytes - 1;  // words that a whole access runs into
  return n - std::min(n, reach);
}
/// Words from and to their low bytes. What is above these in a word that was read is of no use.
template <RingWord Word>
void unpack(std::byte const* from, std::size_t bytes, std::size_t n, Word* to) noexcept {
  auto const whole = whole_accesses<Word>(n, bytes);
  if (bytes == sizeof(Word))
    std::memcpy(to, from, n * sizeof(Word));
  else
    for (std::size_t i = 0; i < whole; ++i) std::memcpy(to + i, from + i * bytes, sizeof(Word));
  for (std::size_t i = whole; i < n; ++i) std::memcpy(to + i, from + i * bytes, bytes);
}
template <RingWord Word>
void pack(Word const* from, std::size_t bytes, std::size_t n, std::byte* to) noexcept {
  auto const whole = whole_accesses<Word>(n, bytes);
  if (bytes == sizeof(Word))
    std::memcpy(to, from, n * sizeof(Word));
  else
    for (std::size_t i = 0; i < whole; ++i) std::memcpy(to + i * bytes, from + i, sizeof(Word));
  for (std::size_t i = whole; i < n; ++i) std::memcpy(to + i * bytes, from + i, bytes);
}

/// Adds each node's word, corrected where the control bit is set.
template <RingWord Word>
void add_words(Word* __restrict sums, value_word<Word> const value, block128 const* __restrict states,
               block128 const* __restrict all_images, std::size_t n, Word const* __restrict corrections) noexcept {
  block128 const* __restrict const images = value.among(all_images, n);
  for (std::size_t i = 0; i < n; ++i) {
    auto const correction = static_cast<Word>(corrections[i] & control_mask<Word>(states[i]));
    sums[i] = static_cast<Word>(sums[i] + value(states[i], images[i]) + correction);
  }
}

/// What the parties' words sum to after a level, for a walk that leaves there.
template <RingWord Word>
struct word_targets {
  Word* reached;           ///< of the level above; overwritten
  Word const* otherwise;   ///< where the walk leaves to the right of r, or ends
  Word const* difference;  ///< more, where it leaves to the left
};

/// Makes the corrections after which the parties' words sum to the target at bit `at` of r; `last`
/// where r itself ends.
template <RingWord Word>
void correct_words(Word* __restrict corrections, word_targets<Word> const& to, Word const* __restrict r, std::size_t at,
                   bool last, value_word<Word> const value, std::array<family, 2> const& parties,
                   std::size_t n) noexcept {
  Word* __restrict const reached = to.reached;
  Word const* __restrict const otherwise = to.otherwise, * __restrict const difference = to.difference;
  block128 const* __restrict const states0 = parties[0].states, * __restrict const states1 = parties[1].states;
  block128 const* __restrict const images0 = value.among(parties[0].images, n);
  block128 const* __restrict const images1 = value.among(parties[1].images, n);
  std::uint64_t const below = last ? 0 : 1;
  for (std::size_t i = 0; i < n; ++i) {
    auto const left = static_cast<Word>(Word{0} - static_cast<Word>(bit_of(r[i], at) & below));
    auto const target = static_cast<Word>(otherwise[i] + static_cast<Word>(difference[i] & left));
    auto const change = static_cast<Word>(target - reached[i]);
    reached[i] = target;
    auto const missing = static_cast<Word>(change + value(states1[i], images1[i]) - value(states0[i], images0[i]));
    // party 1 takes its words off
    auto const mask = control_mask<Word>(states1[i]);
    corrections[i] = static_cast<Word>(static_cast<Word>(missing ^ mask) - mask);
  }
}

}  // namespace koi::detail
