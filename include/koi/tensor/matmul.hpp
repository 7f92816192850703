// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor/detail/gemm.hpp>
#include <koi/tensor/tensor.hpp>

namespace koi {

/// Shape of x times y: x [..., n] with any leading axes, y [n, v] -> [..., v]. Throws shape_mismatch.
[[nodiscard]] inline shape_type matmul_shape(shape_type const& x, shape_type const& y) {
  if (x.empty() || y.size() != 2 || x.back() != y.front()) throw shape_mismatch("matmul", x, y);
  auto out = x;
  out.back() = y.back();
  return out;
}

/// sum += x * y. Throws shape_mismatch.
template <PowerOfTwoRing R>
void matmul_add(tensor<R>& sum, tensor<R> const& x, tensor<R> const& y) {
  if (sum.shape() != matmul_shape(x.shape(), y.shape()))
    throw shape_mismatch("matmul_add", sum.shape(), matmul_shape(x.shape(), y.shape()));
  auto const n = y.shape()[0], v = y.shape()[1];
  if (sum.empty() || n == 0) return;
  detail::gemm<detail::multiplying_lanes<typename R::value_type>>(x.data(), y.data(), sum.data(), x.size() / n, n, v);
}

/// Matrix product in the ring.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> matmul(tensor<R> const& x, tensor<R> const& y) {
  tensor<R> out(matmul_shape(x.shape(), y.shape()), 0);
  matmul_add(out, x, y);
  return out;
}

}  // namespace koi
