// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/recording_channel.hpp"
#include "tests/support/statistics.hpp"

#include <doctest/doctest.h>

/// What leaves for a client is a fresh sharing: it learns the value and nothing of how it came about.
namespace koi::testing {

namespace {

constexpr std::size_t client = 4;

template <Ring R>
tensor<R> piece_of(message const& m, shape_type const& shape) {
  tensor<R> x(shape);
  REQUIRE(x.bytes().size() == m.bytes.size());
  std::copy(m.bytes.begin(), m.bytes.end(), x.writable_bytes().begin());
  return x;
}

template <PowerOfTwoRing R>
double bytes_from_uniform(tensor<R> const& x) {
  std::vector<std::uint32_t> counts(256);
  for (auto const byte : x.bytes()) ++counts[static_cast<std::size_t>(byte)];
  return from_uniform(counts);
}

}  // namespace

TEST_CASE_TEMPLATE("the same share leaves in fresh pieces each time", P, pond<ring64, 16>, securenn<ring64, 16>) {
  tensor<ring64> const x({2}, {7, ring64::neg(9)});
  transcript log;
  run_parties<P>(recorded(log), [&](party& self) {
    auto const share = shared<P>(self, x);
    for (int i = 0; i < 5; ++i) (void)P::output(self, client, share);
  });
  auto const &from0 = log.on(0, client), &from1 = log.on(1, client);
  REQUIRE(from0.size() == 5);
  REQUIRE(from1.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(piece_of<ring64>(from0[i], {2}) + piece_of<ring64>(from1[i], {2}) == x);
    for (std::size_t j = 0; j < i; ++j)
      for (std::size_t k = 0; k < 2; ++k) {
        CHECK(piece_of<ring64>(from0[i], {2})[k] != piece_of<ring64>(from0[j], {2})[k]);
        CHECK(piece_of<ring64>(from1[i], {2})[k] != piece_of<ring64>(from1[j], {2})[k]);
      }
  }
}

TEST_CASE_TEMPLATE("pieces are uniform given the value, also where the servers' own are not", P, pond<ring32, 8>,
                   securenn<ring32, 8>) {
  shape_type const shape{16384};
  tensor<ring32> const x(shape, 5);
  transcript log;
  auto const held = run_parties<P>(recorded(log), [&](party& self) {
    auto const share = shared<P>(self, x);
    (void)P::output(self, client, share);
    // all pieces are 0; then those of a public number; then of a product's low bits
    (void)P::output(self, client, P::scale(share, 0));
    (void)P::output(self, client, P::add_public(self, P::scale(share, 0), x, shape));
    (void)P::output(self, client, P::scale(P::relu(self, share), 256));
    (void)P::output(self, 0, P::scale(share, 0));
    (void)P::reveal(self, P::scale(share, 0));
    return share.held() ? share.piece() : tensor<ring32>();
  });
  for (std::size_t server = 0; server < 2; ++server) {
    auto const& sent = log.on(server, client);
    REQUIRE(sent.size() == 4);
    for (auto const& m : sent) CHECK(bytes_from_uniform(piece_of<ring32>(m, shape)) < 6);
    CHECK(bytes_from_uniform(piece_of<ring32>(sent[0], shape) - held[server]) < 6);  // the refresh itself
  }
  auto const last = [](std::vector<message> const& link, std::string_view name) {
    for (auto const& m : link)
      if (to_string(m.tag.name) == name) return m;
    throw std::runtime_error("no such message");
  };
  CHECK(bytes_from_uniform(piece_of<ring32>(last(log.on(1, 0), "output"), shape)) < 6);
  CHECK(bytes_from_uniform(piece_of<ring32>(last(log.on(0, 1), "reveal"), shape)) < 6);
  CHECK(bytes_from_uniform(tensor<ring32>(shape, 5)) > 100);  // the measure is one
}

}  // namespace koi::testing
