// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/view.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace koi::test {

namespace {

/// 0, 1, 2, ...
tensor<ring64> counted(shape_type const& shape) {
  tensor<ring64> x(shape);
  std::iota(x.elements().begin(), x.elements().end(), 0u);
  return x;
}

shape_type index_of(std::size_t i, shape_type const& shape) {
  shape_type index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; i /= shape[axis]) index[axis] = i % shape[axis];
  return index;
}
std::uint64_t at(tensor<ring64> const& x, shape_type const& index) {
  std::size_t i = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) i = i * x.shape()[axis] + index[axis];
  return x[i];
}

/// A tensor whose element at every index is a function of the index.
template <class F>
tensor<ring64> tabulate(shape_type const& shape, F f) {
  tensor<ring64> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(index_of(i, shape));
  return out;
}

}  // namespace

TEST_CASE("transpose: every permutation of up to four axes") {
  shape_type const extents{2, 3, 4, 5};
  for (std::size_t rank = 0; rank <= 4; ++rank) {
    auto const x = counted({extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(rank)});
    std::vector<std::size_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0u);
    do {
      CAPTURE(to_string(axes));
      shape_type shape;
      for (auto const axis : axes) shape.push_back(x.shape()[axis]);
      CHECK(transpose(x, axes) == tabulate(shape, [&](shape_type const& index) {
              shape_type from(rank);
              for (std::size_t i = 0; i < rank; ++i) from[axes[i]] = index[i];
              return at(x, from);
            }));
    } while (std::next_permutation(axes.begin(), axes.end()));
  }
}

TEST_CASE("transpose without axes reverses them") {
  auto const x = counted({2, 3, 4});
  CHECK(transpose(x) == transpose(x, {2, 1, 0}));
  CHECK(transpose(counted({3, 2})) == tensor<ring64>({2, 3}, {0, 2, 4, 1, 3, 5}));
  CHECK(transpose(tensor<ring64>({0, 3})).shape() == shape_type{3, 0});
  CHECK(transpose(tensor<ring128>({2, 1}, 5)).shape() == shape_type{1, 2});
}

TEST_CASE("transpose refuses what is no permutation") {
  auto const x = counted({2, 3});
  for (std::vector<std::size_t> const& axes : {std::vector<std::size_t>{0}, {0, 0}, {0, 2}, {0, 1, 0}, {1, 0, 2}}) {
    CAPTURE(to_string(axes));
    CHECK_THROWS_WITH_AS((void)transpose(x, axes),
                         fmt::format("transpose: {} is no permutation of the axes of [2,3]", to_string(axes)).c_str(),
                         bad_argument);
  }
}

TEST_CASE("slice takes begin, begin + step, ... below end of each axis") {
  auto const x = counted({5, 6, 7});
  std::vector<std::vector<range>> const all{
      {},
      {{1, 4}},
      {{0, 5}, {2, 3}},
      {{0, 5, 2}},
      {{1, 5, 3}, {0, 6, 4}, {6, 7}},
      {{0, 5}, {0, 6}, {1, 7, 2}},
      {{4, 5}, {5, 6}, {6, 7}},
      {{0, 5, 100}, {3, 6, 1}},
      {{2, 2}},
      {{0, 5}, {6, 6}, {0, 7}},
      {{0, 5, static_cast<std::size_t>(-1)}, {1, 6, static_cast<std::size_t>(-3)}},
  };
  for (auto const& ranges : all) {
    shape_type shape = x.shape();
    shape_type begins(3, 0), steps(3, 1);
    for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
      auto const [begin, end, step] = ranges[axis];
      std::size_t count = 0;
      for (auto i = begin; i < end; ++count) {
        if (step > end - i) {
          ++count;
          break;
        }
        i += step;
      }
      shape[axis] = count;
      begins[axis] = begin;
      steps[axis] = step;
    }
    CAPTURE(to_string(shape));
    CHECK(slice_shape(x.shape(), ranges) == shape);
    CHECK(slice(x, ranges) == tabulate(shape, [&](shape_type index) {
            for (std::size_t axis = 0; axis < 3; ++axis)
              index[axis] = begins[axis] + (index[axis] == 0 ? 0 : index[axis] * steps[axis]);
            return at(x, index);
          }));
  }
  CHECK(slice(tensor<ring64>({}, 3), {}) == tensor<ring64>({}, 3));
}

TEST_CASE("slice refuses a range that leaves its axis") {
  auto const x = counted({4, 3});
  CHECK_THROWS_WITH_AS((void)slice(x, {{0, 5}}), "slice: range 0:5:1 does not lie in axis 0 of shape [4,3]",
                       bad_argument);
  CHECK_THROWS_WITH_AS((void)slice(x, {{0, 4}, {3, 2}}), "slice: range 3:2:1 does not lie in axis 1 of shape [4,3]",
                       bad_argument);
  CHECK_THROWS_WITH_AS((void)slice(x, {{0, 4, 0}}), "slice: range 0:4:0 does not lie in axis 0 of shape [4,3]",
                       bad_argument);
  CHECK_THROWS_WITH_AS((void)slice(x, {{5, 5}}), "slice: range 5:5:1 does not lie in axis 0 of shape [4,3]",
                       bad_argument);
  CHECK_THROWS_WITH_AS((void)slice(x, {{0, 4}, {0, 3}, {0, 1}}), "slice: 3 ranges for a tensor of shape [4,3]",
                       bad_argument);
}

TEST_CASE("concat joins along any axis, in order") {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<tensor<ring64>> parts;
    std::uint64_t offset = 0;
    for (std::size_t const extent : {2, 1, 0, 3}) {
      shape_type shape{2, 3, 2};
      shape[axis] = extent;
      parts.push_back(map(counted(shape), [offset](auto w) { return w + offset; }));
      offset += 1000;
    }
    shape_type shape{2, 3, 2};
    shape[axis] = 6;
    CAPTURE(axis);
    CHECK(concat(parts, axis) == tabulate(shape, [&](shape_type index) {
            std::size_t part = 0;
            while (index[axis] >= parts[part].shape()[axis]) index[axis] -= parts[part++].shape()[axis];
            return at(parts[part], index);
          }));
  }
  auto const one = counted({3, 2});
  CHECK(concat<ring64>({one}, 1) == one);
  CHECK(concat<ring64>({tensor<ring64>({0, 2}), tensor<ring64>({0, 2})}).shape() == shape_type{0, 2});
}

TEST_CASE("concat refuses parts that do not fit") {
  CHECK_THROWS_WITH_AS((void)concat(std::vector<tensor<ring64>>{}), "concat: there is nothing to join", bad_argument);
  CHECK_THROWS_WITH_AS((void)concat<ring64>({counted({2, 3})}, 2), "concat: shape [2,3] has no axis 2", bad_argument);
  CHECK_THROWS_WITH_AS((void)concat<ring64>({counted({})}, 0), "concat: shape [] has no axis 0", bad_argument);
  CHECK_THROWS_WITH_AS((void)concat<ring64>({counted({2, 3}), counted({2, 4})}, 0),
                       "concat: shapes [2,3] and [2,4] do not combine", shape_mismatch);
  CHECK_THROWS_AS((void)concat<ring64>({counted({2, 3}), counted({2, 3, 1})}, 0), shape_mismatch);
}

TEST_CASE("stack joins along a new axis, at any place") {
  auto const a = counted({2, 3}), b = map(a, [](auto w) { return w + 100; });
  for (std::size_t axis = 0; axis <= 2; ++axis) {
    CAPTURE(axis);
    auto const shape = expanded_shape({2, 3}, axis);
    auto doubled = shape;
    doubled[axis] = 2;
    CHECK(shape[axis] == 1);
    CHECK(stack<ring64>({a, b}, axis) == tabulate(doubled, [&](shape_type index) {
            auto const& from = index[axis] == 0 ? a : b;
            index.erase(index.begin() + static_cast<std::ptrdiff_t>(axis));
            return at(from, index);
          }));
  }
  CHECK(stack<ring64>({tensor<ring64>({}, 1), tensor<ring64>({}, 2)}) == tensor<ring64>({2}, {1, 2}));
  CHECK_THROWS_WITH_AS((void)stack<ring64>({a}, 3), "expand: shape [2,3] cannot take a new axis 3", bad_argument);
  CHECK_THROWS_AS((void)stack<ring64>({a, counted({3, 2})}), shape_mismatch);
  CHECK_THROWS_AS((void)stack(std::vector<tensor<ring64>>{}), bad_argument);
}

}  // namespace koi::test
