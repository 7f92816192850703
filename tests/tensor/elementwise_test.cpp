// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/elementwise.hpp>

#include "tests/support/random_tensor.hpp"

#include <doctest/doctest.h>

#include <optional>

namespace koi::test {

namespace {

/// The element of x that stands at place i of a broadcast to `shape`, by counting.
template <Ring R>
typename R::value_type broadcast_element(tensor<R> const& x, shape_type const& shape, std::size_t i) {
  std::size_t at = 0, stride = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {  // from the innermost
    auto const extent = shape[shape.size() - 1 - axis];
    auto const index = i % extent;
    i /= extent;
    if (axis < x.rank()) {
      auto const own = x.shape()[x.rank() - 1 - axis];
      at += own == 1 ? 0 : index * stride;
      stride *= own;
    }
  }
  return x[at];
}

struct broadcast_case {
  shape_type a, b;
  shape_type result;
};

std::vector<broadcast_case> const cases{
    {{}, {}, {}},
    {{}, {3}, {3}},
    {{5}, {}, {5}},
    {{1}, {7}, {7}},
    {{67}, {67}, {67}},  // vectors and a rest
    {{4, 33}, {33}, {4, 33}},
    {{33}, {4, 33}, {4, 33}},
    {{4, 1}, {1, 5}, {4, 5}},
    {{4, 1}, {5}, {4, 5}},
    {{2, 3}, {2, 1}, {2, 3}},
    {{2, 1}, {2, 3}, {2, 3}},
    {{1, 1}, {1}, {1, 1}},
    {{2, 3, 4}, {3, 1}, {2, 3, 4}},
    {{2, 3, 4}, {3, 4}, {2, 3, 4}},
    {{1, 3, 1}, {2, 1, 4}, {2, 3, 4}},
    {{2, 1, 3, 1}, {4, 1, 5}, {2, 4, 3, 5}},
    {{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}},
    {{2, 3, 4, 5}, {1, 1, 1, 1}, {2, 3, 4, 5}},
    {{0}, {}, {0}},
    {{0}, {1}, {0}},
    {{1}, {0}, {0}},
    {{0, 3}, {3}, {0, 3}},
    {{0, 3}, {0, 3}, {0, 3}},
    {{0, 1}, {1, 3}, {0, 3}},
    {{2, 0, 3}, {2, 1, 3}, {2, 0, 3}},
    {{2, 1}, {0}, {2, 0}},
};

std::vector<std::pair<shape_type, shape_type>> const mismatches{
    {{2}, {3}},
    {{2, 3}, {2}},
    {{2, 3}, {3, 3}},
    {{0}, {2}},
    {{2}, {0}},
    {
        {4, 1, 3},
        {2, 5, 3},
    },
    {{2, 3}, {2, 3, 4}},
    {{0, 3}, {2, 3}},
};

template <Ring R, class F>
tensor<R> naive(tensor<R> const& a, tensor<R> const& b, shape_type const& shape, F f) {
  tensor<R> out(shape);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = f(broadcast_element(a, shape, i), broadcast_element(b, shape, i));
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("sum, difference and product broadcast as a loop over all indices does", R, ring8, ring32, ring64,
                   ring128) {
  for (auto const& c : cases) {
    CAPTURE(to_string(c.a));
    CAPTURE(to_string(c.b));
    CHECK(broadcast_shape("test", c.a, c.b) == c.result);
    auto const a = random_tensor<R>(c.a, 1), b = random_tensor<R>(c.b, 2);
    CHECK(a + b == naive(a, b, c.result, [](auto x, auto y) { return R::add(x, y); }));
    CHECK(a - b == naive(a, b, c.result, [](auto x, auto y) { return R::sub(x, y); }));
    CHECK(a * b == naive(a, b, c.result, [](auto x, auto y) { return R::mul(x, y); }));
    CHECK(broadcast_to(a, c.result) == naive(a, b, c.result, [](auto x, auto) { return x; }));
    if (c.a == c.result) {
      auto sum = a, difference = a;
      CHECK(&(sum += b) == &sum);
      CHECK(&(difference -= b) == &difference);
      CHECK(sum == a + b);
      CHECK(difference == a - b);
    } else {
      auto left = a;
      CHECK_THROWS_AS(left += b, shape_mismatch);
      CHECK_THROWS_AS(left -= b, shape_mismatch);
      CHECK(left == a);
    }
  }
}

TEST_CASE("broadcasting is that of xtensor on ordinary numbers") {
  for (auto const& c : cases) {
    if (element_count(c.result) == 0) continue;
    CAPTURE(to_string(c.a));
    CAPTURE(to_string(c.b));
    auto const small = [](auto w) { return ring64::from_signed(static_cast<std::int64_t>(w % 2001) - 1000); };
    auto const a = map(random_tensor<ring64>(c.a, 3), small), b = map(random_tensor<ring64>(c.b, 4), small);
    auto const plain = [](tensor<ring64> const& x) {
      return plain_tensor(xt::cast<double>(xt::cast<std::int64_t>(x.xt())));
    };
    CHECK(plain(a + b) == plain_tensor(plain(a) + plain(b)));
    CHECK(plain(a - b) == plain_tensor(plain(a) - plain(b)));
    CHECK(plain(a * b) == plain_tensor(plain(a) * plain(b)));
  }
}

TEST_CASE("shapes that do not combine are refused with both of them, in either order") {
  for (auto const& [p, q] : mismatches)
    for (auto const& [sa, sb] : {std::pair(p, q), std::pair(q, p)}) {
      CAPTURE(to_string(sa));
      CAPTURE(to_string(sb));
      tensor<ring64> a(sa, 1);
      tensor<ring64> const b(sb, 1);
      auto const text = [&](char const* name) {
        return fmt::format("{}: shapes {} and {} do not combine", name, to_string(sa), to_string(sb));
      };
      CHECK_THROWS_WITH_AS((void)(a + b), text("add").c_str(), shape_mismatch);
      CHECK_THROWS_WITH_AS((void)(a - b), text("sub").c_str(), shape_mismatch);
      CHECK_THROWS_WITH_AS((void)(a * b), text("mul").c_str(), shape_mismatch);
      CHECK_THROWS_WITH_AS(a += b, text("add").c_str(), shape_mismatch);
      CHECK_THROWS_WITH_AS(a -= b, text("sub").c_str(), shape_mismatch);
      CHECK_THROWS_WITH_AS((void)broadcast_to(a, sb), text("broadcast_to").c_str(), shape_mismatch);
    }
}

TEST_CASE("broadcast_to does not make a tensor smaller") {
  CHECK_THROWS_AS((void)broadcast_to(tensor<ring64>({2, 3}, 1), {3}), shape_mismatch);
  CHECK_THROWS_AS((void)broadcast_to(tensor<ring64>({1, 1}, 1), {3}), shape_mismatch);
  CHECK_THROWS_AS((void)broadcast_to(tensor<ring64>({2}, 1), {1}), shape_mismatch);
}

TEST_CASE("an operand may be the result") {
  tensor<ring64> a({3}, {1, 2, 3});
  auto const& same = a;
  a += same;
  CHECK(a == tensor<ring64>({3}, {2, 4, 6}));
  a -= same;
  CHECK(a == tensor<ring64>({3}, 0));
}

TEST_CASE_TEMPLATE("negation, map and scaling work word by word", R, ring8, ring32, ring64, ring128) {
  auto const x = random_tensor<R>({3, 41}, 5);
  CHECK(-x == tensor<R>(x.shape(), 0) - x);
  CHECK(-(-x) == x);
  CHECK(map(x, [](auto w) { return R::add(w, 3); }) == x + tensor<R>({}, 3));
  CHECK(scaled(x, 7) == x * tensor<R>({}, 7));
  CHECK(scaled(x, R::neg(1)) == -x);
  CHECK((-tensor<R>({0, 2})).shape() == shape_type{0, 2});
}

}  // namespace koi::test
