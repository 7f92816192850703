// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixed_numbers.hpp"
#include "tests/support/plain_convolution.hpp"

#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

/// What the maps of private and public tensors must give, on plain numbers.
namespace koi::testing {

/// out[i] = x[source(i)], with positions as indices along the axes.
template <class F>
[[nodiscard]] plain_tensor gathered(plain_tensor const& x, shape_type const& shape, F source) {
  plain_tensor out = plain_tensor::from_shape(shape);
  shape_type const from(x.shape().begin(), x.shape().end());
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = x.data()[plain::flat_at(from, source(plain::index_at(shape, i)))];
  return out;
}

/// out[at(i)] += x[i], with positions as indices along the axes.
template <class F>
[[nodiscard]] plain_tensor scattered(plain_tensor const& x, shape_type const& shape, F at) {
  plain_tensor out = plain_tensor::from_shape(shape);
  std::fill(out.begin(), out.end(), 0.0);
  shape_type const from(x.shape().begin(), x.shape().end());
  for (std::size_t i = 0; i < x.size(); ++i) out.data()[plain::flat_at(shape, at(plain::index_at(from, i)))] += x.data()[i];
  return out;
}

/// Numbers with exact encodings in every fixed point of these tests, and with exact products.
[[nodiscard]] inline plain_tensor some(shape_type const& shape, std::uint64_t seed) { return numbers(shape, 8, 0x1p-16, seed); }

/// Every player refuses, with this text, before anything is sent.
template <class E, class F>
void check_refused(party& self, F f, std::string const& text) {
  auto const before = self.spent();
  CHECK_THROWS_WITH_AS(f(), text.c_str(), E);
  CHECK(self.spent() == before);
}

}  // namespace koi::testing
