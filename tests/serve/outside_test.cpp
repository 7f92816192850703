// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/outside.hpp>

#include "tests/support/run_parties.hpp"

#include <doctest/doctest.h>

using namespace koi;
using namespace koi::testing;

namespace {

using pond64 = pond<ring64, 16>;

}  // namespace

TEST_CASE("outside: pieces come in and go out as a fresh sharing of the same value, without a message") {
  shape_type const shape{2, 3};
  auto const piece_of = [&](unsigned j) { return tensor<ring64>(shape, j == 0 ? 1000 : 234); };
  struct seen {
    std::optional<tensor<ring64>> first, second;
    std::uint64_t sent = 0;
  };
  auto const all = run_parties<pond64>({}, [&](party& self) {
    auto const piece = self.is_server() ? std::optional(piece_of(self.index())) : std::nullopt;
    auto const x = serve::shares_from_outside<pond64>(self, shape, piece);
    CHECK(x.shape() == shape);
    seen s{serve::shares_to_outside(x), serve::shares_to_outside(x), 0};
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) s.sent += self.spent().sent(ph).messages;
    return s;
  });
  for (auto const& s : all) CHECK(s.sent == 0);
  CHECK(!all[2].first);
  REQUIRE(all[0].first);
  CHECK(*all[0].first + *all[1].first == tensor<ring64>(shape, 1234));
  CHECK(*all[0].second + *all[1].second == tensor<ring64>(shape, 1234));
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK((*all[0].first)[i] != 1000);
    CHECK((*all[0].first)[i] != (*all[0].second)[i]);
  }
}

TEST_CASE("outside: a server without a piece of the declared shape stops") {
  CHECK_THROWS_AS(run_parties<pond64>({}, [&](party& self) {
                    (void)serve::shares_from_outside<pond64>(self, {2}, tensor<ring64>({3}, 0));
                    return 0;
                  }),
                  shape_mismatch);
}

TEST_CASE("outside: ids and digests are compared; the messages have a full batch's length") {
  serve::metrics counts;
  auto const named = [](int n, shape_type shape) {
    serve::request r;
    r.id.fill(static_cast<std::byte>(n));
    r.model = {"net", 1};
    r.shape = std::move(shape);
    r.answer = [](secret_bytes) {};
    return r;
  };
  auto const all = run_parties<pond64>({}, [&](party& self) {
    serve::desk here({}, counts);
    here.open();
    std::vector<serve::request> mine;
    if (self.is_server() && self.index() == 0) {
      mine = {named(1, {1, 3}), named(2, {1, 3}), named(3, {1, 3}), named(4, {1, 3})};
    } else if (self.is_server()) {
      for (auto const& r : {named(1, {1, 3}), named(2, {2, 3}), named(4, {1, 3}), named(5, {1, 3})}) CHECK(!here.put(r));
    }
    auto met = serve::match_requests(self, 8, mine, here, [](auto const& r) { return r.id[0] != std::byte{4}; });
    CHECK(self.spent().received(phase::set_up).bytes == (!self.is_server() ? 0u : self.index() == 0 ? 8u : 8u * 48));
    return met.how;
  });
  using serve::match;
  std::vector<match> const due{match::same,   match::differs, match::absent, match::unusable,
                               match::absent, match::absent,  match::absent, match::absent};
  CHECK(all[0] == due);
  CHECK(all[1] == due);
  CHECK(all[2].empty());
}
