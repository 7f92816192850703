// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/operators.hpp>

namespace koi {

namespace detail {

/// A bilinear map of private and public tensors, before truncation. `add(sum, x, y)` and
/// `add(sum, x, y, u, v)` add its value, and those of two pairs; `how` are its public numbers.
template <Protocol P, class Add>
typename P::share_type bilinear(std::string_view kind, private_tensor<P> const& x, private_tensor<P> const& y,
                                shape_type const& shape, Add add, shape_type const& how = {}) {
  return P::product(x.self(), kind, x.share(), y.share(), shape, add, how);
}
template <Protocol P, class Add>
typename P::share_type bilinear(std::string_view, private_tensor<P> const& x, public_tensor<P> const& y,
                                shape_type const& shape, Add add, shape_type const& = {}) {
  if (x.self().is_server() && !y.known()) return typename P::share_type(shape);
  return P::linear(x.share(), shape, [&](auto const& t) {
    tensor<typename P::ring> sum(shape, 0);
    add(sum, t, y.value());
    return sum;
  });
}
template <Protocol P, class Add>
typename P::share_type bilinear(std::string_view, public_tensor<P> const& x, private_tensor<P> const& y,
                                shape_type const& shape, Add add, shape_type const& = {}) {
  if (y.self().is_server() && !x.known()) return typename P::share_type(shape);
  return P::linear(y.share(), shape, [&](auto const& t) {
    tensor<typename P::ring> sum(shape, 0);
    add(sum, x.value(), t);
    return sum;
  });
}

/// The same with the truncation that a product of two fixed-point numbers takes.
template <SecureTensor X, SecureTensor Y, class Add>
auto rescaled_bilinear(std::string_view kind, X const& x, Y const& y, shape_type const& shape, Add add,
                       shape_type const& how = {}) {
  using P = protocol_of<X>;
  if constexpr (std::same_as<X, public_tensor<P>> && std::same_as<Y, public_tensor<P>>) {
    auto const product = both_public(x, y, shape, [&](auto const& a, auto const& b) {
      tensor<typename P::ring> sum(shape, 0);
      add(sum, a, b);
      return sum;
    });
    return rescaled<P>(x.self(), product.shape(), product.value());
  } else {
    return rescaled<P>(x.self(), bilinear(kind, x, y, shape, add, how));
  }
}

/// Two tensors of one protocol.
template <class X, class Y>
concept Together = SecureTensor<X> && SecureTensor<Y> && std::same_as<protocol_of<X>, protocol_of<Y>>;

}  // namespace detail

/// Matrix products of private and public tensors.
///
/// Shapes  x: [..., m, n], y: [n, v] -> [..., m, v]; y: [..., n, v] is a batch of matrices, and the leading axes
///         broadcast
/// Cost    private x private: P::product and P::truncate; with a public operand P::truncate; both
///         public: none
/// Throws  shape_mismatch; channel_error
template <class X, class Y>
  requires detail::Together<X, Y>
[[nodiscard]] auto matmul(X const& x, Y const& y) {
  return detail::rescaled_bilinear("matmul", x, y, matmul_shape(x.shape(), y.shape()),
                                   [](auto& sum, auto const&... factors) { matmul_add(sum, factors...); });
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
template <Protocol P>
public_tensor<P> square(public_tensor<P> const& x) {
  return x * x;
}

}  // namespace koi
