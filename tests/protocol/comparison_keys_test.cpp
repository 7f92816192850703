// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/protocol/pond/comparison_keys.hpp>

#include "tests/conformance/perform.hpp"
#include "tests/support/server_views.hpp"

#include <set>

/// What comparison keys promise beyond the conformance suite: what each player sees, and that no key
/// and no mask comes twice.
namespace koi::testing {

namespace {

template <PowerOfTwoRing R, std::size_t FracBits, std::size_t Width = 0>
using with_keys = pond<R, FracBits, assisted, pond_policy::comparison_keys<Width>>;

constexpr std::size_t producer = 2;

/// Numbers of both signs of so many bits.
template <PowerOfTwoRing R>
tensor<R> numbers(std::size_t n, std::size_t width) {
  std::mt19937_64 random(n);
  tensor<R> x({n});
  for (std::size_t i = 0; i < n; ++i) {
    auto const magnitude = static_cast<typename R::value_type>(random() & R::low_mask(width - 1));
    x[i] = i % 2 == 0 ? magnitude : R::sub(R::neg(magnitude), 1);
  }
  return x;
}

template <Protocol P>
task<P> relu_of() {
  return {.run = [](party& self, shares<P>& s) { return P::relu(self, s[0]); },
          .declared = [](party&, shares<P>& s) { return P::relu_cost(s[0].shape()); }};
}

/// One comparison of a number with its mask, whose producer gives server 1 a root, and server 0 the
/// same or its own.
template <bool SameRoot>
share<ring8> compared(party& self, share<ring8> const& x) {
  comparison_key<ring8, 1> const key(8);
  operation op(self, "compare", {x.shape()});
  auto const n = x.size();
  auto const r = beaver::deal_uniform<ring8>(op, "r", x.shape());
  std::vector<block128> roots0(n), roots1(n);
  secret_bytes corrections(key.size(n));
  permutation pi({});
  if (self.is_helper()) {
    op.stream(self.server(0), "roots").fill(std::as_writable_bytes(std::span(roots0)));
    roots1 = roots0;
    if (!SameRoot) op.stream(self.server(1), "roots").fill(std::as_writable_bytes(std::span(roots1)));
    tensor<ring8> const one({n}, 1), zero({n}, 0);
    key.generate(pi, r.elements(), {one.data()}, {zero.data()}, {roots0, roots1}, corrections);
    op.send(self.server(1), bytes_of(roots1.data(), n), phase::offline);
    op.send(self.server(1), corrections, phase::offline);
  } else if (self.is_server()) {
    if (self.index() == 1) {
      op.receive(self.helper(), writable_bytes_of(roots1.data(), n), phase::offline);
      op.receive(self.helper(), corrections, phase::offline);
    }
    (void)beaver::open<ring8>(op, r + x.piece());
  }
  return x;
}

}  // namespace

TEST_CASE("comparison keys: a server's view does not tell inputs apart") {
  using P = with_keys<ring8, 2>;
  using share = P::share_type;
  auto const numbers = telling_inputs<ring8>({1}, 5);
  SUBCASE("sign") {
    check_views<P>(
        numbers, [](party& self, share const& x) { return P::is_nonnegative(self, x); }, 2000);
  }
  SUBCASE("relu") {
    check_views<P>(
        numbers, [](party& self, share const& x) { return P::relu(self, x); }, 2000);
  }
  SUBCASE("truncation with relu") {
    check_views<P>(
        numbers, [](party& self, share const& x) { return P::truncate_relu(self, x, 2); }, 2000);
  }
  SUBCASE("relu of narrow numbers") {
    using narrow = with_keys<ring8, 2, 6>;
    check_views<narrow>(
        numbers, [](party& self, share const& x) { return narrow::relu(self, x); }, 2000);
  }
}

TEST_CASE("that test sees two servers with one root") {
  using P = with_keys<ring8, 2>;
  tensor<ring8> const a({1}, 0), b({1}, 200);
  auto const shift = [&](auto op) { return shift_between(views_of<P>(a, op, 1), views_of<P>(b, op, 11), 2000); };
  CHECK(shift(compared<true>) > 2 * noise);
  CHECK(shift(compared<false>) < noise);
}

TEST_CASE("the producer sees nothing, and a server one opening and its key") {
  using P = with_keys<ring64, 16>;
  constexpr std::size_t n = 64;
  transcript log;
  run_parties<P>(recorded(log), [](party& self) {
    auto const x = shared<P>(self, numbers<ring64>(n, 64));
    (void)P::truncate_relu(self, P::relu(self, P::mul(self, x, P::is_nonnegative(self, x))), 16);
  });
  CHECK(byte_count(log.received_by(producer)) == 0);
  auto const openings = [&](std::string_view name) {
    std::size_t bytes = 0, messages = 0;
    for (auto const& m : log.on(0, 1))
      if (to_string(m.tag.name) == name) {
        ++messages;
        bytes += m.bytes.size();
      }
    CHECK(messages == 1);
    return bytes;
  };
  CHECK(openings("compare") == n * 8);
  CHECK(openings("relu") == n * 8);
  CHECK(openings("truncate_relu") == n * 8);
}

TEST_CASE("no correction comes twice, and every step has another permutation") {
  using P = with_keys<ring64, 16>;
  transcript log;
  auto const x = tensor<ring64>({2, 3}, 5);
  run_parties<P>(recorded(log), [&](party& self) {
    auto const s = shared<P>(self, x);
    for (int run = 0; run < 2; ++run) {
      self.begin_run();
      for (int step = 0; step < 3; ++step) (void)P::relu(self, s);
    }
  });
  std::set<std::vector<std::byte>> keys;
  for (std::size_t server = 0; server < 2; ++server) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> windows;
    std::size_t count = 0, messages = 0;
    for (auto const& m : log.on(producer, server)) {
      if (to_string(m.tag.name) != "relu") continue;
      ++messages;
      if (server == 1) keys.insert({m.bytes.begin(), m.bytes.begin() + 16});
      for (std::size_t at = 0; at + 16 <= m.bytes.size(); ++at, ++count)
        windows.insert({load<std::uint64_t>(m.bytes, at), load<std::uint64_t>(m.bytes, at + 8)});
    }
    CHECK(messages == 6);
    CHECK(windows.size() == count);
  }
  CHECK(keys.size() == 6);
}

TEST_CASE("keys for many numbers travel in several messages") {
  using P = with_keys<ring32, 8, 20>;
  for (std::size_t const n :
       {pond_policy::keys_in_a_message - 1, pond_policy::keys_in_a_message, 2 * pond_policy::keys_in_a_message + 77}) {
    CAPTURE(n);
    auto const x = numbers<ring32>(n, 20);
    auto const spent =
        expect<P>(relu_of<P>(), {x}, plain::each(x, [](auto w) { return ring32::to_signed(w) >= 0 ? w : 0; }));
    CHECK(spent.rounds == 1);
  }
}

TEST_CASE("costs, by hand") {
  shape_type const shape{640};
  constexpr std::size_t n = 640;
  auto const dealt = [](std::size_t low, std::size_t bytes) {
    return 2 * (low * (16 * n + n / 8) + (low + 1) * bytes * n) + 16;
  };
  using P = with_keys<ring64, 16>;
  using narrow = with_keys<ring64, 16, 32>;
  CHECK(P::is_nonnegative_cost(shape) == cost{.rounds = 1, .dealt = dealt(63, 8), .servers = 16 * n});
  CHECK(P::relu_cost(shape) == cost{.rounds = 1, .dealt = dealt(63, 16), .servers = 16 * n});
  CHECK(P::truncate_relu_cost(shape, 16) == cost{.rounds = 1, .dealt = dealt(62 - 16, 18) + 10 * n, .servers = 16 * n});
  CHECK(P::truncate_relu_cost(shape, 20) == cost{.rounds = 1, .dealt = dealt(62 - 20, 19) + 12 * n, .servers = 16 * n});
  CHECK(narrow::is_nonnegative_cost(shape) == cost{.rounds = 1, .dealt = dealt(31, 8), .servers = 16 * n});
  CHECK(narrow::relu_cost(shape) == cost{.rounds = 1, .dealt = dealt(31, 16), .servers = 16 * n});
  CHECK(narrow::truncate_relu_cost(shape, 16) == cost{.rounds = 1, .dealt = dealt(31 - 16, 18) + 10 * n, .servers = 16 * n});
}

TEST_CASE("keys are dealt ahead of the number, and serve one run") {
  using P = with_keys<ring64, 16>;
  auto const x = numbers<ring64>(70, 40);
  auto const expected = plain::each(x, [](auto w) { return ring64::to_signed(w) >= 0 ? w : 0; });
  auto const parts = run_parties<P>({}, [&](party& self) {
    std::optional<tensor<ring64>> result;
    self.make_ahead([&] { (void)P::relu(self, typename P::share_type(x.shape())); });
    auto const s = shared<P>(self, x);
    auto const before = self.spent();
    self.use_ahead([&] { result = P::output(self, client_id, P::relu(self, s)); });
    CHECK((self.spent() - before).sent(phase::offline).bytes == 0);
    CHECK_THROWS_AS(self.use_ahead([&] { (void)P::relu(self, s); }), bad_argument);
    return result;
  });
  CHECK(parts[client_id] == expected);
}

TEST_CASE("names") {
  CHECK(with_keys<ring64, 16>::name() == "pond<ring64, 16, assisted, comparison_keys>");
  CHECK(with_keys<ring64, 16, 32>::name() == "pond<ring64, 16, assisted, comparison_keys<32>>");
}

}  // namespace koi::testing
