// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/tensors.hpp>

#include <cmath>
#include <numeric>

namespace koi {

namespace detail {

/// A public real number as a fixed-point word. Throws out_of_range.
template <Protocol P>
typename P::ring::value_type encode_scalar(double v) {
  plain_tensor one = plain_tensor::from_shape(std::vector<std::size_t>{});
  one.data()[0] = v;
  return encode<typename P::fixed>(one, "scalar operand")[0];
}

/// A word as a tensor of rank 0, at the servers.
template <Protocol P>
public_tensor<P> scalar(party& self, typename P::ring::value_type word) {
  return {self, {}, tensor<typename P::ring>({}, word)};
}

/// Takes the fraction bits of one factor off a product.
template <Protocol P>
private_tensor<P> rescaled(party& self, typename P::share_type const& product) {
  if constexpr (P::frac_bits == 0)
    return {self, product};
  else
    return {self, P::truncate(self, product, P::frac_bits)};
}
template <Protocol P>
public_tensor<P> rescaled(party& self, shape_type shape, tensor<typename P::ring> product) {
  using R = typename P::ring;
  if constexpr (P::frac_bits > 0)
    product = map(product, [](auto w) {  // to nearest, by an arithmetic shift
      return R::from_signed(
          static_cast<typename R::signed_type>(R::to_signed(R::add(w, R::power(P::frac_bits - 1))) >> P::frac_bits));
    });
  return {self, std::move(shape), std::move(product)};
}

/// f(x, y) of two public tensors, where they are known.
template <Protocol P, class F>
public_tensor<P> both_public(public_tensor<P> const& x, public_tensor<P> const& y, shape_type shape, F f) {
  return {x.self(), std::move(shape), x.known() && y.known() ? f(x.value(), y.value()) : tensor<typename P::ring>()};
}

/// 1 / v for every number, to FracBits bits. Throws bad_argument at a server if one is zero.
template <Protocol P>
public_tensor<P> reciprocal(public_tensor<P> const& y) {
  if (!y.known()) return y;
  auto real = decode<typename P::fixed>(y.value());
  for (auto& v : real) {
    if (v == 0) throw bad_argument("division: a public divisor is zero");
    v = 1 / v;
  }
  return {y.self(), y.shape(), encode<typename P::fixed>(real, "reciprocal of a public divisor")};
}

/// Bits beyond FracBits to which the reciprocal of a public divisor below 1 is held: a third of those that the
/// product of two numbers leaves unused, and as many as a double has.
template <Protocol P>
inline constexpr int divisor_guard_bits =
    std::max(0, std::min((static_cast<int>(P::ring::bits) - 2 * static_cast<int>(P::frac_bits) - 2) / 3,
                         52 - static_cast<int>(P::frac_bits)));

/// A public divisor. Throws bad_argument.
inline double checked_divisor(double d) {
  if (d == 0 || !std::isfinite(d)) throw bad_argument("division: the public divisor is zero or not finite");
  return d;
}

}  // namespace detail

/// Sums, differences and products of private and public tensors and of real or whole numbers, with
/// numpy's broadcasting. A public operand costs nothing but the truncation of its product.
///
/// Cost    private * private: P::mul and P::truncate; private * public, private * real: P::truncate;
///         private * whole number, every sum and difference: none
/// Error   a product is off by at most one unit in the last place with `assisted` truncation
/// Throws  shape_mismatch; out_of_range for a number that has no encoding; channel_error
template <Protocol P>
private_tensor<P> operator+(private_tensor<P> const& x, private_tensor<P> const& y) {
  return {x.self(), P::add(x.share(), y.share())};
}
template <Protocol P>
private_tensor<P> operator+(private_tensor<P> const& x, public_tensor<P> const& y) {
  return {x.self(), P::add_public(x.self(), x.share(), y.value(), y.shape())};
}
template <Protocol P>
private_tensor<P> operator+(public_tensor<P> const& x, private_tensor<P> const& y) {
  return y + x;
}
template <Protocol P>
public_tensor<P> operator+(public_tensor<P> const& x, public_tensor<P> const& y) {
  return detail::both_public(x, y, broadcast_shape("add", x.shape(), y.shape()),
                             [](auto const& a, auto const& b) { return a + b; });
}

template <Protocol P>
private_tensor<P> operator-(private_tensor<P> const& x) {
  return {x.self(), P::neg(x.share())};
}
template <Protocol P>
public_tensor<P> operator-(public_tensor<P> const& x) {
  return {x.self(), x.shape(), -x.value()};
}

template <Protocol P>
private_tensor<P> operator-(private_tensor<P> const& x, private_tensor<P> const& y) {
  return {x.self(), P::sub(x.share(), y.share())};
}
template <Protocol P>
private_tensor<P> operator-(private_tensor<P> const& x, public_tensor<P> const& y) {
  return x + -y;
}
template <Protocol P>
private_tensor<P> operator-(public_tensor<P> const& x, private_tensor<P> const& y) {
  return x + -y;
}
template <Protocol P>
public_tensor<P> operator-(public_tensor<P> const& x, public_tensor<P> const& y) {
  return x + -y;
}

template <Protocol P>
private_tensor<P> operator*(private_tensor<P> const& x, private_tensor<P> const& y) {
  return detail::rescaled<P>(x.self(), P::mul(x.self(), x.share(), y.share()));
}
template <Protocol P>
private_tensor<P> operator*(private_tensor<P> const& x, public_tensor<P> const& y) {
  return detail::rescaled<P>(x.self(), P::mul_public(x.share(), y.value(), y.shape()));
}
template <Protocol P>
private_tensor<P> operator*(public_tensor<P> const& x, private_tensor<P> const& y) {
  return y * x;
}
template <Protocol P>
public_tensor<P> operator*(public_tensor<P> const& x, public_tensor<P> const& y) {
  auto const product = detail::both_public(x, y, broadcast_shape("mul", x.shape(), y.shape()),
                                           [](auto const& a, auto const& b) { return a * b; });
  return detail::rescaled<P>(x.self(), product.shape(), product.value());
}

namespace detail {
template <class T>
struct tensor_protocol {};
template <Protocol P>
struct tensor_protocol<private_tensor<P>> {
  using type = P;
};
template <Protocol P>
struct tensor_protocol<public_tensor<P>> {
  using type = P;
};
}  // namespace detail

/// A private or public tensor of some protocol.
template <class T>
concept SecureTensor = requires {
  typename detail::tensor_protocol<T>::type;
};
template <SecureTensor T>
using protocol_of = typename detail::tensor_protocol<T>::type;
template <class S>
concept Scalar = std::floating_point<S> ||(std::integral<S> && !std::same_as<S, bool>);

template <SecureTensor T, Scalar S>
auto operator+(T const& x, S s) {
  return x + detail::scalar<protocol_of<T>>(x.self(), detail::encode_scalar<protocol_of<T>>(static_cast<double>(s)));
}
template <SecureTensor T, Scalar S>
auto operator+(S s, T const& x) {
  return x + s;
}
template <SecureTensor T, Scalar S>
auto operator-(T const& x, S s) {
  return x + -static_cast<double>(s);
}
template <SecureTensor T, Scalar S>
auto operator-(S s, T const& x) {
  return -x + s;
}

/// A factor that is a whole number costs nothing; another real is held to FracBits bits and costs
/// P::truncate. Throws out_of_range.
template <Protocol P, Scalar S>
private_tensor<P> operator*(private_tensor<P> const& x, S s) {
  auto const v = static_cast<double>(s);
  auto const word = detail::encode_scalar<P>(v);
  if (v == std::nearbyint(v))
    return {x.self(),
            P::scale(x.share(), static_cast<typename P::ring::value_type>(P::ring::to_signed(word) >> P::frac_bits))};
  return detail::rescaled<P>(x.self(), P::scale(x.share(), word));
}
template <Protocol P, Scalar S>
public_tensor<P> operator*(public_tensor<P> const& x, S s) {
  return x * detail::scalar<P>(x.self(), detail::encode_scalar<P>(static_cast<double>(s)));
}
template <SecureTensor T, Scalar S>
auto operator*(S s, T const& x) {
  return x * s;
}

/// Division by a public number: a product with the reciprocal's mantissa, truncated by the
/// reciprocal's exponent as well, so that large divisors lose nothing.
///
/// Range   the dividend as in a product with a factor of at most 2; the quotient has g bits less, where g is a
///         third of the bits that the product of two numbers leaves unused (10 for 64 bits, 16 of them fraction bits)
/// Cost    P::truncate; none for 2^-k
/// Error   one unit in the last place, and 2^-g units times the dividend; 2^-(g+1) units times the quotient for
///         divisors below 1; for 2^k one unit
/// Throws  bad_argument if the divisor is zero or not finite; out_of_range if no quotient has an encoding
template <Protocol P, Scalar S>
private_tensor<P> operator/(private_tensor<P> const& x, S s) {
  using R = typename P::ring;
  auto const d = detail::checked_divisor(static_cast<double>(s));
  int exponent = 0;
  double const mantissa = std::frexp(std::abs(d), &exponent);  // 1/d = (1/mantissa) * 2^-exponent
  bool const power_of_two = mantissa == 0.5;
  // further bits only as far as the quotient makes use of them
  auto const bits = static_cast<int>(P::frac_bits) +
                    std::clamp(detail::divisor_guard_bits<P> - exponent, 0, detail::divisor_guard_bits<P>);
  auto const factor = power_of_two
                          ? typename R::value_type{1}
                          : static_cast<typename R::value_type>(std::nearbyint(std::ldexp(1 / mantissa, bits)));
  auto const shift = power_of_two ? exponent - 1 : exponent + bits;
  if (-shift >= static_cast<int>(R::bits) - 2)
    throw out_of_range("division: the quotient by so small a divisor has no encoding in this fixed point");
  auto const signed_factor = d < 0 ? R::neg(factor) : factor;
  auto& self = x.self();
  if (shift <= 0) return {self, P::scale(x.share(), R::mul(signed_factor, R::power(static_cast<std::size_t>(-shift))))};
  if (shift > static_cast<int>(R::bits) - 2) return {self, P::scale(x.share(), 0)};
  return {self, P::truncate(self, P::scale(x.share(), signed_factor), static_cast<std::size_t>(shift))};
}
template <Protocol P, Scalar S>
public_tensor<P> operator/(public_tensor<P> const& x, S s) {
  auto const d = detail::checked_divisor(static_cast<double>(s));
  if (!x.known()) return x;
  auto real = decode<typename P::fixed>(x.value());
  for (auto& v : real) v /= d;
  return {x.self(), x.shape(), encode<typename P::fixed>(real, "quotient of a public tensor")};
}

/// Division by a public tensor: its reciprocals are held to FracBits bits.
///
/// Shapes  broadcast
/// Cost    as a product with a public tensor
/// Error   one unit in the last place, and abs(x) * 2^-(FracBits+1)
/// Throws  bad_argument at the servers if a divisor is zero
template <SecureTensor T>
T operator/(T const& x, public_tensor<protocol_of<T>> const& y) {
  return x * detail::reciprocal(y);
}
template <Protocol P, Scalar S>
public_tensor<P> operator/(S s, public_tensor<P> const& y) {
  return detail::reciprocal(y) * s;
}

/// x = x + y and so on, for whatever y goes with x.
template <SecureTensor T, class Y>
T& operator+=(T& x, Y const& y) {
  return x = x + y;
}
template <SecureTensor T, class Y>
T& operator-=(T& x, Y const& y) {
  return x = x - y;
}
template <SecureTensor T, class Y>
T& operator*=(T& x, Y const& y) {
  return x = x * y;
}

/// Division by a private value needs comparison: division.hpp has it for protocols that compare.
template <class X, Protocol P>
  requires(!ComparingProtocol<P>)
void operator/(X const&, private_tensor<P> const&) {
  static_assert(sizeof(P) == 0, "koi: a private divisor needs a protocol that can compare");
}

namespace detail {
template <SecureTensor X, SecureTensor Y>
void refuse_mixture() {
  static_assert(std::same_as<protocol_of<X>, protocol_of<Y>>,
                "koi: the operands belong to different protocols, rings or fixed-point types; they cannot be mixed");
}
template <class X, class Y>
concept Foreign = SecureTensor<X> && SecureTensor<Y> && !std::same_as<protocol_of<X>, protocol_of<Y>>;
}  // namespace detail

template <class X, class Y>
  requires detail::Foreign<X, Y>
void operator+(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }
template <class X, class Y>
  requires detail::Foreign<X, Y>
void operator-(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }
template <class X, class Y>
  requires detail::Foreign<X, Y>
void operator*(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }
template <class X, class Y>
  requires detail::Foreign<X, Y>
void operator/(X const&, Y const&) { detail::refuse_mixture<X, Y>(); }

}  // namespace koi
