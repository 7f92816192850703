// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/operators.hpp>
#include <koi/tensor/along_axis.hpp>

namespace koi {

/// What comparisons of private tensors are made of, for public ones: whole numbers at each server, no rounds.
namespace detail {

/// f of every number, as a signed whole number of units.
template <Protocol P, class F>
public_tensor<P> by_units(public_tensor<P> const& x, F f) {
  using R = typename P::ring;
  if (!x.known()) return x;
  return {x.self(), x.shape(), map(x.value(), [f](auto w) {
            return R::from_signed(static_cast<typename R::signed_type>(f(R::to_signed(w))));
          })};
}

/// The number 1 in units.
template <Protocol P>
inline constexpr auto one_in_units = static_cast<typename P::ring::signed_type>(P::ring::power(P::frac_bits));

}  // namespace detail

/// As of a private tensor; no range but that of the ring.
template <Protocol P>
[[nodiscard]] public_tensor<P> relu(public_tensor<P> const& x) {
  return detail::by_units(x, [](auto v) { return v < 0 ? 0 : v; });
}
template <Protocol P>
[[nodiscard]] public_tensor<P> abs(public_tensor<P> const& x) {
  return relu(x) + relu(-x);
}
template <Protocol P>
[[nodiscard]] public_tensor<P> is_nonnegative(public_tensor<P> const& x) {
  return detail::by_units(x, [](auto v) { return v < 0 ? 0 : detail::one_in_units<P>; });
}
template <Protocol P>
[[nodiscard]] public_tensor<P> equal_zero(public_tensor<P> const& x) {
  return detail::by_units(x, [](auto v) { return v == 0 ? detail::one_in_units<P> : 0; });
}
template <Protocol P>
[[nodiscard]] public_tensor<P> sign(public_tensor<P> const& x) {
  return detail::by_units(x, [](auto v) { return ((v > 0) - (v < 0)) * detail::one_in_units<P>; });
}

namespace detail {

/// What a private maximum may ignore, a public one sees.
template <Protocol P>
public_tensor<P> relu(public_tensor<P> const& x, std::size_t) {
  return koi::relu(x);
}

/// Where the largest number along an axis is, which keeps extent 1; the first one if there are several.
template <Protocol P>
public_tensor<P> first_largest(public_tensor<P> const& x, std::size_t axis) {
  using R = typename P::ring;
  auto const shape = with_extent(x.shape(), axis, 1);
  if (!x.known()) return {x.self(), shape, tensor<R>()};
  axis_layout const at("first_largest", x.shape(), axis);
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const* const line = x.value().data() + i / at.inner * at.extent * at.inner + i % at.inner;
    std::size_t best = 0;
    for (std::size_t k = 1; k < at.extent; ++k)
      if (R::to_signed(line[k * at.inner]) > R::to_signed(line[best * at.inner])) best = k;
    out[i] = R::mul(static_cast<typename R::value_type>(best), R::power(P::frac_bits));
  }
  return {x.self(), shape, std::move(out)};
}

}  // namespace detail

}  // namespace koi
