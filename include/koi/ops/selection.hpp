// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/operators.hpp>

namespace koi {

/// Logic on tensors of ones and zeros, such as comparisons give: exact, as no fraction bit is lost.
///
/// Shapes  broadcast
/// Range   1 and 0
/// Cost    that of one product; none for logical_not
/// Leaks   the shapes
/// Throws  shape_mismatch; channel_error
template <SecureTensor X, SecureTensor Y>
[[nodiscard]] auto logical_and(X const& x, Y const& y) {
  return x * y;
}
template <SecureTensor X, SecureTensor Y>
[[nodiscard]] auto logical_or(X const& x, Y const& y) {
  return x + y - x * y;
}
template <SecureTensor X, SecureTensor Y>
[[nodiscard]] auto logical_xor(X const& x, Y const& y) {
  return x + y - x * y * 2;
}
template <SecureTensor T>
[[nodiscard]] T logical_not(T const& x) {
  return 1 - x;
}

/// x where the condition is 1 and y where it is 0, exact. All three may be private or public; x and y numbers, too.
///
/// Shapes  broadcast
/// Range   abs(x - y) < 2^(l - 2 - 2f)
/// Cost    that of the condition's product with x - y
/// Leaks   the shapes
/// Throws  shape_mismatch; out_of_range for a number that has no encoding; channel_error
template <SecureTensor Condition, class X, class Y>
  requires(SecureTensor<X> || Scalar<X>)
&&(SecureTensor<Y> || Scalar<Y>) [[nodiscard]] auto select(Condition const& condition, X const& x, Y const& y) {
  if constexpr (Scalar<X> && Scalar<Y>)
    return condition * (static_cast<double>(x) - static_cast<double>(y)) + y;
  else
    return condition * (x - y) + y;
}

}  // namespace koi
