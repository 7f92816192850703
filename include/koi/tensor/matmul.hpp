// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/dispatch.hpp>
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
  kernels::gemm(x.data(), y.data(), sum.data(), x.size() / n, n, v, true);
}

/// sum += x * y + u * v, in one pass over the sum. Throws shape_mismatch.
template <PowerOfTwoRing R>
void matmul_add(tensor<R>& sum, tensor<R> const& x, tensor<R> const& y, tensor<R> const& u, tensor<R> const& v) {
  for (auto const& shape : {matmul_shape(x.shape(), y.shape()), matmul_shape(u.shape(), v.shape())})
    if (sum.shape() != shape) throw shape_mismatch("matmul_add", sum.shape(), shape);
  if (sum.empty()) return;
  auto const k = y.shape()[0], l = v.shape()[0], columns = sum.shape().back();
  kernels::gemm_factors<typename R::value_type> const pairs[] = {{x.data(), k, y.data(), columns, k},
                                                                 {u.data(), l, v.data(), columns, l}};
  kernels::gemm(
      kernels::gemm_task<typename R::value_type>{sum.data(), columns, sum.size() / columns, columns, pairs, 2, true});
}

/// Matrix product in the ring.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> matmul(tensor<R> const& x, tensor<R> const& y) {
  tensor<R> out(matmul_shape(x.shape(), y.shape()));
  auto const n = y.shape()[0], v = y.shape()[1];
  if (!out.empty()) kernels::gemm(x.data(), y.data(), out.data(), out.size() / v, n, v);
  return out;
}

}  // namespace koi
