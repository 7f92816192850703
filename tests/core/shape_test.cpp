// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/core/shape.hpp>

#include <doctest/doctest.h>

namespace koi::test {

TEST_CASE("a shape counts its elements") {
  CHECK(element_count({}) == 1);
  CHECK(element_count({7}) == 7);
  CHECK(element_count({2, 3, 5}) == 30);
  CHECK(element_count({4, 0, 5}) == 0);
  CHECK(element_count({0}) == 0);
}

TEST_CASE("a shape prints its extents") {
  CHECK(to_string(shape_type{}) == "[]");
  CHECK(to_string(shape_type{7}) == "[7]");
  CHECK(to_string(shape_type{2, 0, 784}) == "[2,0,784]");
}

}  // namespace koi::test
