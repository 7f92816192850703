// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/arrangement.hpp>
#include <koi/ops/detail/rows.hpp>
#include <koi/ops/matmul.hpp>
#include <koi/ops/public_comparison.hpp>
#include <koi/ops/sums.hpp>

namespace koi {

/// max(x, 0), exact.
///
/// Shapes  any S -> S
/// Range   every x; with securenn's `as_published` abs(x) * 2^FracBits < 2^(l-2)
/// Cost    P::relu
/// Leaks   S
/// Throws  channel_error
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> relu(private_tensor<P> const& x) {
  return {x.self(), P::relu(x.self(), x.share())};
}

/// 1 where x >= 0 and 0 elsewhere, as numbers of the same fixed point.
///
/// Shapes, Range, Leaks, Throws  as relu
/// Cost    P::is_nonnegative
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> is_nonnegative(private_tensor<P> const& x) {
  return {x.self(), P::scale(P::is_nonnegative(x.self(), x.share()), P::ring::power(P::frac_bits))};
}

namespace detail {

/// max(x, 0) that need not tell -2^ignored < x < 0 from zero, in units of the ring: enough for products, of which
/// truncation takes that many bits off.
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> relu(private_tensor<P> const& x, std::size_t ignored) {
  return {x.self(), P::relu(x.self(), x.share(), ignored)};
}

/// [x >= 0] and [-x >= 0], as whole numbers, in two rows.
template <ComparingProtocol P>
rows<P> both_signs(private_tensor<P> const& x) {
  rows<P> const row(x);
  auto const both = joined_rows(row, row.times(P::ring::neg(1)));
  return {x.self(), P::is_nonnegative(x.self(), both.share())};
}

}  // namespace detail

/// 1 where x is zero and 0 elsewhere.
///
/// Shapes, Range, Leaks, Throws  as relu
/// Cost    P::is_nonnegative on 2 |S| elements
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> equal_zero(private_tensor<P> const& x) {
  auto const b = detail::both_signs(x);
  return (b[0] + b[1]).plus({P::ring::neg(1)}).times(P::ring::power(P::frac_bits)).as(x.shape());
}

/// 1, 0 or -1.
///
/// Shapes, Range, Leaks, Throws  as relu
/// Cost    P::is_nonnegative on 2 |S| elements
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> sign(private_tensor<P> const& x) {
  auto const b = detail::both_signs(x);
  return (b[0] - b[1]).times(P::ring::power(P::frac_bits)).as(x.shape());
}

/// The magnitude, exact.
///
/// Shapes, Range, Cost, Leaks, Throws  as relu
template <ComparingProtocol P>
[[nodiscard]] private_tensor<P> abs(private_tensor<P> const& x) {
  return relu(x) * 2 - x;
}

/// A public tensor, or a private one of a protocol that compares.
template <class T>
concept ComparedTensor = SecureTensor<T> &&
    (std::same_as<T, public_tensor<protocol_of<T>>> || ComparingProtocol<protocol_of<T>>);
/// Two values that are compared: private, public or a real number each, but not two numbers.
template <class X, class Y>
concept Compared = (ComparedTensor<X> && (ComparedTensor<Y> || Scalar<Y>)) || (Scalar<X> && ComparedTensor<Y>);

/// Comparisons: 1 where they hold and 0 elsewhere, as numbers of the same fixed point. Of public values the result is
/// public.
///
/// Shapes  broadcast
/// Range   the difference must have an encoding, as that of any two encoded values has
/// Cost    P::is_nonnegative; for equal and not_equal on twice as many elements; both public: none
/// Leaks   the shapes
/// Throws  shape_mismatch; out_of_range for a number that has no encoding; channel_error
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto greater_equal(X const& x, Y const& y) { return is_nonnegative(x - y); }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto less_equal(X const& x, Y const& y) { return is_nonnegative(y - x); }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto less(X const& x, Y const& y) { return 1 - greater_equal(x, y); }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto greater(X const& x, Y const& y) { return 1 - less_equal(x, y); }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto equal(X const& x, Y const& y) { return equal_zero(x - y); }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto not_equal(X const& x, Y const& y) { return 1 - equal(x, y); }

/// The larger and the smaller of two values, element by element, exact.
///
/// Shapes, Range, Leaks, Throws  as the comparisons
/// Cost    P::relu of the difference; both public: none
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto maximum(X const& x, Y const& y) { return relu(x - y) + y; }
template <class X, class Y>
  requires Compared<X, Y>
[[nodiscard]] auto minimum(X const& x, Y const& y) { return x - relu(x - y); }

/// min(max(x, low), high), exact. x is private or public, bounds are private, public or plain numbers.
///
/// Shapes  broadcast
/// Range   low <= high; the differences must have an encoding
/// Cost    P::relu on the elements of the differences that are private
/// Leaks   the shapes
/// Throws  bad_argument for plain bounds in the wrong order; else as the comparisons
template <ComparedTensor X, class Low, class High>
  requires Compared<X, Low> && Compared<X, High>
[[nodiscard]] auto clip(X const& x, Low const& low, High const& high) {
  if constexpr (Scalar<Low> && Scalar<High>)
    if (!(static_cast<double>(low) <= static_cast<double>(high)))
      throw bad_argument(fmt::format("clip: the bounds {} and {} are in the wrong order", low, high));
  auto const above_low = x - low, above_high = x - high;
  if constexpr (!std::same_as<decltype(above_low), decltype(above_high)>) {
    return relu(above_low) - relu(above_high) + low;
  } else {
    auto const shape = broadcast_shape("clip", above_low.shape(), above_high.shape());
    auto const both = relu(stack({broadcast_to(above_low, shape), broadcast_to(above_high, shape)}));
    return reshape(slice(both, {{0, 1}}) - slice(both, {{1, 2}}), shape) + low;
  }
}

}  // namespace koi
