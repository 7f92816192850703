// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor.hpp>

/// The arithmetic of truncation and selection at one server, each formula in one pass over its
/// operands: local, branch-free. Words g are 0 or 1 and known to both servers; h, q, m and the
/// products of h are this server's pieces, those of m and h * m as carried() uses them; server 0 also
/// takes the terms that are public.
namespace koi::beaver {

/// What the opened c = x + 2^(n-2) + r gives for x >> bits: y = C - q + K * m, up to one unit, with
/// C = (c >> bits) - 2^(n-2-bits) and K = (1 - top bit of c) * 2^(n-bits). x and c are in the ring N of n bits, y and
/// what makes it up in R, which may be wider: then y is x >> bits as a number, not modulo 2^n.
template <PowerOfTwoRing R, PowerOfTwoRing N = R>
struct truncation_terms {
  using word = typename R::value_type;
  using opened = typename N::value_type;
  std::size_t bits;

  /// How many low bits of m count; the others may be anything.
  [[nodiscard]] constexpr std::size_t carried_bits() const noexcept { return R::bits - (N::bits - bits); }
  /// C
  [[nodiscard]] word known(opened c) const noexcept {
    return R::sub(static_cast<word>(c >> bits), R::power(N::bits - 2 - bits));
  }
  /// K * m
  [[nodiscard]] word carried(opened c, word m) const noexcept {
    auto const unless = static_cast<word>(static_cast<word>(c >> (N::bits - 1)) - word{1});
    return static_cast<word>(static_cast<word>(m << (N::bits - bits)) & unless);
  }
};

/// All bits of a word where g is 1.
template <class Word>
[[nodiscard]] Word everywhere(Word g) noexcept {
  return static_cast<Word>(Word{0} - g);
}

/// (1 - 2g) * u
template <class Word>
[[nodiscard]] Word turned(Word g, Word u) noexcept {
  return static_cast<Word>(static_cast<Word>(u ^ everywhere(g)) + g);
}

/// The truncated number's piece.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> truncated(tensor<R> const& c, tensor<R> const& q, tensor<R> const& m, std::size_t bits,
                                  unsigned server) {
  using word = typename R::value_type;
  truncation_terms<R> const terms{bits};
  auto const first = everywhere(static_cast<word>(1 - server));
  return zip(
      [=](word cw, word qw, word mw) {
        return R::add(R::sub(terms.carried(cw, mw), qw), static_cast<word>(terms.known(cw) & first));
      },
      c, q, m);
}

/// g xor h = g + (1 - 2g) * h
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> flipped_bit(tensor<R> const& g, tensor<R> const& h, unsigned server) {
  using word = typename R::value_type;
  auto const first = everywhere(static_cast<word>(1 - server));
  return zip([=](word gw, word hw) { return R::add(turned(gw, hw), static_cast<word>(gw & first)); }, g, h);
}

/// (g xor h) * x for the piece of x, with h * x = h * c - h * r.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> selected(tensor<R> const& g, tensor<R> const& x, tensor<R> const& c, tensor<R> const& h,
                                 tensor<R> const& hr) {
  using word = typename R::value_type;
  return zip(
      [](word gw, word xw, word cw, word hw, word hrw) {
        auto const taken = static_cast<word>(xw & everywhere(gw));
        return R::add(taken, turned(gw, R::sub(R::mul(cw, hw), hrw)));
      },
      g, x, c, h, hr);
}

/// Pieces of what selects a truncated number, all for one opening c.
template <PowerOfTwoRing R>
struct truncation_pieces {
  tensor<R> const &q, &m, &h, &hq, &hm;
};

/// (g xor h) * y for the truncated number y, with h * y = C * h - h * q + K * h * m.
template <PowerOfTwoRing R, PowerOfTwoRing N>
[[nodiscard]] tensor<R> selected_truncation(tensor<N> const& g, tensor<N> const& c, truncation_pieces<R> const& of,
                                            std::size_t bits, unsigned server) {
  using word = typename R::value_type;
  using opened = typename N::value_type;
  truncation_terms<R, N> const terms{bits};
  auto const first = everywhere(static_cast<word>(1 - server));
  return zip_to<R>(
      [=](opened gn, opened cw, word q, word m, word h, word hq, word hm) {
        auto const gw = static_cast<word>(gn);
        auto const known = terms.known(cw);
        auto const y = R::add(R::sub(terms.carried(cw, m), q), static_cast<word>(known & first));
        auto const hy = R::add(R::sub(R::mul(known, h), hq), terms.carried(cw, hm));
        return R::add(static_cast<word>(y & everywhere(gw)), turned(gw, hy));
      },
      g, c, of.q, of.m, of.h, of.hq, of.hm);
}

}  // namespace koi::beaver
