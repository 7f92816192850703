// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/tensor.hpp>

#include <bit>
#include <cmath>

/// Maps of ring words, applied to real numbers.
namespace koi::detail {

[[nodiscard]] inline shape_type shape_of(plain_tensor const& x) { return {x.shape().begin(), x.shape().end()}; }

/// f of every element.
template <class F>
[[nodiscard]] plain_tensor mapped_reals(plain_tensor const& x, F f) {
  auto out = plain_tensor::from_shape(x.shape());
  for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = f(x.data()[i]);
  return out;
}

[[nodiscard]] inline double largest_of(plain_tensor const& x) {
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (auto const v = std::abs(x.data()[i]); !(v <= most)) most = v;  // keeps a NaN
  return most;
}

/// Words as the signed numbers that they are.
template <PowerOfTwoRing R>
[[nodiscard]] plain_tensor reals_of(tensor<R> const& x) {
  auto out = plain_tensor::from_shape(x.shape());
  for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = static_cast<double>(R::to_signed(x[i]));
  return out;
}

/// Whole numbers as words, modulo 2^bits.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> words_of(plain_tensor const& x) {
  auto const size = std::ldexp(1.0, static_cast<int>(R::bits));
  tensor<R> out(shape_of(x));
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const v = x.data()[i] - size * std::floor(x.data()[i] / size);
    out[i] = v < size ? static_cast<typename R::value_type>(v) : 0;
  }
  return out;
}

/// f, which moves, repeats and joins elements and puts zeros between them, of real numbers: their bits are moved.
template <PowerOfTwoRing R, class F>
[[nodiscard]] plain_tensor rearranged_reals(std::vector<plain_tensor const*> const& parts, shape_type const& shape,
                                            F f) {
  using word = typename R::value_type;
  constexpr auto width = std::min<std::size_t>(R::bits, 64);
  std::vector<std::uint64_t> moved(element_count(shape), 0);
  for (std::size_t at = 0; at < 64; at += width) {
    std::vector<tensor<R>> pieces;
    for (auto const* part : parts) {
      auto& piece = pieces.emplace_back(shape_of(*part));
      for (std::size_t i = 0; i < piece.size(); ++i)
        piece[i] = static_cast<word>(std::bit_cast<std::uint64_t>(part->data()[i]) >> at);
    }
    auto const out = f(pieces);
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] |= static_cast<std::uint64_t>(out[i]) << at;
  }
  auto out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < moved.size(); ++i) out.data()[i] = std::bit_cast<double>(moved[i]);
  return out;
}

/// Real numbers as the sum of of[k] * 2^(exponent - width (k + 1)), with digits of few bits, so that a map of them
/// does not reach the ring's end: it may add up 2^(bits/3) of them. All bits of a double that is as large as the
/// largest are there.
template <PowerOfTwoRing R>
struct ring_digits {
  static_assert(R::bits >= 32, "koi: a parity check takes a ring of 32 bits or more");
  static constexpr int width = (static_cast<int>(R::bits) - 10) / 3;
  static constexpr std::size_t count = (54 + static_cast<std::size_t>(width) - 1) / static_cast<std::size_t>(width);

  explicit ring_digits(plain_tensor const& x) {
    auto const most = largest_of(x);
    finite = std::isfinite(most);
    exponent = finite && most > 0 ? std::ilogb(most) + 1 : 0;
    auto rest = mapped_reals(x, [&](double v) { return finite ? std::ldexp(v, -exponent) : 0; });
    for (std::size_t k = 0; k < count; ++k) {
      auto& digit = of.emplace_back(shape_of(x));
      for (std::size_t i = 0; i < digit.size(); ++i) {
        auto const v = std::ldexp(rest.data()[i], width), whole = std::nearbyint(v);
        digit[i] = R::from_signed(static_cast<typename R::signed_type>(whole));
        rest.data()[i] = v - whole;
      }
    }
  }
  /// What a digit of a place counts.
  [[nodiscard]] double weight(std::size_t place) const {
    return finite ? std::ldexp(1.0, exponent - width * static_cast<int>(place + 1)) : std::nan("");
  }

  std::vector<tensor<R>> of;
  int exponent = 0;
  bool finite = true;
};

/// sum += weight * x.
template <PowerOfTwoRing R>
void add_weighted(plain_tensor& sum, double weight, tensor<R> const& x) {
  for (std::size_t i = 0; i < x.size(); ++i) sum.data()[i] += weight * static_cast<double>(R::to_signed(x[i]));
}

/// f, a linear map of ring words, of real numbers.
template <PowerOfTwoRing R, class F>
[[nodiscard]] plain_tensor linear_of(plain_tensor const& x, shape_type const& shape, F const& f) {
  ring_digits<R> const digits(x);
  plain_tensor sum(plain_tensor::shape_type(shape.begin(), shape.end()), 0.0);
  for (auto k = digits.count; k-- > 0;) add_weighted<R>(sum, digits.weight(k), f(digits.of[k]));
  return sum;
}

/// A bilinear map, given as what adds it to a sum, of real numbers.
template <PowerOfTwoRing R, class Accumulate>
[[nodiscard]] plain_tensor bilinear_of(plain_tensor const& x, plain_tensor const& y, shape_type const& shape,
                                       Accumulate const& accumulate) {
  ring_digits<R> const a(x), b(y);
  plain_tensor sum(plain_tensor::shape_type(shape.begin(), shape.end()), 0.0);
  for (auto places = a.count; places-- > 0;) {  // smaller ones than that are no bit of a double
    tensor<R> words(shape, 0);
    for (std::size_t k = 0; k <= places; ++k) accumulate(words, a.of[k], b.of[places - k]);
    add_weighted<R>(sum, a.weight(0) * b.weight(places), words);
  }
  return sum;
}

/// Row p is the product of the rows pairs[2p] of x and pairs[2p + 1] of y.
[[nodiscard]] inline plain_tensor row_products_of(plain_tensor const& x, plain_tensor const& y,
                                                  std::vector<std::size_t> const& pairs) {
  auto const length = x.shape()[1];
  plain_tensor out(plain_tensor::shape_type{pairs.size() / 2, length}, 0.0);
  for (std::size_t p = 0; 2 * p < pairs.size(); ++p)
    for (std::size_t i = 0; i < length; ++i) out(p, i) = x(pairs[2 * p], i) * y(pairs[2 * p + 1], i);
  return out;
}

/// Matrix product; shapes as koi::matmul.
[[nodiscard]] inline plain_tensor matmul_of(plain_tensor const& x, plain_tensor const& y) {
  auto const shape = matmul_shape(shape_of(x), shape_of(y));
  plain_tensor sum(plain_tensor::shape_type(shape.begin(), shape.end()), 0.0);
  if (sum.size() == 0) return sum;
  auto const inner = y.shape()[y.dimension() - 2], columns = y.shape()[y.dimension() - 1];
  bool const one = y.dimension() == 2;
  shape_type const batch = one ? shape_type{} : shape_type(shape.begin(), shape.end() - 2);
  auto const rows = sum.size() / element_count(batch) / columns;
  auto const x_starts = one ? std::vector<std::size_t>{0} : matrix_starts(shape_of(x), batch);
  auto const y_starts = one ? std::vector<std::size_t>{0} : matrix_starts(shape_of(y), batch);
  for (std::size_t m = 0; m < x_starts.size(); ++m)
    for (std::size_t row = 0; row < rows; ++row) {
      auto* const out = sum.data() + (m * rows + row) * columns;
      auto const* const left = x.data() + x_starts[m] + row * inner;
      for (std::size_t k = 0; k < inner; ++k) {
        auto const* const right = y.data() + y_starts[m] + k * columns;
        for (std::size_t c = 0; c < columns; ++c) out[c] += left[k] * right[c];
      }
    }
  return sum;
}

}  // namespace koi::detail
