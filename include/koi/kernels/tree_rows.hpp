// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/bit_lanes.hpp>

/// Products of bits of many numbers at once, as a carry tree over shared bits needs them. A row is a
/// bit plane of `words` words; rows of a block lie `stride` words apart. A set of up to eight bits is
/// a number whose binary digits name its members. Local, branch-free, no address depends on a bit.
namespace koi::kernels {

/// The bits of a group and the sets of them whose products are wanted, in ascending order. Each set
/// but its lowest member is a set of the list or a single bit, so products build on one another.
struct bit_products {
  unsigned const* variables;  ///< each bit's one-member set, in the order of their rows
  std::size_t variable_count;
  unsigned const* sets;
  std::size_t set_count;
};

/// out row i ^= product of set i, for a block of out rows.
struct product_rows {
  bit_products group;
  std::uint64_t const* bits;  ///< a row for each variable
  std::uint64_t* out;         ///< a row for each set
  std::size_t words, stride;
};

/// Shares of the borrow's generate and propagate bits of a group of up to four positions, where the
/// bits of c are public and all products of the bits of r in the group are shared.
struct borrow_rows {
  std::size_t size;            ///< positions
  bool first;                  ///< server 0 takes the terms that are public
  std::uint64_t const* c;      ///< a row for each position
  std::uint64_t const* dealt;  ///< shares of the product of every set but the empty one, in ascending order
  std::uint64_t *generate, *propagate;
  std::size_t words, stride;
};

/// Shares of sums of products of bits that are opened behind masks, where the masks' products are
/// shared: a product of x_i = o_i ^ m_i is the sum over its subsets of opened times mask products.
struct masked_sums {
  bit_products group;
  unsigned const* terms;  ///< sets whose products make up the first sum
  std::size_t term_count;
  unsigned propagate;           ///< the set whose product is the second one; 0: none, and zeros
  bool first;                   ///< server 0 takes the terms that are public
  std::uint64_t const* opened;  ///< a row for each variable
  std::uint64_t const* masks;   ///< shares, a row for each variable
  std::uint64_t const* dealt;   ///< shares of the masks' products, a row for each set
  std::uint64_t const* start;   ///< one row that the first sum starts with
  std::uint64_t *generate, *propagated;
  std::size_t words, stride;
};

namespace detail {

/// Calls step<lanes>(w) for every w at which a register, and then a single word, starts.
template <class Set, class Step>
[[gnu::always_inline]] inline void over_words(std::size_t words, Step step) noexcept {
  std::size_t w = 0;
  for (; w + bit_lanes<Set>::width <= words; w += bit_lanes<Set>::width) step(bit_lanes<Set>{}, w);
  struct one : bit_lanes<Set*> {};  // of this set, so that its symbols are
  for (; w < words; ++w) step(one{}, w);
}

template <class L>
[[gnu::always_inline]] inline typename L::reg masked_product(typename L::reg const* opened,
                                                             typename L::reg const* masks, unsigned whole,
                                                             bool first) noexcept {
  auto sum = first ? opened[whole] : L::differ(opened[0], opened[0]);
  for (unsigned s = whole; s != 0; s = (s - 1) & whole) sum = L::differ(sum, L::both(opened[whole ^ s], masks[s]));
  return sum;
}

/// A register for every set of eight bits, with what becomes secret in it wiped at the end.
template <class Set>
class set_registers {
 public:
  explicit set_registers(bit_products const& used) noexcept : used_(used) {}
  set_registers(set_registers const&) = delete;
  set_registers& operator=(set_registers const&) = delete;
  [[gnu::always_inline]] ~set_registers() {
    for (std::size_t v = 0; v < used_.variable_count; ++v) clear(used_.variables[v]);
    for (std::size_t i = 0; i < used_.set_count; ++i) clear(used_.sets[i]);
    asm volatile("" : : "r"(words_) : "memory");
  }
  template <class L>
  [[gnu::always_inline]] typename L::reg* as() noexcept {
    return reinterpret_cast<typename L::reg*>(words_);
  }

 private:
  [[gnu::always_inline]] void clear(unsigned set) noexcept {
    for (std::size_t w = 0; w < width; ++w) words_[set * width + w] = 0;
    words_[set] = 0;  // where the last words of a row were
  }
  static constexpr std::size_t width = bit_lanes<Set>::width;
  alignas(64) std::uint64_t words_[256 * width];
  bit_products const& used_;
};

}  // namespace detail

template <class Set>
void xor_products(product_rows const& t) noexcept {
  detail::set_registers<Set> scratch(t.group);
  detail::over_words<Set>(t.words, [&]<class L>(L, std::size_t w) {
    auto* const products = scratch.template as<L>();
    for (std::size_t v = 0; v < t.group.variable_count; ++v)
      products[t.group.variables[v]] = L::load(t.bits + v * t.stride + w);
    for (std::size_t i = 0; i < t.group.set_count; ++i) {
      auto const s = t.group.sets[i];
      if ((s & (s - 1)) != 0) products[s] = L::both(products[s & (s - 1)], products[s & (0u - s)]);
      auto* const out = t.out + i * t.stride + w;
      L::store(out, L::differ(L::load(out), products[s]));
    }
  });
}

namespace detail {

template <class Set, unsigned Size>
void share_borrows_of(borrow_rows const& t) noexcept {
  constexpr unsigned all = (1u << Size) - 1;
  over_words<Set>(
      t.words, [&]<class L>(L, std::size_t w) __attribute__((always_inline)) {
        typename L::reg zeros[all + 1];  // zeros[s]: every bit of c in s is 0
        zeros[0] = L::ones();
#pragma GCC unroll 16
        for (unsigned s = 1; s <= all; ++s)
          zeros[s] =
              L::without(zeros[s & (s - 1)], L::load(t.c + static_cast<std::size_t>(__builtin_ctz(s)) * t.stride + w));
        auto g = L::differ(zeros[0], zeros[0]);
        auto p = t.first ? zeros[all] : g;
#pragma GCC unroll 16
        for (unsigned s = 1; s <= all; ++s) {
          auto const product = L::load(t.dealt + (s - 1) * t.stride + w);
          unsigned const lowest = s & (0u - s);
          p = L::differ(p, L::both(product, zeros[all ^ s]));
          g = L::differ(g, L::both(product, zeros[(all & ~(lowest - 1) & ~s) | lowest]));
        }
        L::store(t.generate + w, g);
        L::store(t.propagate + w, p);
      });
}

}  // namespace detail

template <class Set>
void share_borrows(borrow_rows const& t) noexcept {
  if (t.size == 1) return detail::share_borrows_of<Set, 1>(t);
  if (t.size == 2) return detail::share_borrows_of<Set, 2>(t);
  if (t.size == 3) return detail::share_borrows_of<Set, 3>(t);
  detail::share_borrows_of<Set, 4>(t);
}

template <class Set>
void sum_masked_products(masked_sums const& t) noexcept {
  detail::set_registers<Set> opened_products(t.group), mask_products(t.group);
  detail::over_words<Set>(t.words, [&]<class L>(L, std::size_t w) {
    auto* const opened = opened_products.template as<L>();
    auto* const masks = mask_products.template as<L>();
    opened[0] = L::ones();
    for (std::size_t v = 0; v < t.group.variable_count; ++v) {
      opened[t.group.variables[v]] = L::load(t.opened + v * t.stride + w);
      masks[t.group.variables[v]] = L::load(t.masks + v * t.stride + w);
    }
    for (std::size_t i = 0; i < t.group.set_count; ++i) {
      auto const s = t.group.sets[i];
      opened[s] = L::both(opened[s & (s - 1)], opened[s & (0u - s)]);
      masks[s] = L::load(t.dealt + i * t.stride + w);
    }
    auto sum = L::load(t.start + w);
    for (std::size_t i = 0; i < t.term_count; ++i)
      sum = L::differ(sum, detail::masked_product<L>(opened, masks, t.terms[i], t.first));
    L::store(t.generate + w, sum);
    auto const zero = L::differ(sum, sum);
    L::store(t.propagated + w,
             t.propagate == 0 ? zero : detail::masked_product<L>(opened, masks, t.propagate, t.first));
  });
}

}  // namespace koi::kernels
