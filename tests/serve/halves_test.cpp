// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/halves.hpp>

#include <doctest/doctest.h>

namespace serve = koi::serve;

namespace {

using words = koi::tensor<koi::ring64>;

words of_server0(serve::halves<koi::ring64> const& all) {
  koi::prg stream(all.of_server0);
  return koi::uniform<koi::ring64>(stream, all.of_server1.shape());
}

}  // namespace

TEST_CASE("halves: server 0's drawing and server 1's words are the value, and each split draws anew") {
  words const value({3}, {1, 2, ~std::uint64_t{0}});
  auto const a = serve::split(value), b = serve::split(value);
  CHECK(of_server0(a) + a.of_server1 == value);
  CHECK(of_server0(b) + b.of_server1 == value);
  CHECK(a.of_server1 != b.of_server1);
}

TEST_CASE("halves: pieces are split again without a trace of how they were split before") {
  words const zero({2}, {5, ~std::uint64_t{0}}), one({2}, {7, 3});
  auto const a = serve::split_again(zero, one), b = serve::split_again(zero, one);
  CHECK(of_server0(a) + a.of_server1 == words({2}, {12, 2}));
  CHECK(of_server0(b) + b.of_server1 == words({2}, {12, 2}));
  for (auto const& part : {zero, one, a.of_server1}) CHECK(b.of_server1 != part);
  CHECK_THROWS_AS((void)serve::split_again(zero, words({3})), koi::shape_mismatch);
}
