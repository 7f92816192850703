// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto.hpp>
#include <koi/ring.hpp>
#include <koi/tensor.hpp>
#include <koi/tensor/uniform.hpp>

namespace koi::serve {

/// A value in two halves, neither of which says anything about it: server 0 draws its own from a seed, server 1 gets
/// the difference.
template <PowerOfTwoRing R>
struct halves {
  seed of_server0;
  tensor<R> of_server1;
};

template <PowerOfTwoRing R>
[[nodiscard]] halves<R> split(tensor<R> value) {
  auto fresh = seed::from_os();
  prg stream(fresh);
  value -= uniform<R>(stream, value.shape());
  return {std::move(fresh), std::move(value)};
}

/// Fresh halves of a value that is in two pieces already. Whoever calls this has both pieces, and so the value: it is
/// the value's owner. The value itself is not put together all the same: server 0's drawing is taken from one piece
/// before the other is added.
///
/// Throws  shape_mismatch
template <PowerOfTwoRing R>
[[nodiscard]] halves<R> split_again(tensor<R> piece, tensor<R> const& other) {
  auto out = split<R>(std::move(piece));
  out.of_server1 += other;
  return out;
}

}  // namespace koi::serve
