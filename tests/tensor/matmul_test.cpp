// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/matmul.hpp>

#include <koi/ring/z2k.hpp>

#include "tests/conformance/plain_reference.hpp"
#include "tests/support/random_tensor.hpp"

#include <doctest/doctest.h>

namespace koi::test {

namespace {

template <Ring R>
tensor<R> naive(tensor<R> const& x, tensor<R> const& y, tensor<R> sum) {
  auto const n = y.shape()[0], v = y.shape()[1];
  for (std::size_t i = 0; i < sum.size() / std::max<std::size_t>(v, 1); ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < v; ++j) sum[i * v + j] = R::add(sum[i * v + j], R::mul(x[i * n + k], y[k * v + j]));
  return sum;
}

struct sizes {
  std::size_t m, k, n;
};

/// Below, at and above the edges of the kernel's tiles, for any width of a register, and the few
/// rows that take another way.
std::vector<sizes> all_sizes() {
  std::vector<sizes> all;
  for (std::size_t const m : {1, 2, 3, 4, 5, 7, 8, 9, 17})
    for (std::size_t const k : {1, 2, 3, 4, 5, 7, 9})
      for (std::size_t const n : {1, 2, 3, 5, 7, 8, 11, 12, 13, 23, 24, 25, 31, 33, 47, 48, 49})
        all.push_back({m, k, n});
  for (std::size_t const m : {1, 3, 4, 9})
    for (std::size_t const k : {255, 256, 257, 515})
      for (std::size_t const n : {1, 24, 63, 64, 65}) all.push_back({m, k, n});
  for (std::size_t const n : {191, 192, 193, 383, 384, 385, 767, 768, 769, 1030}) {
    all.push_back({2, 5, n});
    all.push_back({9, 259, n});
  }
  return all;
}

}  // namespace

TEST_CASE_TEMPLATE("a product of matrices is that of three loops, at every edge of a tile", R, ring8, ring32, ring64,
                   ring128) {
  for (auto const& [m, k, n] : all_sizes()) {
    auto const x = random_tensor<R>({m, k}, m), y = random_tensor<R>({k, n}, n);
    if (matmul(x, y) == naive(x, y, tensor<R>({m, n}, 0))) continue;
    FAIL_CHECK(fmt::format("[{},{}] times [{},{}] is wrong", m, k, k, n));
  }
}

TEST_CASE_TEMPLATE("a product is added to what is there", R, ring8, ring32, ring64, ring128) {
  for (auto const& [m, k, n] : {sizes{2, 5, 7}, sizes{9, 300, 30}}) {
    auto const x = random_tensor<R>({m, k}, 1), y = random_tensor<R>({k, n}, 2);
    auto sum = random_tensor<R>({m, n}, 3);
    auto const expected = naive(x, y, sum);
    matmul_add(sum, x, y);
    CHECK(sum == expected);
  }
}

TEST_CASE_TEMPLATE("two products are added in one pass", R, ring8, ring32, ring64, ring128) {
  for (auto const& [m, k, n] : {sizes{1, 5, 7}, sizes{9, 300, 30}, sizes{20, 0, 3}}) {
    auto const x = random_tensor<R>({m, k}, 1), y = random_tensor<R>({k, n}, 2);
    auto const u = random_tensor<R>({m, 4}, 4), v = random_tensor<R>({4, n}, 5);
    auto sum = random_tensor<R>({m, n}, 3);
    auto const expected = naive(u, v, naive(x, y, sum));
    matmul_add(sum, x, y, u, v);
    CHECK(sum == expected);
  }
  tensor<R> sum({2, 4}, 0), x({2, 3}, 1), y({3, 4}, 1), other({3, 5}, 1);
  CHECK_THROWS_AS(matmul_add(sum, x, y, x, other), shape_mismatch);
  CHECK_THROWS_AS(matmul_add(sum, x, other, x, y), shape_mismatch);
}

TEST_CASE("the largest words wrap as the ring does") {
  tensor<ring64> const x({4, 300}, ~std::uint64_t{0}), y({300, 5}, ~std::uint64_t{0});
  CHECK(matmul(x, y) == tensor<ring64>({4, 5}, 300));
}

TEST_CASE("leading axes are rows, and the left operand may be a vector") {
  auto const x = random_tensor<ring64>({2, 3, 4}, 1), y = random_tensor<ring64>({4, 5}, 2);
  CHECK(matmul(x, y) == matmul(x.reshaped({6, 4}), y).reshaped({2, 3, 5}));
  auto const v = random_tensor<ring64>({4}, 3);
  CHECK(matmul(v, y) == matmul(v.reshaped({1, 4}), y).reshaped({5}));
}

TEST_CASE("a product over nothing is 0, a product of nothing has no elements") {
  CHECK(matmul(tensor<ring64>({2, 0}), tensor<ring64>({0, 3})) == tensor<ring64>({2, 3}, 0));
  CHECK(matmul(tensor<ring64>({0, 4}), tensor<ring64>({4, 3}, 1)).shape() == shape_type{0, 3});
  CHECK(matmul(tensor<ring64>({2, 4}, 1), tensor<ring64>({4, 0})).shape() == shape_type{2, 0});
}

TEST_CASE_TEMPLATE("leading axes of both operands are a batch, and broadcast", R, ring8, ring64, ring128) {
  using shapes = std::pair<shape_type, shape_type>;
  for (auto const& [left, right] :
       {shapes{{2, 3, 4}, {2, 4, 5}}, shapes{{3, 4}, {2, 4, 5}}, shapes{{2, 1, 3, 4}, {3, 4, 5}}, shapes{{3, 1, 1, 4}, {1, 2, 4, 1}},
        shapes{{1, 2, 3}, {1, 3, 2}}, shapes{{2, 40, 33}, {33, 30}}, shapes{{2, 17, 33}, {2, 33, 20}}, shapes{{2, 2, 3, 4}, {1, 4, 5}},
        shapes{{2, 3, 0}, {2, 0, 4}}, shapes{{0, 3, 4}, {1, 4, 5}}, shapes{{2, 0, 4}, {2, 4, 5}}, shapes{{2, 3, 4}, {2, 4, 0}}}) {
    CAPTURE(to_string(left));
    CAPTURE(to_string(right));
    auto const x = random_tensor<R>(left, 1), y = random_tensor<R>(right, 2);
    auto const batch = [](shape_type const& s) { return shape_type(s.begin(), s.end() - 2); };
    auto shape = broadcast_shape("test", batch(left), batch(right));
    shape.push_back(left[left.size() - 2]);
    shape.push_back(right.back());
    auto const u = random_tensor<R>(left, 3), v = random_tensor<R>(right, 4), before = random_tensor<R>(shape, 5);
    tensor<R> product(shape), both = before;
    for (std::size_t i = 0; i < product.size(); ++i) {
      auto const at = testing::plain::index_at(shape, i);
      auto const entry = [&](tensor<R> const& a, tensor<R> const& b) {
        typename R::value_type sum = 0;
        for (std::size_t k = 0; k < left.back(); ++k) {
          auto in_a = at, in_b = at;
          in_a.back() = k;
          in_b[in_b.size() - 2] = k;
          auto const from = [](tensor<R> const& t, shape_type const& wide) {
            return t[testing::plain::flat_at(t.shape(), testing::plain::broadcast_index(t.shape(), wide))];
          };
          sum = R::add(sum, R::mul(from(a, in_a), from(b, in_b)));
        }
        return sum;
      };
      product[i] = entry(x, y);
      both[i] = R::add(both[i], R::add(product[i], entry(u, v)));
    }
    CHECK(matmul(x, y) == product);
    auto sum = before;
    matmul_add(sum, x, y, u, v);
    CHECK(sum == both);
  }
}

TEST_CASE("shapes that do not multiply are refused") {
  auto const refused = [](shape_type const& a, shape_type const& b) {
    CAPTURE(to_string(a));
    CAPTURE(to_string(b));
    auto const text = fmt::format("matmul: shapes {} and {} do not combine", to_string(a), to_string(b));
    CHECK_THROWS_WITH_AS((void)matmul(tensor<ring64>(a, 1), tensor<ring64>(b, 1)), text.c_str(), shape_mismatch);
  };
  refused({2, 3}, {4, 5});
  refused({2, 3}, {2, 3});
  refused({}, {3, 5});
  refused({3}, {});
  refused({2, 3}, {3});
  refused({2, 3}, {2, 4, 5});
  refused({3}, {2, 3, 5});
  refused({2, 4, 3}, {3, 3, 5});
  refused({2, 1, 4, 3}, {3, 2, 3, 5, 1});
  tensor<ring64> sum({2, 4}, 0);
  CHECK_THROWS_WITH_AS(matmul_add(sum, tensor<ring64>({2, 3}, 1), tensor<ring64>({3, 5}, 1)),
                       "matmul_add: shapes [2,4] and [2,5] do not combine", shape_mismatch);
}

}  // namespace koi::test
