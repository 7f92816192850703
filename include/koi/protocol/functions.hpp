// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/operators.hpp>

namespace koi {

/// Matrix products of private and public tensors.
///
/// Shapes  x: [..., n], y: [n, v] -> [..., v]
/// Cost    private x private: P::matmul and P::truncate; with a public operand P::truncate; both
///         public: none
/// Throws  shape_mismatch; channel_error
template <Protocol P>
private_tensor<P> matmul(private_tensor<P> const& x, private_tensor<P> const& y) {
  return detail::rescaled<P>(x.self(), P::matmul(x.self(), x.share(), y.share()));
}
template <Protocol P>
private_tensor<P> matmul(private_tensor<P> const& x, public_tensor<P> const& y) {
  return detail::rescaled<P>(x.self(), P::matmul_public(x.share(), y.value(), y.shape()));
}
template <Protocol P>
private_tensor<P> matmul(public_tensor<P> const& x, private_tensor<P> const& y) {
  return detail::rescaled<P>(x.self(), P::matmul_public(x.value(), x.shape(), y.share()));
}
template <Protocol P>
public_tensor<P> matmul(public_tensor<P> const& x, public_tensor<P> const& y) {
  auto const product = detail::both_public(x, y, matmul_shape(x.shape(), y.shape()),
                                           [](auto const& a, auto const& b) { return matmul(a, b); });
  return detail::rescaled<P>(x.self(), product.shape(), product.value());
}

template <class X, class Y>
  requires detail::Foreign<X, Y>
void matmul(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }

/// x * x, with one mask.
///
/// Shapes  any S -> S
/// Cost    P::square and P::truncate
/// Error   at most one unit in the last place with `assisted` truncation
template <Protocol P>
private_tensor<P> square(private_tensor<P> const& x) {
  return detail::rescaled<P>(x.self(), P::square(x.self(), x.share()));
}

/// Changes of shape and sums. Local: no rounds, no bytes, nothing leaks; a mask follows a change of
/// shape. `axes` empty reverses the axes; a slice takes one half-open range for each leading axis; a
/// sum is over one axis, which disappears, or over everything.
///
/// Throws  shape_mismatch; bad_argument for axes and ranges that do not lie in the shape
template <Protocol P>
private_tensor<P> reshape(private_tensor<P> const& x, shape_type const& shape) {
  return {x.self(), P::reshape(x.share(), shape)};
}
template <Protocol P>
private_tensor<P> transpose(private_tensor<P> const& x, std::vector<std::size_t> axes = {}) {
  return {x.self(), P::transpose(x.share(), std::move(axes))};
}
template <Protocol P>
private_tensor<P> slice(private_tensor<P> const& x, std::vector<range> const& ranges) {
  return {x.self(), P::slice(x.share(), ranges)};
}
template <Protocol P>
private_tensor<P> broadcast_to(private_tensor<P> const& x, shape_type const& shape) {
  return {x.self(), P::broadcast(x.share(), shape)};
}
template <Protocol P>
private_tensor<P> reduce_sum(private_tensor<P> const& x, std::size_t axis) {
  return {x.self(), P::reduce_sum(x.share(), axis)};
}
template <Protocol P>
private_tensor<P> reduce_sum(private_tensor<P> const& x) {
  return {x.self(), P::reduce_sum(x.share())};
}

namespace detail {
template <Protocol P, class F>
private_tensor<P> joined(std::string_view operation, std::vector<private_tensor<P>> const& parts, F join) {
  if (parts.empty()) throw bad_argument(fmt::format("{}: there is nothing to join", operation));
  std::vector<typename P::share_type> shares;
  for (auto const& part : parts) shares.push_back(part.share());
  return {parts.front().self(), join(shares)};
}
}  // namespace detail

/// Tensors joined along an axis that they have, or along a new one. A mask follows if all have one.
///
/// Throws  bad_argument for no tensors or no such axis; shape_mismatch
template <Protocol P>
private_tensor<P> concat(std::vector<private_tensor<P>> const& parts, std::size_t axis = 0) {
  return detail::joined("concat", parts, [&](auto const& shares) { return P::concat(shares, axis); });
}
template <Protocol P>
private_tensor<P> stack(std::vector<private_tensor<P>> const& parts, std::size_t axis = 0) {
  return detail::joined("stack", parts, [&](auto const& shares) { return P::stack(shares, axis); });
}

}  // namespace koi
