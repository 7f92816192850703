// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/core/error.hpp>

#include <doctest/doctest.h>

#include <type_traits>

namespace koi::test {

namespace {

template <class Base, class Derived>
constexpr bool is_a = std::is_base_of_v<Base, Derived>;

}  // namespace

TEST_CASE("every error belongs to the family that says what it means for the session") {
  static_assert(is_a<std::runtime_error, error>);
  static_assert(is_a<bad_argument, shape_mismatch> && is_a<bad_argument, bad_option> &&
                is_a<bad_argument, out_of_range>);
  static_assert(is_a<channel_error, channel_closed> && is_a<channel_closed, peer_aborted> &&
                is_a<channel_error, channel_timeout> && is_a<channel_error, bad_frame> &&
                is_a<channel_error, program_mismatch> && is_a<channel_error, hello_mismatch>);
  static_assert(is_a<error, bad_argument> && is_a<error, channel_error> && is_a<error, no_entropy>);
  static_assert(!is_a<bad_argument, channel_error>);
  CHECK_THROWS_AS(throw peer_aborted("server0", "gone"), error);
}

TEST_CASE("a shape mismatch names the operation and both shapes") {
  shape_mismatch const e("matmul", {2, 3}, {4, 5});
  CHECK(std::string(e.what()) == "matmul: shapes [2,3] and [4,5] do not combine");
  CHECK(e.lhs() == shape_type{2, 3});
  CHECK(e.rhs() == shape_type{4, 5});

  shape_mismatch const scalar("add", {}, {0});
  CHECK(std::string(scalar.what()) == "add: shapes [] and [0] do not combine");
}

TEST_CASE("a channel error carries its peer and the system's code") {
  channel_timeout const e("server1", "nothing came", std::make_error_code(std::errc::timed_out));
  CHECK(e.peer() == "server1");
  CHECK(e.code() == std::errc::timed_out);
  CHECK(std::string(e.what()) == "nothing came");
  CHECK_FALSE(channel_closed("server1", "it left").code());
}

TEST_CASE("a copy of an error says the same") {
  shape_mismatch const e("add", {1}, {2, 2});
  auto const copy = e;
  CHECK(std::string(copy.what()) == e.what());
  CHECK(copy.rhs() == e.rhs());
}

}  // namespace koi::test
