// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/cost.hpp>
#include <koi/protocol/operation.hpp>

#include <concepts>
#include <string>
#include <vector>

namespace koi {

namespace detail {
/// A linear map and a bilinear one, as a protocol takes them: see Protocol.
struct some_linear_map {
  template <class T>
  T operator()(T const& x) const {
    return x;
  }
};
struct some_bilinear_map {
  template <class T, class... More>
  void operator()(T& sum, T const& x, T const& y, More const&... more) const;
};
}  // namespace detail

/// A way to compute on shares: rings, numbers, and the linear operations. Stateless; a player's
/// state is in its party.
///
/// Whatever is linear in a value goes through `linear` (a new value) or `rearrange` (the same elements, and
/// zeros, elsewhere; a mask follows), whatever is linear in each of two values through `product`. So operations
/// and layers that are such maps need nothing new of a protocol.
///
/// Products come back with the fraction bits of both operands; `truncate` takes them off again.
template <class P>
concept Protocol = PowerOfTwoRing<typename P::ring> &&
    requires(party& self, typename P::share_type const& x, tensor<typename P::ring> const& known,
             shape_type const& shape, std::size_t n, typename P::ring::value_type word,
             std::vector<std::size_t> const& axes, std::vector<range> const& ranges,
             std::vector<typename P::share_type> const& parts,
             tensor<typename P::ring> (*value)()) {
      typename P::fixed;
      { P::frac_bits } -> std::convertible_to<std::size_t>;
      { P::name() } -> std::convertible_to<std::string>;
      { P::helper_role } -> std::convertible_to<role>;
      { P::helper_names() } -> std::convertible_to<std::vector<std::string>>;
      { P::input(self, n, shape, value, phase::online) } -> std::same_as<typename P::share_type>;
      { P::output(self, n, x) } -> std::same_as<std::optional<tensor<typename P::ring>>>;
      { P::reveal(self, x) } -> std::same_as<std::optional<tensor<typename P::ring>>>;
      { P::add(x, x) } -> std::same_as<typename P::share_type>;
      { P::sub(x, x) } -> std::same_as<typename P::share_type>;
      { P::neg(x) } -> std::same_as<typename P::share_type>;
      { P::scale(x, word) } -> std::same_as<typename P::share_type>;
      { P::add_public(self, x, known, shape) } -> std::same_as<typename P::share_type>;
      { P::mul_public(x, known, shape) } -> std::same_as<typename P::share_type>;
      { P::matmul_public(x, known, shape) } -> std::same_as<typename P::share_type>;
      { P::matmul_public(known, shape, x) } -> std::same_as<typename P::share_type>;
      { P::reduce_sum(x) } -> std::same_as<typename P::share_type>;
      { P::reduce_sum(x, n) } -> std::same_as<typename P::share_type>;
      { P::reshape(x, shape) } -> std::same_as<typename P::share_type>;
      { P::transpose(x, axes) } -> std::same_as<typename P::share_type>;
      { P::slice(x, ranges) } -> std::same_as<typename P::share_type>;
      { P::broadcast(x, shape) } -> std::same_as<typename P::share_type>;
      { P::concat(parts, n) } -> std::same_as<typename P::share_type>;
      { P::stack(parts, n) } -> std::same_as<typename P::share_type>;
      { P::linear(x, shape, detail::some_linear_map{}) } -> std::same_as<typename P::share_type>;
      { P::rearrange(x, shape, n, detail::some_linear_map{}) } -> std::same_as<typename P::share_type>;
      { P::product(self, "", x, x, shape, detail::some_bilinear_map{}, shape) } -> std::same_as<typename P::share_type>;
      { P::mul(self, x, x) } -> std::same_as<typename P::share_type>;
      { P::square(self, x) } -> std::same_as<typename P::share_type>;
      { P::matmul(self, x, x) } -> std::same_as<typename P::share_type>;
      { P::truncate(self, x, n) } -> std::same_as<typename P::share_type>;
    };

/// A protocol that also compares: exact sign, ReLU, and truncation with ReLU as one operation. A ReLU may be told how
/// many low bits to ignore: then it may give x itself for -2^n < x < 0.
template <class P>
concept ComparingProtocol = Protocol<P> && requires(party& self, typename P::share_type const& x, std::size_t n) {
  { P::is_nonnegative(self, x) } -> std::same_as<typename P::share_type>;
  { P::relu(self, x) } -> std::same_as<typename P::share_type>;
  { P::relu(self, x, n) } -> std::same_as<typename P::share_type>;
  { P::truncate_relu(self, x, n) } -> std::same_as<typename P::share_type>;
};

}  // namespace koi
