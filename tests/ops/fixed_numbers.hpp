// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/perform.hpp"
#include "tests/support/long_tests.hpp"

#include <random>

/// Both protocols and both rings; every pair of them in the long tests.
#if defined(KOI_LONG_TESTS)
#define KOI_TEST_PROTOCOLS pond<ring64, 16>, securenn<ring64, 16>, pond<ring128, 32>, securenn<ring128, 32>
#else
#define KOI_TEST_PROTOCOLS pond<ring64, 16>, securenn<ring128, 32>
#endif
/// Both protocols in the smaller ring; every pair of protocol and ring in the long tests.
#define KOI_TEST_BOTH_PROTOCOLS \
  pond<ring64, 16>, securenn<ring64, 16> KOI_IN_LONG_TESTS(pond<ring128, 32>, securenn<ring128, 32>)
/// One protocol; every pair of protocol and ring in the long tests.
#define KOI_TEST_ONE_PROTOCOL \
  pond<ring64, 16> KOI_IN_LONG_TESTS(securenn<ring64, 16>, pond<ring128, 32>, securenn<ring128, 32>)

namespace koi::testing {

/// Random multiples of `step` in [-bound, bound].
[[nodiscard]] inline plain_tensor numbers(shape_type const& shape, double bound, double step, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto const steps = static_cast<std::uint64_t>(bound / step);
  plain_tensor out = plain_tensor::from_shape(shape);
  for (auto& v : out) v = (static_cast<double>(random() % (2 * steps + 1)) - static_cast<double>(steps)) * step;
  return out;
}

/// f of every number.
template <class F>
[[nodiscard]] plain_tensor applied(plain_tensor x, F f) {
  for (auto& v : x) v = f(v);
  return x;
}

/// The owner's numbers, shared.
template <Protocol P>
private_tensor<P> secret(party& self, plain_tensor const& x) {
  return {self, shared<P>(self, encode<typename P::fixed>(x, "test"), owner_id)};
}
/// Numbers that the servers know, and nobody else.
template <Protocol P>
public_tensor<P> known(party& self, plain_tensor const& x) {
  using T = tensor<typename P::ring>;
  return {self, shape_type(x.shape().begin(), x.shape().end()), self.is_server() ? encode<typename P::fixed>(x, "test") : T()};
}

/// A result as real numbers, at a player who may have it: the client, or the servers if it is public.
template <Protocol P>
std::optional<plain_tensor> result(private_tensor<P> const& x) {
  auto const opened = P::output(x.self(), client_id, x.share());
  return opened ? std::optional(decode<typename P::fixed>(*opened)) : std::nullopt;
}
template <Protocol P>
std::optional<plain_tensor> result(public_tensor<P> const& x) {
  return x.known() ? std::optional(decode<typename P::fixed>(x.value())) : std::nullopt;
}

/// The largest distance, infinite where shapes differ or a number is none.
[[nodiscard]] inline double distance(plain_tensor const& a, plain_tensor const& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto const d = std::abs(a.data()[i] - b.data()[i]);
    if (!(d <= largest)) largest = std::isnan(d) ? std::numeric_limits<double>::infinity() : d;
  }
  return largest;
}

/// The result has this shape at every player, and is `expected` up to some units in the last place.
template <class T>
void check_near(T const& got, plain_tensor const& expected, double units) {
  CHECK(got.shape() == shape_type(expected.shape().begin(), expected.shape().end()));
  if (auto const real = result(got)) CHECK(distance(*real, expected) <= units * protocol_of<T>::fixed::unit());
}

}  // namespace koi::testing
