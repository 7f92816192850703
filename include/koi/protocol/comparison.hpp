// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/functions.hpp>

namespace koi {

/// max(x, 0), exact.
///
/// Shapes  any S -> S
/// Range   every x; with securenn's `as_published` abs(x) * 2^FracBits < 2^(l-2)
/// Cost    P::relu
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
private_tensor<P> relu(private_tensor<P> const& x) {
  return {x.self(), P::relu(x.self(), x.share())};
}

/// 1 where x >= 0 and 0 elsewhere, as numbers of the same fixed point.
///
/// Shapes, Range, Leaks, Throws  as relu
/// Cost    P::is_nonnegative
template <ComparingProtocol P>
private_tensor<P> is_nonnegative(private_tensor<P> const& x) {
  return {x.self(), P::scale(P::is_nonnegative(x.self(), x.share()), P::ring::power(P::frac_bits))};
}

/// The larger of two values, element by element.
///
/// Shapes  broadcast
/// Range   the difference must have an encoding, as that of any two encoded values has
/// Cost    P::relu of the difference
/// Throws  shape_mismatch; out_of_range for a number that has no encoding; channel_error
template <ComparingProtocol P>
private_tensor<P> maximum(private_tensor<P> const& x, private_tensor<P> const& y) {
  return y + relu(x - y);
}
template <ComparingProtocol P>
private_tensor<P> maximum(private_tensor<P> const& x, public_tensor<P> const& y) {
  return relu(x - y) + y;
}
template <ComparingProtocol P>
private_tensor<P> maximum(public_tensor<P> const& x, private_tensor<P> const& y) {
  return maximum(y, x);
}
template <ComparingProtocol P, Scalar S>
private_tensor<P> maximum(private_tensor<P> const& x, S s) {
  return relu(x - s) + s;
}
template <ComparingProtocol P, Scalar S>
private_tensor<P> maximum(S s, private_tensor<P> const& x) {
  return maximum(x, s);
}
template <class X, class Y>
  requires detail::Foreign<X, Y>
void maximum(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }

namespace detail {

/// Ranges that keep `part` of one axis and all of the axes before it.
inline std::vector<range> along(shape_type const& shape, std::size_t axis, range part) {
  std::vector<range> ranges;
  for (std::size_t i = 0; i < axis; ++i) ranges.push_back({0, shape[i]});
  ranges.push_back(part);
  return ranges;
}

inline void check_axis(std::string_view operation, shape_type const& shape, std::size_t axis) {
  if (axis >= shape.size())
    throw bad_argument(fmt::format("{}: shape {} has no axis {}", operation, to_string(shape), axis));
  if (shape[axis] == 0)
    throw bad_argument(fmt::format("{}: shape {} has no elements along axis {}", operation, to_string(shape), axis));
}

}  // namespace detail

/// Maximum over one axis, which disappears: a tree, so that its rounds grow with the logarithm of
/// the extent. MaxPool is this over windows.
///
/// Shapes  [.., n, ..] -> the shape without that axis
/// Range   the differences of any two must have an encoding, as those of any two encoded values have
/// Cost    P::relu on half of the elements, a quarter, ...: ceil(log2 n) times its rounds
/// Leaks   the shape
/// Throws  bad_argument if the axis is empty
template <ComparingProtocol P>
private_tensor<P> reduce_max(private_tensor<P> x, std::size_t axis) {
  detail::check_axis("reduce_max", x.shape(), axis);
  while (x.shape()[axis] > 1) {
    auto const n = x.shape()[axis], pairs = n / 2;
    auto const even = slice(x, detail::along(x.shape(), axis, {0, 2 * pairs, 2}));
    auto const odd = slice(x, detail::along(x.shape(), axis, {1, 2 * pairs, 2}));
    auto larger = maximum(even, odd);
    x = n % 2 == 0 ? larger : concat<P>({larger, slice(x, detail::along(x.shape(), axis, {n - 1, n}))}, axis);
  }
  return reshape(x, reduced_shape(x.shape(), axis));
}

/// Index of the maximum along one axis, as whole numbers; the first of equal ones wins.
///
/// Shapes  [.., n, ..] -> the shape without that axis
/// Range   as reduce_max
/// Cost    per halving of the axis one P::is_nonnegative and one P::mul, without truncation
/// Leaks   the shape
/// Throws  bad_argument if the axis is empty
template <ComparingProtocol P>
private_tensor<P> argmax(private_tensor<P> const& x, std::size_t axis) {
  using R = typename P::ring;
  detail::check_axis("argmax", x.shape(), axis);
  auto& self = x.self();
  // values and indices side by side along a new leading axis
  tensor<R> index(x.shape());
  if (!index.empty()) {
    auto const inner = element_count({x.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape().end()});
    for (std::size_t i = 0; i < index.size(); ++i)
      index[i] = static_cast<typename R::value_type>(i / inner % x.shape()[axis]);
  }
  auto const zero = P::scale(x.share(), 0);
  auto both = P::stack({x.share(), P::add_public(self, zero, index, x.shape())}, 0);
  auto const at = axis + 1;
  while (both.shape()[at] > 1) {
    auto const n = both.shape()[at], pairs = n / 2;
    auto const first = P::slice(both, detail::along(both.shape(), at, {0, 2 * pairs, 2}));
    auto const second = P::slice(both, detail::along(both.shape(), at, {1, 2 * pairs, 2}));
    auto const difference = P::sub(first, second);
    auto const bit = P::is_nonnegative(self, P::slice(difference, {{0, 1}}));
    auto winner = P::add(second, P::mul(self, bit, difference));
    both = n % 2 == 0 ? winner : P::concat({winner, P::slice(both, detail::along(both.shape(), at, {n - 1, n}))}, at);
  }
  auto const indices = P::slice(both, {{1, 2}});
  return {self, P::scale(P::reshape(indices, reduced_shape(x.shape(), axis)), R::power(P::frac_bits))};
}

}  // namespace koi
