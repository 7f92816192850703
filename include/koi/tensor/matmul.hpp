// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/dispatch.hpp>
#include <koi/tensor/elementwise.hpp>

#include <array>

namespace koi {

/// Shape of x times y: x [..., m, n] with any leading axes and y [n, v] -> [..., m, v]; a y with leading axes
/// too is a batch of matrices, and both broadcast. Throws shape_mismatch.
[[nodiscard]] inline shape_type matmul_shape(shape_type const& x, shape_type const& y) {
  if (x.empty() || y.size() < 2 || x.back() != y[y.size() - 2]) throw shape_mismatch("matmul", x, y);
  auto out = x;
  out.back() = y.back();
  if (y.size() == 2) return out;
  if (x.size() < 2) throw shape_mismatch("matmul", x, y);
  try {
    out = broadcast_shape("matmul", {x.begin(), x.end() - 2}, {y.begin(), y.end() - 2});
  } catch (shape_mismatch const&) {
    throw shape_mismatch("matmul", x, y);  // with the whole shapes
  }
  out.push_back(x[x.size() - 2]);
  out.push_back(y.back());
  return out;
}

namespace detail {

/// Where the matrices of a batch start, in elements, under broadcasting to `batch`.
inline std::vector<std::size_t> matrix_starts(shape_type const& shape, shape_type const& batch) {
  auto const matrix = shape[shape.size() - 2] * shape.back();
  std::vector<std::size_t> starts(element_count(batch), 0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    auto rest = i, stride = matrix;
    auto own = shape.size() - 2;
    for (auto axis = batch.size(); axis-- > 0; rest /= batch[axis]) {
      if (own == 0) break;
      --own;
      if (shape[own] != 1) starts[i] += rest % batch[axis] * stride;
      stride *= shape[own];
    }
  }
  return starts;
}

}  // namespace detail

/// sum += x * y, and of more pairs in one pass over the sum. Throws shape_mismatch.
template <PowerOfTwoRing R, std::same_as<tensor<R>>... More>
void matmul_add(tensor<R>& sum, tensor<R> const& x, tensor<R> const& y, More const&... more) {
  using word = typename R::value_type;
  constexpr std::size_t pairs = 1 + sizeof...(More) / 2;
  tensor<R> const* const all[] = {&x, &y, &more...};
  std::array<kernels::gemm_factors<word>, pairs> factors;
  for (std::size_t p = 0; p < pairs; ++p) {
    auto const &a = *all[2 * p], &b = *all[2 * p + 1];
    if (auto const shape = matmul_shape(a.shape(), b.shape()); sum.shape() != shape)
      throw shape_mismatch("matmul_add", sum.shape(), shape);
    auto const k = a.shape().back(), columns = b.shape().back();
    factors[p] = {a.data(), k, b.data(), columns, k};
  }
  if (sum.empty()) return;
  auto const columns = sum.shape().back();
  if (std::all_of(std::begin(all), std::end(all),
                  [i = 0](auto const* t) mutable { return i++ % 2 == 0 || t->rank() == 2; }))
    return kernels::gemm(
        kernels::gemm_task<word>{sum.data(), columns, sum.size() / columns, columns, factors.data(), pairs, true});
  shape_type const batch(sum.shape().begin(), sum.shape().end() - 2);
  auto const rows = sum.shape()[batch.size()];
  std::array<std::array<std::vector<std::size_t>, 2>, pairs> starts;
  for (std::size_t p = 0; p < pairs; ++p)
    for (std::size_t side = 0; side < 2; ++side)
      starts[p][side] = detail::matrix_starts(all[2 * p + side]->shape(), batch);
  for (std::size_t i = 0; i < element_count(batch); ++i) {
    for (std::size_t p = 0; p < pairs; ++p) {
      factors[p].a = all[2 * p]->data() + starts[p][0][i];
      factors[p].b = all[2 * p + 1]->data() + starts[p][1][i];
    }
    kernels::gemm(
        kernels::gemm_task<word>{sum.data() + i * rows * columns, columns, rows, columns, factors.data(), pairs, true});
  }
}

/// Matrix product in the ring.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> matmul(tensor<R> const& x, tensor<R> const& y) {
  auto const shape = matmul_shape(x.shape(), y.shape());
  if (y.rank() == 2 && element_count(shape) > 0) {
    tensor<R> out(shape);
    auto const n = y.shape()[0], v = y.shape()[1];
    kernels::gemm(x.data(), y.data(), out.data(), out.size() / v, n, v);
    return out;
  }
  tensor<R> out(shape, 0);
  matmul_add(out, x, y);
  return out;
}

}  // namespace koi
