// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/prg.hpp>
#include <koi/kernels/dispatch.hpp>
#include <koi/ring/concepts.hpp>
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

/// Bytes of `first` and above, fewer than `bound` above it, exactly uniform: of the stream's bytes those at
/// or above the largest multiple of `bound` are thrown away. Which ones those are says nothing about the
/// ones that stay.
inline void fill_bytes_below(prg& stream, std::span<std::uint8_t> out, unsigned bound, unsigned first = 0) {
  unsigned const limit = 256 / bound * bound;
  std::array<std::uint8_t, 4096> raw;
  std::array<std::uint8_t, raw.size() + kernels::keep_room> kept;
  std::size_t most = 0, done = 0;  // bytes of `kept` that were written, of `out` that are filled
  while (done < out.size()) {
    auto const left = out.subspan(done);
    auto const want = std::min(raw.size(), left.size() * 256 / limit + 32);
    stream.fill(std::as_writable_bytes(std::span(raw).first(want)));
    if (want + kernels::keep_room <= left.size()) {
      done += kernels::keep_below(raw.data(), want, bound, first, left.data());
    } else {
      auto const taken = std::min(kernels::keep_below(raw.data(), want, bound, first, kept.data()), left.size());
      std::memcpy(left.data(), kept.data(), taken);
      most = std::max(most, want + kernels::keep_room);
      done += taken;
    }
  }
  wipe(raw.data(), std::min(raw.size(), out.size() * 256 / limit + 32));
  wipe(kept.data(), most);
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
  detail::fill_bytes_below(stream, out, F::modulus - 1u, 1);
}

/// Uniform elements of Z_{2^k - 1}: the word that stands for no element is drawn again.
template <OddRing R>
void fill_uniform(prg& stream, std::span<typename R::value_type> out) {
  stream.fill(std::as_writable_bytes(out));
  for (auto& x : out)
    while (x == R::modulus) stream.fill(writable_bytes_of(&x, 1));
}

}  // namespace koi
