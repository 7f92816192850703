// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/crypto/detail/key_expansion.hpp>
#include <koi/ring/z2k.hpp>

namespace koi {

/// A batch of distributed comparison functions: two parties each have a key of
/// f_i(c) = below_i if c mod 2^low < r_i mod 2^low, else otherwise_i, and evaluate it alone at a
/// number c that both know. Their results are additive shares of W words; a key tells nothing of r_i
/// and of the words.
///
/// A party's key is a root of 128 random bits for each function, the permutation, and corrections,
/// which are the same for both parties. Corrections lie tile by tile, level by level: seeds, control
/// bits, words. All functions of a tile take a level together.
///
/// Cost    corrections: for each function low * (16 1/8 + B) + B bytes, B the bytes of the words
/// Source  [BCG+21] eprint 2020/1392, figure 3, on a fixed-key permutation: a node's outputs are
///         pi(s + t) + s + t for distinct tweaks t
/// Differs a node has one value, not one for each child: what it adds is then the same on both sides, and
///         the next level takes it off again where the walk stays on r's path. Every correction is
///         still masked by an output that the party does not know and that serves nothing else. The
///         words `otherwise` are part of the root's correction, so that they cost nothing
/// Threads distinct objects: safe
template <PowerOfTwoRing R, std::size_t W>
class comparison_key {
 public:
  using word = typename R::value_type;
  using words_in = std::array<word const*, W>;
  using words_out = std::array<word*, W>;

  /// Functions that are expanded together, so that what they need stays in the first-level cache.
  /// A batch that is cut at multiples of it has the corrections of its parts.
  static constexpr std::size_t tile = 256;

  /// Compares the low bits of r and c. Word w is right modulo 2^(8 bytes[w]).
  ///
  /// Throws  bad_argument
  comparison_key(std::size_t low, std::array<std::size_t, W> bytes) : low_(low), bytes_(bytes) {
    if (low == 0 || low > R::bits)
      throw bad_argument(fmt::format("comparison_key: {} bits to compare in a {}-bit ring", low, R::bits));
    for (auto const b : bytes)
      if (b == 0 || b > sizeof(word))
        throw bad_argument(fmt::format("comparison_key: {} bytes of a word of {}", b, sizeof(word)));
  }
  explicit comparison_key(std::size_t low) : comparison_key(low, whole_words()) {}

  /// Bytes of the corrections of n functions.
  [[nodiscard]] std::size_t size(std::size_t n) const noexcept {
    auto const whole = n / tile, rest = n % tile;
    return whole * tile_size(tile) + (rest == 0 ? 0 : tile_size(rest));
  }

  /// Makes the corrections from the two parties' roots.
  ///
  /// Throws  bad_argument if `corrections` has not size(n) bytes for the n functions
  void generate(permutation& pi, std::span<word const> r, words_in const& below, words_in const& otherwise,
                std::array<std::span<block128 const>, 2> roots, byte_span corrections) const {
    check(r.size(), roots[0].size(), corrections.size());
    check(r.size(), roots[1].size(), corrections.size());
    making work(std::min(tile, r.size()));
    auto* out = corrections.data();
    for (std::size_t first = 0; first < r.size(); first += tile) {
      auto const n = std::min(tile, r.size() - first);
      for (std::size_t w = 0; w < W; ++w)
        for (std::size_t i = 0; i < n; ++i) {
          work.reached[w * n + i] = 0;
          work.difference[w * n + i] = R::sub(below[w][first + i], otherwise[w][first + i]);
        }
      words_in rest = otherwise;
      for (auto& words : rest) words += first;
      for (std::size_t party = 0; party < 2; ++party)
        start(party, roots[party].data() + first, n, work.states[party].data());
      out = generate_tile(pi, r.data() + first, rest, n, work, out);
    }
  }

  /// Party 0's or 1's shares of f_i(c_i). A key serves one c.
  ///
  /// Throws  bad_argument if `corrections` has not size(n) bytes for the n functions
  void evaluate(permutation& pi, std::size_t party, std::span<word const> c, std::span<block128 const> roots,
                const_byte_span corrections, words_out out) const {
    check(c.size(), roots.size(), corrections.size());
    auto const most = std::min(tile, c.size());
    detail::secret_blocks states(most), images((1 + value_blocks) * most);
    secret_words words(most);
    auto const* in = corrections.data();
    for (std::size_t first = 0; first < c.size(); first += tile) {
      auto const n = std::min(tile, c.size() - first);
      start(party, roots.data() + first, n, states.data());
      auto sums = out;
      for (auto& sum : sums) std::fill_n(sum += first, n, word{0});
      in = evaluate_tile(pi, c.data() + first, n, states.data(), images.data(), words.data(), in, sums);
      if (party == 1)
        for (auto* const sum : sums)
          for (std::size_t i = 0; i < n; ++i) sum[i] = R::neg(sum[i]);
    }
  }

 private:
  using secret_words = std::vector<word, wiping_allocator<word>>;
  static constexpr std::size_t per_block = detail::value_word<word>::per_block;
  static constexpr std::size_t value_blocks = (W + per_block - 1) / per_block;

  /// What a tile of functions needs while its corrections are made.
  struct making {
    explicit making(std::size_t n)
        : states{detail::secret_blocks(n), detail::secret_blocks(n)},
          images{detail::secret_blocks((2 + value_blocks) * n), detail::secret_blocks((2 + value_blocks) * n)},
          difference(W * n),
          reached(W * n),
          corrections(n) {}
    std::array<detail::secret_blocks, 2> states, images;  // images: values, left children, right children
    secret_words difference, reached, corrections;
  };

  static constexpr std::array<std::size_t, W> whole_words() noexcept {
    std::array<std::size_t, W> all{};
    all.fill(sizeof(word));
    return all;
  }
  [[nodiscard]] std::size_t tile_size(std::size_t n) const noexcept {
    std::size_t values = 0;
    for (auto const b : bytes_) values += b;
    return low_ * (n * sizeof(block128) + (n + 7) / 8) + (low_ + 1) * n * values;
  }
  void check(std::size_t n, std::size_t roots, std::size_t corrections) const {
    if (roots != n || corrections != size(n))
      throw bad_argument(
          fmt::format("comparison_key: {} roots and {} bytes of corrections for {} numbers, not {} and {}", roots,
                      corrections, n, n, size(n)));
  }

  static void start(std::size_t party, block128 const* roots, std::size_t n, block128* states) noexcept {
    for (std::size_t i = 0; i < n; ++i) states[i] = {(roots[i].low & ~detail::control_bit) | party, roots[i].high};
  }

  std::byte const* evaluate_tile(permutation& pi, word const* c, std::size_t n, block128* states, block128* images,
                                 word* corrections, std::byte const* in, words_out sums) const {
    detail::put_walk<value_blocks>(states, c, low_ - 1, n, images);
    for (std::size_t level = 0; level <= low_; ++level) {
      bool const leaf = level == low_;
      pi({images, (value_blocks + (leaf ? 0 : 1)) * n});
      auto const* const seeds = in;
      if (!leaf) in += n * sizeof(block128) + (n + 7) / 8;
      for (std::size_t w = 0; w < W; ++w) {
        detail::unpack(in, bytes_[w], n, corrections);
        detail::add_words(sums[w], detail::value_word<word>(w), states, images, n, corrections);
        in += n * bytes_[w];
      }
      if (!leaf)
        detail::step<value_blocks>(states, images, c, low_ - 1 - level, n, seeds, seeds + n * sizeof(block128));
    }
    return in;
  }

  std::byte* generate_tile(permutation& pi, word const* r, words_in const& otherwise, std::size_t n, making& work,
                           std::byte* out) const {
    std::array<detail::family, 2> const parties{
        {{work.states[0].data(), work.images[0].data()}, {work.states[1].data(), work.images[1].data()}}};
    for (auto const& party : parties)
      for (std::size_t i = 0; i < n; ++i)
        detail::put_both<value_blocks>(detail::load_block(party.states + i), i, n, party.images);
    for (std::size_t level = 0; level <= low_; ++level) {
      bool const leaf = level == low_;
      auto const at = leaf ? 0 : low_ - 1 - level;
      for (auto const& party : parties) pi({party.images, (value_blocks + (leaf ? 0 : 2)) * n});
      auto* const seeds = out;
      if (!leaf) out += n * sizeof(block128) + (n + 7) / 8;
      for (std::size_t w = 0; w < W; ++w) {
        detail::correct_words<word>(work.corrections.data(),
                                    {work.reached.data() + w * n, otherwise[w], work.difference.data() + w * n}, r, at,
                                    leaf, detail::value_word<word>(w), parties, n);
        detail::pack(work.corrections.data(), bytes_[w], n, out);
        out += n * bytes_[w];
      }
      if (!leaf) detail::correct_step<value_blocks>(parties, r, at, n, seeds, seeds + n * sizeof(block128));
    }
    return out;
  }

  std::size_t low_;
  std::array<std::size_t, W> bytes_;
};

}  // namespace koi
