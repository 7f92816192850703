// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>

namespace koi::beaver {

/// Product of two shared values under a bilinear map, from masks and a product that the helper deals.
///
/// `accumulate(sum, u, v)` adds the map's value to sum.
/// Cost    online: the masks that are missing (see mask); offline one word per element of the result
/// Leaks   shapes
/// Source  [Beaver91]; [DMD18] arXiv 1810.08130, section 3
/// Differs the term alpha * b_j + j * alpha * beta is written alpha * y_j, which needs no mask of y
template <PowerOfTwoRing R, class Accumulate>
[[nodiscard]] share<R> product(party& self, std::string_view kind, share<R> const& x, share<R> const& y,
                               shape_type const& shape, Accumulate accumulate) {
  mask<R>(self, {&x, &y});
  operation op(self, kind, {x.shape(), y.shape()});
  tensor<R> whole;
  if (self.is_helper()) {
    whole = tensor<R>(shape, 0);
    accumulate(whole, *x.mask().mask, *y.mask().mask);
  }
  // 1. z_j = (a * b)_j
  auto [z] = deal<R, 1>(op, shape, {{{"product", std::move(whole)}}});
  if (!self.is_server()) return share<R>(shape);
  // 2. z_j += a_j * beta + alpha * y_j
  accumulate(z, *x.mask().mask, *y.mask().opened);
  accumulate(z, *x.mask().opened, y.piece());
  return share<R>(std::move(z));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost product_cost(share<R> const& x, share<R> const& y, shape_type const& shape) {
  return mask_cost<R>({&x, &y}) + deal_cost<R>(shape, 1);
}

/// Element-wise product, at the sum of the operands' fraction bits.
///
/// Shapes  x, y: broadcast by numpy's rule
/// Cost    see product
/// Throws  shape_mismatch; channel_error
template <PowerOfTwoRing R>
[[nodiscard]] share<R> mul(party& self, share<R> const& x, share<R> const& y) {
  return product(self, "mul", x, y, broadcast_shape("mul", x.shape(), y.shape()),
                 [](tensor<R>& sum, tensor<R> const& u, tensor<R> const& v) { sum += u * v; });
}
template <PowerOfTwoRing R>
[[nodiscard]] cost mul_cost(share<R> const& x, share<R> const& y) {
  return product_cost<R>(x, y, broadcast_shape("mul", x.shape(), y.shape()));
}

/// Element-wise square: one mask, one dealt product.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> square(party& self, share<R> const& x) {
  return mul(self, x, x);
}
template <PowerOfTwoRing R>
[[nodiscard]] cost square_cost(share<R> const& x) {
  return mul_cost(x, x);
}

/// Matrix product, at the sum of the operands' fraction bits.
///
/// Shapes  x: [..., n], y: [n, v] -> [..., v]
/// Cost    see product
/// Throws  shape_mismatch; channel_error
template <PowerOfTwoRing R>
[[nodiscard]] share<R> matmul(party& self, share<R> const& x, share<R> const& y) {
  return product(self, "matmul", x, y, matmul_shape(x.shape(), y.shape()),
                 [](tensor<R>& sum, tensor<R> const& u, tensor<R> const& v) { matmul_add(sum, u, v); });
}
template <PowerOfTwoRing R>
[[nodiscard]] cost matmul_cost(share<R> const& x, share<R> const& y) {
  return product_cost<R>(x, y, matmul_shape(x.shape(), y.shape()));
}

}  // namespace koi::beaver
