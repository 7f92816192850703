// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/reduce.hpp>

#include "tests/support/random_tensor.hpp"

#include <doctest/doctest.h>

namespace koi::test {

namespace {

/// The sum over one axis, element by element.
template <Ring R>
tensor<R> naive_sum(tensor<R> const& x, std::size_t axis) {
  shape_type shape = x.shape();
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  tensor<R> out(shape, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const to = i / inner / x.shape()[axis] * inner + i % inner;
    out[to] = R::add(out[to], x[i]);
  }
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("a sum over any axis is that of a loop", R, ring8, ring32, ring64, ring128) {
  for (shape_type const& shape : {shape_type{7},
                                  {1},
                                  {3, 41},
                                  {41, 3},
                                  {1, 5},
                                  {2, 3, 35},
                                  {2, 1, 4},
                                  {2, 3, 4, 5},
                                  {0, 3},
                                  {3, 0},
                                  {2, 0, 3},
                                  {0}}) {
    auto const x = random_tensor<R>(shape, shape.size());
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      CAPTURE(to_string(shape));
      CAPTURE(axis);
      CHECK(reduce_sum(x, axis) == naive_sum(x, axis));
    }
  }
}

TEST_CASE_TEMPLATE("the sum of all elements has rank 0", R, ring8, ring32, ring64, ring128) {
  for (shape_type const& shape : {shape_type{}, {1}, {3, 41}, {2, 3, 4, 5}, {0}, {3, 0}}) {
    CAPTURE(to_string(shape));
    auto const x = random_tensor<R>(shape, 9);
    typename R::value_type sum = 0;
    for (auto const w : x.elements()) sum = R::add(sum, w);
    CHECK(reduce_sum(x) == tensor<R>({}, sum));
  }
}

TEST_CASE("an axis that is not there is refused") {
  CHECK_THROWS_WITH_AS((void)reduce_sum(tensor<ring64>({2, 3}, 1), 2), "reduce: shape [2,3] has no axis 2",
                       bad_argument);
  CHECK_THROWS_WITH_AS((void)reduce_sum(tensor<ring64>({}, 1), 0), "reduce: shape [] has no axis 0", bad_argument);
}

}  // namespace koi::test
