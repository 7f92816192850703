// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/uniform.hpp>

#include <doctest/doctest.h>

namespace koi::test {

namespace {

prg stream() { return prg(seed({})); }

}  // namespace

TEST_CASE("a uniform tensor is the stream under a shape, evaluated once") {
  auto from = stream(), same = stream();
  auto const x = uniform<ring64>(from, {3, 5});
  tensor<ring64> expected({3, 5});
  same.fill(expected.writable_bytes());
  CHECK(x == expected);
  CHECK(x == x);
  CHECK_FALSE(uniform<ring64>(from, {3, 5}) == x);  // the stream goes on
}

TEST_CASE("every ring has uniform tensors, of any shape") {
  auto from = stream();
  auto const field = uniform<zp<67>>(from, {1000});
  CHECK(std::all_of(field.data(), field.data() + field.size(), [](auto x) { return x < 67; }));
  auto const odd = uniform<z2k_minus_1<8>>(from, {2000});
  CHECK(std::none_of(odd.data(), odd.data() + odd.size(), [](auto x) { return x == 255; }));
  CHECK(uniform<ring128>(from, {}).size() == 1);
  CHECK(uniform<ring8>(from, {4, 0}).shape() == shape_type{4, 0});
}

}  // namespace koi::test
