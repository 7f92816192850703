// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/prg.hpp>
#include <koi/ring/concepts.hpp>
#include <koi/ring/detail/keep_below.hpp>
#include <koi/ring/z2k_minus_1.hpp>
#include <koi/ring/zp.hpp>

#include <span>

namespace koi {

/// Uniform elements of Z_{2^k}.
template <PowerOfTwoRing R>
void fill_uniform(prg& stream, std::span<typename R::value_type> out) {
  stream.fill(std::as_writable_bytes(out));
}

namespace detail {

/// Bytes below `bound`, exactly uniform: bytes at or above its largest multiple are thrown away.
/// Which ones those are says nothing about the ones that stay.
inline void fill_bytes_below(prg& stream, std::span<std::uint8_t> out, unsigned bound) {
  unsigned const limit = 256 / bound * bound;
  std::array<std::uint8_t, 4096> raw;
  std::array<std::uint8_t, raw.size() + 64> kept;
  std::size_t done = 0;
  while (done < out.size()) {
    auto const want = std::min(raw.size(), (out.size() - done) * 256 / limit + 32);
    stream.fill(std::as_writable_bytes(std::span(raw).first(want)));
    auto const taken = std::min(keep_below(raw.data(), want, bound, kept.data()), out.size() - done);
    std::memcpy(out.data() + done, kept.data(), taken);
    done += taken;
  }
  wipe(raw.data(), raw.size());
  wipe(kept.data(), kept.size());
}

}  // namespace detail

/// Uniform elements of Z_p.
template <PrimeField F>
void fill_uniform(prg& stream, std::span<std::uint8_t> out) {
  detail::fill_bytes_below(stream, out, F::modulus);
}

/// Uniform elements of Z_p other than 0.
template <PrimeField F>
void fill_nonzero(prg& stream, std::span<std::uint8_t> out) {
  detail::fill_bytes_below(stream, out, F::modulus - 1u);
  for (auto& x : out) ++x;
}

/// Uniform elements of Z_{2^k - 1}: the word that stands for no element is drawn again.
template <OddRing R>
void fill_uniform(prg& stream, std::span<typename R::value_type> out) {
  stream.fill(std::as_writable_bytes(out));
  for (auto& x : out)
    while (x == R::modulus) stream.fill(writable_bytes_of(&x, 1));
}

}  // namespace koi
