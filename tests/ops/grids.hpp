// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixed_numbers.hpp"

namespace koi::testing {

/// Encoded numbers at equal distances, both ends included.
template <class Fixed>
[[nodiscard]] plain_tensor evenly(double low, double high, std::size_t count) {
  plain_tensor x = plain_tensor::from_shape(shape_type{count});
  for (std::size_t i = 0; i < count; ++i) {
    auto const t = static_cast<double>(i) / static_cast<double>(count - 1);
    x.data()[i] = Fixed::decode(Fixed::encode(low + (high - low) * t));
  }
  return x;
}
/// Encoded numbers at equal ratios, both ends included.
template <class Fixed>
[[nodiscard]] plain_tensor by_ratio(double low, double high, std::size_t count) {
  plain_tensor x = plain_tensor::from_shape(shape_type{count});
  for (std::size_t i = 0; i < count; ++i) {
    auto const t = static_cast<double>(i) / static_cast<double>(count - 1);
    x.data()[i] = Fixed::decode(Fixed::encode(low * std::pow(high / low, t)));
  }
  return x;
}
/// The whole numbers of a fixed point from `first` on, as real numbers.
template <class Fixed>
[[nodiscard]] plain_tensor units_from(double first, std::size_t count) {
  plain_tensor x = plain_tensor::from_shape(shape_type{count});
  for (std::size_t i = 0; i < count; ++i) x.data()[i] = (first + static_cast<double>(i)) * Fixed::unit();
  return x;
}

/// The same numbers in another shape.
[[nodiscard]] inline plain_tensor with_shape(plain_tensor x, shape_type const& shape) {
  x.reshape(shape);
  return x;
}

/// How far a function may be off: so many units in the last place, and relative to the value.
struct tolerance {
  double units, relative = 0;
};

/// The result is f of the numbers within the tolerance; says where it is worst.
template <class P, class F>
void check_function(private_tensor<P> const& got, plain_tensor const& x, F f, tolerance allowed) {
  CHECK(got.shape() == shape_type(x.shape().begin(), x.shape().end()));
  auto const real = result(got);
  if (!real) return;
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const expected = f(x.data()[i]);
    auto const error = std::abs(real->data()[i] - expected);
    auto const part = error / (allowed.units * P::fixed::unit() + allowed.relative * std::abs(expected));
    if (!(part <= worst)) {
      worst = std::isnan(part) ? std::numeric_limits<double>::infinity() : part;
      at = i;
    }
  }
  if (x.size() == 0) return;
  CAPTURE(x.data()[at]);
  CAPTURE(real->data()[at]);
  CAPTURE(f(x.data()[at]));
  CHECK(worst <= 1);
}

/// What a call costs at all players together. `call` is handed the shared numbers.
template <Protocol P, class F>
cost cost_of(plain_tensor const& x, F call) {
  return measured(run_parties<P>({}, [&](party& self) {
    auto const shared_x = secret<P>(self, x);
    auto const before = self.spent();
    (void)call(shared_x);
    return lap_since(self, before);
  }));
}

}  // namespace koi::testing
