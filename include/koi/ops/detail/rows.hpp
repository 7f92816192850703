// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>

#include <cmath>

namespace koi::detail {

/// round(v * 2^bits). Exact in floating point, so the same word at every player.
template <PowerOfTwoRing R>
typename R::value_type fixed_word(double v, std::size_t bits) {
  return R::from_signed(static_cast<typename R::signed_type>(std::nearbyint(std::ldexp(v, static_cast<int>(bits)))));
}

/// sum[p] += u[i] * v[j] for every pair p = (i, j) of rows, then the same for s and t.
template <Ring R>
void add_row_products(std::vector<std::size_t> const& pairs, tensor<R>& sum, tensor<R> const& u, tensor<R> const& v) {
  auto const n = sum.shape()[1];
  for (std::size_t p = 0; 2 * p < pairs.size(); ++p) {
    auto const* a = u.data() + pairs[2 * p] * n;
    auto const* b = v.data() + pairs[2 * p + 1] * n;
    auto* out = sum.data() + p * n;
    for (std::size_t i = 0; i < n; ++i) out[i] = R::add(out[i], R::mul(a[i], b[i]));
  }
}
template <Ring R, class... More>
void add_row_products(std::vector<std::size_t> const& pairs, tensor<R>& sum, tensor<R> const& u, tensor<R> const& v,
                      More const&... more) {
  add_row_products(pairs, sum, u, v);
  add_row_products(pairs, sum, more...);
}

/// Private vectors of one length, a row each: what is computed in one step of a function travels in one
/// message. Words are plain integers; which fraction bits they have is their user's affair.
///
/// Everything but `products` and `truncated` is local.
template <Protocol P>
class rows {
 public:
  using ring = typename P::ring;
  using word = typename ring::value_type;
  using share_type = typename P::share_type;
  static constexpr std::string_view products_kind = "row products";

  /// A matrix, by rows.
  rows(party& self, share_type matrix) : self_(&self), share_(std::move(matrix)) {}
  /// All elements of a tensor in one row.
  explicit rows(private_tensor<P> const& x)
      : self_(&x.self()), share_(P::reshape(x.share(), {1, element_count(x.shape())})) {}

  [[nodiscard]] party& self() const noexcept { return *self_; }
  [[nodiscard]] share_type const& share() const noexcept { return share_; }
  [[nodiscard]] std::size_t count() const noexcept { return share_.shape()[0]; }
  [[nodiscard]] std::size_t length() const noexcept { return share_.shape()[1]; }

  [[nodiscard]] rows operator[](std::size_t i) const { return from(i, i + 1); }
  [[nodiscard]] rows from(std::size_t begin, std::size_t end) const {
    return {*self_, P::slice(share_, {{begin, end}})};
  }

  [[nodiscard]] rows operator+(rows const& y) const { return {*self_, P::add(share_, y.share_)}; }
  [[nodiscard]] rows operator-(rows const& y) const { return {*self_, P::sub(share_, y.share_)}; }
  [[nodiscard]] rows times(word w) const { return {*self_, P::scale(share_, w)}; }
  /// Adds a public word to all elements of a row, one for each row.
  [[nodiscard]] rows plus(std::vector<word> const& words) const {
    tensor<ring> column({words.size(), 1});
    std::copy(words.begin(), words.end(), column.data());
    return {*self_, P::add_public(*self_, share_, column, column.shape())};
  }
  /// Public linear combinations of the rows: row i is the sum of weights[i][k] times row k.
  [[nodiscard]] rows combined(std::vector<std::vector<word>> const& weights) const {
    tensor<ring> matrix({weights.size(), count()});
    for (std::size_t i = 0; i < weights.size(); ++i)
      std::copy(weights[i].begin(), weights[i].end(), matrix.data() + i * count());
    return {*self_, P::matmul_public(matrix, matrix.shape(), share_)};
  }

  /// Row p is the product of the rows pairs[2p] and pairs[2p + 1]. Every row is masked once.
  ///
  /// Cost    1 round, a word each way for every element here, one word dealt for every element there
  [[nodiscard]] rows products(std::vector<std::size_t> const& pairs) const {
    auto const multiply = [&pairs](tensor<ring>& sum, auto const&... factors) {
      add_row_products(pairs, sum, factors...);
    };
    return {*self_, P::product(*self_, products_kind, share_, share_, {pairs.size() / 2, length()}, multiply, pairs)};
  }
  /// Cost    P::truncate
  [[nodiscard]] rows truncated(std::size_t bits) const { return {*self_, P::truncate(*self_, share_, bits)}; }

  [[nodiscard]] private_tensor<P> as(shape_type const& shape) const { return {*self_, P::reshape(share_, shape)}; }

 private:
  party* self_;
  share_type share_;
};

/// All rows of several matrices, in their order.
template <Protocol P, class... More>
[[nodiscard]] rows<P> joined_rows(rows<P> const& first, More const&... more) {
  return {first.self(), P::concat({first.share(), more.share()...}, 0)};
}

}  // namespace koi::detail
