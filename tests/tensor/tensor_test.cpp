// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/tensor.hpp>

#include <koi/ring/zp.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <type_traits>

namespace koi::test {

TEST_CASE("a tensor without arguments has no elements") {
  tensor<ring64> const x;
  CHECK(x.shape() == shape_type{0});
  CHECK(x.empty());
  CHECK(x.bytes().empty());
}

TEST_CASE("a tensor holds its elements in row-major order") {
  tensor<ring32> x({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(x.rank() == 2);
  CHECK(x.size() == 6);
  CHECK(x.xt()(0, 2) == 3);
  CHECK(x.xt()(1, 0) == 4);
  x[4] = 50;
  CHECK(x.xt()(1, 1) == 50);
  CHECK(x.elements().back() == 6);
  x.xt()(0, 0) = 10;
  CHECK(x.elements().front() == 10);
}

TEST_CASE("rank 0 is one element, an extent of 0 is none") {
  tensor<ring64> const scalar({}, 7);
  CHECK(scalar.rank() == 0);
  CHECK(scalar.size() == 1);
  CHECK(scalar[0] == 7);
  tensor<ring64> const none({3, 0, 2});
  CHECK(none.empty());
  CHECK(none.rank() == 3);
}

TEST_CASE("elements that are too many or too few are refused") {
  CHECK_THROWS_WITH_AS((tensor<ring8>({2, 2}, {1, 2, 3})), "tensor: shapes [2,2] and [3] do not combine",
                       shape_mismatch);
  CHECK_NOTHROW((tensor<ring8>({0}, {})));
}

TEST_CASE("bytes are the words as they lie in memory, aligned to a cache line") {
  tensor<ring32> x({2}, {0x01020304, 0xa0b0c0d0});
  REQUIRE(x.bytes().size() == 8);
  CHECK(std::to_integer<int>(x.bytes()[0]) == 4);
  CHECK(std::to_integer<int>(x.bytes()[7]) == 0xa0);
  x.writable_bytes()[0] = std::byte{5};
  CHECK(x[0] == 0x01020305);
  for (std::size_t const n : {1, 3, 1000}) CHECK(reinterpret_cast<std::uintptr_t>(tensor<ring8>({n}).data()) % 64 == 0);
}

TEST_CASE("a copy is a copy, at another place") {
  tensor<ring64> x({2}, {1, 2});
  auto y = x;
  y[0] = 9;
  CHECK(x[0] == 1);
  CHECK(x.data() != y.data());
}

TEST_CASE("another shape is the same memory where the tensor is given up, and a copy where it is not") {
  tensor<ring64> x({2, 3}, {1, 2, 3, 4, 5, 6});
  auto const copy = x.reshaped({3, 2});
  CHECK(copy == tensor<ring64>({3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK(x.shape() == shape_type{2, 3});
  auto const* const where = x.data();
  auto const moved = std::move(x).reshaped({6});
  CHECK(moved.data() == where);
  CHECK(moved.shape() == shape_type{6});
  CHECK(tensor<ring64>({1, 1}, 5).reshaped({}).rank() == 0);
  CHECK(tensor<ring64>({0, 3}).reshaped({7, 0}).shape() == shape_type{7, 0});
  CHECK_THROWS_WITH_AS((void)moved.reshaped({4, 2}), "reshape: shapes [6] and [4,2] do not combine", shape_mismatch);
}

TEST_CASE("tensors are equal if shape and elements are") {
  tensor<ring64> const x({2, 2}, {1, 2, 3, 4});
  CHECK(x == tensor<ring64>({2, 2}, {1, 2, 3, 4}));
  CHECK_FALSE(x == tensor<ring64>({4}, {1, 2, 3, 4}));
  CHECK_FALSE(x == tensor<ring64>({2, 2}, {1, 2, 3, 5}));
  CHECK(tensor<ring64>({0, 2}) == tensor<ring64>({0, 2}));
  CHECK_FALSE(tensor<ring64>({0, 2}) == tensor<ring64>({2, 0}));
}

TEST_CASE("an expression is evaluated at once") {
  tensor<ring64> x({2, 2}, {1, 2, 3, 4});
  auto const y = tensor<ring64>::evaluated(xt::transpose(x.xt()));
  x[1] = 99;
  CHECK(y == tensor<ring64>({2, 2}, {1, 3, 2, 4}));
}

TEST_CASE("a tensor of words of 128 bits, and of a field") {
  auto const big = static_cast<detail::uint128>(1) << 100;
  tensor<ring128> const x({2}, {big, 1});
  CHECK((x[0] == big));
  CHECK(x.bytes().size() == 32);
  CHECK(tensor<zp<67>>({3}, 66)[2] == 66);
}

TEST_CASE("a tensor is moved without a copy, and nothing turns into one unasked") {
  static_assert(std::is_nothrow_move_constructible_v<tensor<ring64>>);
  static_assert(!std::is_convertible_v<shape_type, tensor<ring64>>);
  static_assert(!std::is_convertible_v<double, tensor<ring64>>);
  static_assert(!std::is_convertible_v<tensor<ring32>, tensor<ring64>> &&
                !std::is_constructible_v<tensor<ring64>, tensor<ring32>>);
  tensor<ring64> x({1000}, 3);
  auto const* const where = x.data();
  auto const y = std::move(x);
  CHECK(y.data() == where);
}

}  // namespace koi::test
