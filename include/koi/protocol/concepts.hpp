// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/cost.hpp>
#include <koi/protocol/operation.hpp>

#include <concepts>
#include <string>
#include <vector>

namespace koi {

/// A way to compute on shares: rings, numbers, and the linear operations. Stateless; a player's
/// state is in its party.
///
/// Products come back with the fraction bits of both operands; `truncate` takes them off again.
template <class P>
concept Protocol = PowerOfTwoRing<typename P::ring> &&
    requires(party& self, typename P::share_type const& x, tensor<typename P::ring> const& known, shape_type const& shape,
             std::size_t n) {
      typename P::fixed;
      { P::name() } -> std::convertible_to<std::string>;
      { P::helper_role } -> std::convertible_to<role>;
      { P::helper_names() } -> std::convertible_to<std::vector<std::string>>;
      { P::add(x, x) } -> std::same_as<typename P::share_type>;
      { P::add_public(self, x, known, shape) } -> std::same_as<typename P::share_type>;
      { P::mul(self, x, x) } -> std::same_as<typename P::share_type>;
      { P::matmul(self, x, x) } -> std::same_as<typename P::share_type>;
      { P::truncate(self, x, n) } -> std::same_as<typename P::share_type>;
      { P::output(self, n, x) };
      { P::reveal(self, x) };
    };

/// A protocol that also compares: exact sign, ReLU, and truncation with ReLU as one operation.
template <class P>
concept ComparingProtocol = Protocol<P> && requires(party& self, typename P::share_type const& x, std::size_t n) {
  { P::is_nonnegative(self, x) } -> std::same_as<typename P::share_type>;
  { P::relu(self, x) } -> std::same_as<typename P::share_type>;
  { P::truncate_relu(self, x, n) } -> std::same_as<typename P::share_type>;
};

}  // namespace koi
