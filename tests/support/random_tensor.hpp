// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/ring_laws.hpp"

#include <koi/tensor/tensor.hpp>

namespace koi::test {

/// Elements that a test can draw again by their number.
template <Ring R>
tensor<R> random_tensor(shape_type const& shape, std::uint64_t number) {
  testing::words draw(number);
  tensor<R> x(shape);
  for (auto& w : x.elements()) w = draw.next<typename R::value_type>();
  return x;
}

}  // namespace koi::test
