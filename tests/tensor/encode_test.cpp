// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/tensor/encode.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace koi::test {

namespace {

using usual = fixed_point<ring64, 16>;

template <class Fixed>
std::string refusal(plain_tensor const& x, std::string_view what = "images of client") {
  try {
    (void)encode<Fixed>(x, what);
  } catch (out_of_range const& e) {
    return e.what();
  }
  return "accepted";
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("8 bits: all numbers survive") {
  using eighth = fixed_point<ring8, 2>;
  plain_tensor x = xt::arange<double>(-31, 32) / 4.0;
  auto const encoded = encode<eighth>(x, "x");
  CHECK(encoded.shape() == shape_type{63});
  CHECK(encoded[0] == static_cast<std::uint8_t>(-31));
  CHECK(decode<eighth>(encoded) == x);
}

TEST_CASE_TEMPLATE("numbers come back to half a unit, under their shape", F, usual, fixed_point<ring32, 8>,
                   fixed_point<ring128, 30>) {
  plain_tensor const x{{{0.0, 1.0, -1.0}, {3.14159, -2.71828, 1e-12}}, {{100.5, -1000.25, 0.3}, {1e3, -0.1, 42}}};
  auto const encoded = encode<F>(x, "x");
  CHECK(encoded.shape() == shape_type{2, 2, 3});
  auto const back = decode<F>(encoded);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(back.data()[i] - x.data()[i]) <= F::unit() / 2);
}

TEST_CASE("rank 0 and no elements") {
  plain_tensor scalar = plain_tensor::from_shape(shape_type{});
  scalar.data()[0] = -1.5;
  CHECK(encode<usual>(scalar, "x") == tensor<ring64>({}, ring64::from_signed(-3 << 15)));
  CHECK(decode<usual>(tensor<ring64>({}, 1 << 16)).data()[0] == 1);
  plain_tensor const none = plain_tensor::from_shape(shape_type{3, 0});
  CHECK(encode<usual>(none, "x").shape() == shape_type{3, 0});
  auto const back = decode<usual>(tensor<ring64>({0, 2}));
  CHECK(shape_type(back.shape().begin(), back.shape().end()) == shape_type{0, 2});
}

TEST_CASE("a number without an encoding is refused with the tensor's name, the index and the reason") {
  plain_tensor x = xt::zeros<double>({2, 3, 4});
  x(1, 0, 2) = nan;
  CHECK(refusal<usual>(x) == "images of client: the element at [1,0,2] of shape [2,3,4] is not a number");
  x(1, 0, 2) = -infinity;
  CHECK(refusal<usual>(x) == "images of client: the element at [1,0,2] of shape [2,3,4] is infinite");
  x(1, 0, 2) = 1e30;
  CHECK(refusal<usual>(x) ==
        "images of client: the element at [1,0,2] of shape [2,3,4] reaches the bound 3.51844e+13 of a 64-bit ring with "
        "16 fraction bits");
  CHECK(refusal<fixed_point<ring32, 8>>(x).find("bound 2.09715e+06 of a 32-bit ring with 8 fraction bits") !=
        std::string::npos);
}

TEST_CASE("of several, the first is named") {
  plain_tensor x = xt::zeros<double>({3, 2});
  x(2, 1) = nan;
  x(0, 1) = infinity;
  CHECK(refusal<usual>(x) == "images of client: the element at [0,1] of shape [3,2] is infinite");
  plain_tensor scalar = plain_tensor::from_shape(shape_type{});
  scalar.data()[0] = nan;
  CHECK(refusal<usual>(scalar) == "images of client: the element at [] of shape [] is not a number");
}

TEST_CASE("a message does not hold the number itself") {
  plain_tensor x = xt::zeros<double>({1});
  x(0) = 98765432109876543210.0;
  CHECK(refusal<usual>(x, "x").find("9876") == std::string::npos);
}

TEST_CASE_TEMPLATE("just below the bound is accepted, the bound is not", F, usual, fixed_point<ring8, 2>,
                   fixed_point<ring32, 8>, fixed_point<ring128, 30>) {
  double const limit = std::ldexp(1.0, static_cast<int>(F::ring::bits) - 3);
  double const last = std::min(limit - 1, std::nextafter(limit, 0.0)) * F::unit();
  plain_tensor const inside{last, -last}, above{0.0, F::bound()}, below{-F::bound(), 0.0};
  CHECK(decode<F>(encode<F>(inside, "x")) == inside);
  CHECK(refusal<F>(above).find("at [1]") != std::string::npos);
  CHECK(refusal<F>(below).find("at [0]") != std::string::npos);
}

}  // namespace koi::test
