// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/securenn/compute_msb.hpp>
#include <koi/protocol/securenn/share_convert.hpp>

#include <koi/protocol/securenn.hpp>

#include "tests/conformance/edge_words.hpp"
#include "tests/support/run_parties.hpp"

#include <doctest/doctest.h>

namespace koi::testing {

namespace {

/// Server 0's piece is random, server 1's is the rest.
template <Ring S>
tensor<S> piece_of(tensor<S> const& x, unsigned server) {
  prg stream(fixed_seed(99));
  auto piece = uniform<S>(stream, x.shape());
  if (server == 1)
    for (std::size_t i = 0; i < x.size(); ++i) piece[i] = S::sub(x[i], piece[i]);
  return piece;
}

template <Ring S, PowerOfTwoRing R>
tensor<S> in_ring(tensor<R> const& x) {
  tensor<S> out(x.shape());
  std::copy_n(x.data(), x.size(), out.data());
  return out;
}

/// Converts a, and returns how many elements came back as another number.
template <PowerOfTwoRing R>
std::size_t wrong_conversions(tensor<R> const& a, std::uint64_t seed) {
  using odd = z2k_minus_1<R::bits>;
  setting how;
  how.seed = seed;
  std::vector<lap> laps;
  auto const parts = run_parties<securenn<R, 2>>(how, [&](party& self) {
    auto const x = self.is_server() ? share<R>(piece_of(a, self.index())) : share<R>(a.shape());
    auto const before = self.spent();
    auto const y = securenn_policy::share_convert(self, x);
    return std::pair(y, lap_since(self, before));
  });
  for (auto const& p : parts) laps.push_back(p.second);
  CHECK(measured(laps) == securenn_policy::share_convert_cost<R>(a.shape()));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.size(); ++i) wrong += odd::add(parts[0].first[i], parts[1].first[i]) != a[i];
  return wrong;
}

/// Finds the top bits of numbers in Z_{L-1}, and returns how many are wrong.
template <PowerOfTwoRing R>
std::size_t wrong_top_bits(tensor<R> const& a, std::uint64_t seed) {
  using P = securenn<R, 2>;
  using odd = z2k_minus_1<R::bits>;
  setting how;
  how.seed = seed;
  std::vector<lap> laps;
  auto const parts = run_parties<P>(how, [&](party& self) {
    auto const piece = self.is_server() ? piece_of(in_ring<odd>(a), self.index()) : securenn_policy::odd_tensor<R>();
    auto const before = self.spent();
    auto const bit = securenn_policy::compute_msb<R>(self, piece, a.shape());
    auto const spent = lap_since(self, before);
    return std::pair(P::output(self, 4, bit), spent);
  });
  for (auto const& p : parts) laps.push_back(p.second);
  CHECK(measured(laps) == securenn_policy::compute_msb_cost<R>(a.shape()));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.size(); ++i) wrong += (*parts[4].first)[i] != static_cast<typename R::value_type>(a[i] >> (R::bits - 1));
  return wrong;
}

}  // namespace

TEST_CASE("every a but L - 1 of the 8-bit ring, with every mask") {
  std::vector<std::uint8_t> all(255);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  auto const a = repeated<ring8>(all, 4096);
  CHECK(wrong_conversions<ring8>(a, 5) == 0);

  // which masks r = r_0 + r_1 the servers drew: each with each a, 0 and L - 1 included
  auto const drawn = [&](std::string_view purpose) {
    prg stream(derive(fixed_seed(5 * 1000 + 1), purpose, {0, 1}));
    return uniform<ring8>(stream, a.shape());
  };
  auto const r = drawn("r0") + drawn("r1");
  std::vector<bool> met(256 * 256);
  for (std::size_t i = 0; i < a.size(); ++i) met[a[i] * 256u + r[i]] = true;
  CHECK(std::count(met.begin(), met.end(), true) == 255 * 256);
}

TEST_CASE_TEMPLATE("edges of the larger rings are converted", R, ring32, ring64, ring128) {
  auto list = words_within<R>(R::bits - 1);
  std::erase(list, R::low_mask(R::bits));
  CHECK(wrong_conversions<R>(repeated<R>(list, 20), 6) == 0);
  CHECK(wrong_conversions<R>(tensor<R>(shape_type{}, 77), 7) == 0);
  CHECK(wrong_conversions<R>(tensor<R>(shape_type{2, 0}), 8) == 0);
}

TEST_CASE("the top bit of every number in Z_{L-1}") {
  std::vector<std::uint8_t> all(255);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  for (std::uint64_t seed = 1; seed <= 2; ++seed) CHECK(wrong_top_bits<ring8>(repeated<ring8>(all, 2048), seed) == 0);
}

TEST_CASE_TEMPLATE("edges of the larger rings have the right top bit", R, ring32, ring64, ring128) {
  auto list = words_within<R>(R::bits - 1);
  std::erase(list, R::low_mask(R::bits));
  CHECK(wrong_top_bits<R>(repeated<R>(list, 20), 9) == 0);
  CHECK(wrong_top_bits<R>(tensor<R>(shape_type{2, 0}), 10) == 0);
}

}  // namespace koi::testing
