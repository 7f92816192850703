// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/concepts.hpp>

namespace koi {

namespace detail {

template <PowerOfTwoRing R>
struct half_ring;
template <>
struct half_ring<ring64> {
  using type = ring32;
};
template <>
struct half_ring<ring128> {
  using type = ring64;
};

/// Whether a comparison that has been told how many bits are in use needs no more than half the ring, once a product's
/// fraction bits are off and two bits are left for truncation's offset.
template <class R, std::size_t FracBits, class Comparison>
concept FitsHalf = requires {
  typename half_ring<R>::type;
  typename Comparison::template narrower<FracBits>;
}
&&FracBits + half_ring<R>::type::bits <= R::bits&& Comparison::width > FracBits + 1 &&
    Comparison::width - FracBits <= half_ring<R>::type::bits - 2;

template <class P>
struct narrowed_protocol {};
template <template <class, std::size_t, class, class> class Policy, class R, std::size_t FracBits, class Truncation,
          class Comparison>
  requires FitsHalf<R, FracBits, Comparison>
struct narrowed_protocol<Policy<R, FracBits, Truncation, Comparison>> {
  using type = Policy<typename half_ring<R>::type, 0, Truncation, typename Comparison::template narrower<FracBits>>;
};

}  // namespace detail

/// A protocol whose numbers, as its comparison was told, fit a ring of half the bits: a product can go there without a
/// round (`P::narrowed`), be compared there at half the cost, and come back with its ReLU
/// (`narrowed<P>::widened_relu`).
template <class P>
concept NarrowingProtocol = ComparingProtocol<P> && requires {
  typename detail::narrowed_protocol<P>::type;
};

/// The protocol of P's numbers in half the ring, counted in units of the last place.
template <NarrowingProtocol P>
using narrowed = typename detail::narrowed_protocol<P>::type;

}  // namespace koi
