// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/compare_model.hpp"
#include "tests/support/recording_channel.hpp"
#include "tests/support/statistics.hpp"

#include <doctest/doctest.h>

/// What the player who deals gets to see: Pond's producer nothing, SecureNN's server2 the rows of
/// PrivateCompare and from them beta' alone.
namespace koi::testing {

namespace {

constexpr std::size_t helper = 2;

/// Every operation once, on a few numbers.
template <ComparingProtocol P>
void everything(party& self) {
  using R = typename P::ring;
  tensor<R> const x({2, 2}, {0, 1, R::neg(1), R::power(20)});
  private_tensor<P> const a(self, shared<P>(self, x)), b(self, shared<P>(self, x, 4)),
      at_server(self, shared<P>(self, x, 0));
  auto const product = matmul(a, b) * at_server;
  (void)P::output(self, 4, relu(product).share());
  (void)P::output(self, 1, P::truncate_relu(self, a.share(), 4));
  (void)P::output(self, 3, argmax(a, 1).share());
  (void)P::output(self, 3, reduce_max(a, 0).share());
  (void)P::output(self, 3, sigmoid(square(b)).share());
  (void)P::reveal(self, (a / 3.0 - 2).share());
}

/// Bytes that server2 receives during an operation on `shape`, and the kinds of messages.
template <class P, class Op>
std::vector<message> received_by_helper(shape_type const& shape, Op op) {
  using R = typename P::ring;
  transcript log;
  run_parties<P>(recorded(log),
                 [&](party& self) { op(self, private_tensor<P>(self, shared<P>(self, tensor<R>(shape, 1)))); });
  return log.received_by(helper);
}

/// What server2 has of n comparisons of a 64-bit ReLU: received rows, what it dealt, its masks.
struct helper_view {
  static constexpr std::size_t bits = 63;
  static constexpr unsigned p = 67;
  std::size_t n = 0;
  std::vector<std::uint8_t> row0, row1, dealt;  ///< [bit][number]
  std::vector<std::uint64_t> r;

  [[nodiscard]] unsigned sum(std::size_t b, std::size_t i) const { return (row0[b * n + i] + row1[b * n + i]) % p; }
};

template <class Comparison>
helper_view helper_sees(std::uint64_t input, std::uint64_t seed) {
  using P = securenn<ring64, 16, assisted, Comparison>;
  helper_view view;
  view.n = 4096;
  transcript log;
  run_parties<P>(recorded(log, seed),
                 [&](party& self) { (void)P::relu(self, shared<P>(self, tensor<ring64>({view.n}, input))); });
  auto const flat = [&](std::vector<message> const& link) {
    auto const size = view.n * helper_view::bits;
    auto const at = std::find_if(link.begin(), link.end(), [&](message const& m) { return m.bytes.size() == size; });
    REQUIRE(at != link.end());
    std::vector<std::uint8_t> out(size);
    for (std::size_t i = 0; i < view.n; ++i)
      for (std::size_t b = 0; b < helper_view::bits; ++b)
        out[b * view.n + i] = static_cast<std::uint8_t>(at->bytes[i * helper_view::bits + b]);
    return out;
  };
  // all that it receives
  REQUIRE(log.received_by(helper).size() == 2);
  REQUIRE(byte_count(log.received_by(helper)) == 2 * view.n * helper_view::bits);
  view.row0 = flat(log.on(0, helper));
  view.row1 = flat(log.on(1, helper));
  view.dealt = flat(log.on(helper, 1));
  auto const number = log.on(0, helper)[0].tag.operation;
  auto from0 = common_stream(seed, helper, 0, "r", number), from1 = common_stream(seed, helper, 1, "r", number);
  auto const r = uniform<ring64>(from0, {view.n}) + uniform<ring64>(from1, {view.n});
  view.r.assign(r.data(), r.data() + r.size());
  return view;
}

using histogram = std::vector<std::uint32_t>;

/// Everything that is counted in a view: each statistic a histogram.
std::vector<std::pair<std::string, histogram>> statistics(helper_view const& v) {
  constexpr auto bits = helper_view::bits;
  constexpr auto p = helper_view::p;
  std::vector<std::pair<std::string, histogram>> all;
  auto const count = [&](std::string name, std::size_t cells, auto cell) {
    histogram h(cells);
    for (std::size_t i = 0; i < v.n; ++i) {
      auto const at = cell(i);
      if (at < cells) ++h[at];
    }
    all.emplace_back(std::move(name), std::move(h));
  };
  std::vector<std::size_t> zero_at(v.n, bits), zeros(v.n);
  for (std::size_t i = 0; i < v.n; ++i)
    for (std::size_t b = 0; b < bits; ++b)
      if (v.sum(b, i) == 0) {
        zero_at[i] = b;
        ++zeros[i];
      }
  count("beta'", 2, [&](std::size_t i) { return zeros[i]; });
  count("place of the zero", bits, [&](std::size_t i) { return zero_at[i]; });
  for (std::size_t b = 0; b < bits; ++b) {
    auto const at = std::to_string(b);
    count("row 0 at " + at, p, [&](std::size_t i) { return v.row0[b * v.n + i]; });
    count("row 1 at " + at, p, [&](std::size_t i) { return v.row1[b * v.n + i]; });
    for (std::size_t answer = 0; answer < 2; ++answer)
      count("sum at " + at + " given beta'", p - 1,
            [&](std::size_t i) -> std::size_t { return zeros[i] == answer ? v.sum(b, i) - 1u : p; });
    // with what it knows: bits of its mask, and the shares that it dealt
    count("beta' and bit of r at " + at, 4, [&](std::size_t i) { return zeros[i] * 2 + (v.r[i] >> b & 1); });
    count("zero among the low half and bit of r at " + at, 4, [&](std::size_t i) -> std::size_t {
      return zeros[i] == 0 ? 4 : std::size_t{zero_at[i] < bits / 2} * 2 + (v.r[i] >> b & 1);
    });
    for (std::size_t k = 0; k < bits; ++k) {
      count("row 1 at " + at + " less share " + std::to_string(k), p,
            [&](std::size_t i) { return (v.row1[b * v.n + i] + p - v.dealt[k * v.n + i]) % p; });
    }
  }
  return all;
}

/// How often a received quotient is one of the four that the dealt shares of the highest bit of
/// number `dealt_for(i)` foretell, for r's highest bit and beta: a histogram over numbers.
template <class F>
histogram quotients_foretold(helper_view const& v, F dealt_for) {
  constexpr auto p = helper_view::p;
  constexpr auto top = helper_view::bits - 1;
  histogram h(helper_view::bits + 1);
  for (std::size_t i = 0; i < v.n; ++i) {
    auto const of = dealt_for(i);
    unsigned const x1 = v.dealt[top * v.n + of], x0 = (static_cast<unsigned>(v.r[of] >> top & 1) + p - x1) % p;
    std::array<std::pair<unsigned, unsigned>, 4> const expected{
        {{p - x0, p + 1 - x1}, {p - x0, p + 2 - x1}, {x0, x1 + 1}, {x0, x1}}};
    std::size_t hits = 0;
    for (std::size_t b = 0; b < helper_view::bits; ++b) {
      unsigned const y0 = v.row0[b * v.n + i], y1 = v.row1[b * v.n + i];
      hits += std::any_of(expected.begin(), expected.end(),
                          [&](auto const& c) { return y0 * c.second % p == y1 * c.first % p; });
    }
    ++h[hits];
  }
  return h;
}

struct verdict {
  double worst_from_uniform = 0;
  double worst_between = 0;
  double own_shares_foretell = 0;  ///< quotients that the own dealt shares foretell, against another number's
  std::string where;
};

/// Two views of different inputs: against each other, and, for what must be uniform, against that.
verdict judge(helper_view const& a, helper_view const& b) {
  auto const of_a = statistics(a), of_b = statistics(b);
  verdict out;
  auto const note = [&](double& worst, double now, std::string const& name) {
    if (now > worst) {
      worst = now;
      out.where = name;
    }
  };
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    note(out.worst_between, between(of_a[i].second, of_b[i].second), of_a[i].first);
    if (of_a[i].first.find("zero among") == 0) continue;  // 31 of 63 places: not one half
    note(out.worst_from_uniform, from_uniform(of_a[i].second), of_a[i].first);
    note(out.worst_from_uniform, from_uniform(of_b[i].second), of_b[i].first);
  }
  for (auto const* view : {&a, &b})
    note(out.own_shares_foretell,
         between(quotients_foretold(*view, [](std::size_t i) { return i; }),
                 quotients_foretold(*view, [&](std::size_t i) { return (i + 1) % view->n; })),
         "quotients");
  return out;
}

constexpr double limit = 8;  // some nine thousand statistics a test, with the long tail of chi-square

}  // namespace

TEST_CASE_TEMPLATE("Pond's producer receives no message, whatever is computed", P, pond<ring64, 16>,
                   pond<ring64, 16, local>) {
  transcript log;
  run_parties<P>(recorded(log), everything<P>);
  CHECK(log.received_by(helper).empty());
  CHECK(log.on(helper, 1).size() > 10);  // it did deal
  CHECK(log.on(helper, 0).empty());      // server 0 draws from its seed
  for (std::size_t owner = 3; owner < 5; ++owner) CHECK(log.on(helper, owner).empty());
  for (auto const& m : log.on(helper, 1)) CHECK(m.tag.ph == phase::offline);
}

TEST_CASE("server2 receives nothing for linear operations, truncation, input and output") {
  using P = securenn<ring64, 16>;
  auto const nothing = [](auto op) { CHECK(received_by_helper<P>({2, 2}, op).empty()); };
  nothing([](party&, auto const&) {});
  nothing([](party&, auto const& x) { (void)matmul(x, x); });
  nothing([](party&, auto const& x) { (void)(x * x); });
  nothing([](party& self, auto const& x) { (void)P::truncate(self, x.share(), 3); });
  nothing([](party& self, auto const& x) { (void)P::output(self, 3, x.share()); });
  nothing([](party& self, auto const& x) { (void)P::reveal(self, x.share()); });
}

TEST_CASE("server2 receives the rows of PrivateCompare and not a byte more") {
  using P = securenn<ring64, 16>;
  auto const rows = [](std::string_view operation, std::vector<std::size_t> const& bytes, auto op) {
    auto const got = received_by_helper<P>({5}, op);
    REQUIRE(got.size() == 2 * bytes.size());
    for (std::size_t i = 0; i < got.size(); ++i) {  // server 0's messages, then server 1's
      CHECK(to_string(got[i].tag.name) == operation);
      CHECK(got[i].tag.ph == phase::online);
      CHECK(got[i].bytes.size() == bytes[i % bytes.size()]);
    }
  };
  rows("relu", {5 * 63}, [](party&, auto const& x) { (void)relu(x); });
  rows("compare", {5 * 63}, [](party&, auto const& x) { (void)is_nonnegative(x); });
  rows("truncate_relu", {5 * (62 - 4)}, [](party& self, auto const& x) { (void)P::truncate_relu(self, x.share(), 4); });
  rows("compare", {2 * 63, 63, 63}, [](party&, auto const& x) { (void)argmax(x, 0); });
  rows("relu", {2 * 63, 63, 63}, [](party&, auto const& x) { (void)reduce_max(x, 0); });
  rows("compare", {5 * 6 * 63}, [](party&, auto const& x) { (void)sigmoid(x); });
}

TEST_CASE("as published, server2 receives in addition one masked word from each server") {
  using P = securenn<ring64, 16, assisted, securenn_policy::as_published>;
  auto const got = received_by_helper<P>({5}, [](party&, auto const& x) { (void)relu(x); });
  REQUIRE(got.size() == 6);
  for (std::size_t server = 0; server < 2; ++server) {
    CHECK(to_string(got[3 * server].tag.name) == "share_convert");
    CHECK(got[3 * server].bytes.size() == 5 * 8);
    CHECK(to_string(got[3 * server + 1].tag.name) == "share_convert");
    CHECK(got[3 * server + 1].bytes.size() == 5 * 64);
    CHECK(to_string(got[3 * server + 2].tag.name) == "compute_msb");
    CHECK(got[3 * server + 2].bytes.size() == 5 * 64);
  }
}

TEST_CASE("server2's view has one distribution for all inputs, alone and with what it dealt") {
  using securenn_policy::three_round;
  auto const zero = helper_sees<three_round<>>(0, 1);
  std::uint64_t seed = 2;
  for (auto const input :
       {std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 62, std::uint64_t{0} - (std::uint64_t{1} << 62)}) {
    auto const found = judge(zero, helper_sees<three_round<>>(input, seed++));
    INFO("input ", input, ": ", found.where);
    CHECK(found.worst_from_uniform < limit);
    CHECK(found.worst_between < limit);
    CHECK(found.own_shares_foretell < limit);
  }
}

TEST_CASE("that test sees comparisons with a flaw") {
  auto const small = std::uint64_t{1}, large = std::uint64_t{1} << 62;
  SUBCASE("no refresh") {
    auto const found =
        judge(helper_sees<modelled<flaw::no_refresh>>(small, 1), helper_sees<modelled<flaw::no_refresh>>(large, 2));
    CHECK(found.own_shares_foretell > 2 * limit);
  }
  SUBCASE("no rotation") {
    auto const found =
        judge(helper_sees<modelled<flaw::no_rotation>>(small, 1), helper_sees<modelled<flaw::no_rotation>>(large, 2));
    CHECK(found.worst_between > 2 * limit);
    CHECK(found.worst_from_uniform > 2 * limit);
  }
  SUBCASE("one s for all") {
    auto const found = judge(helper_sees<modelled<flaw::factor_reused>>(small, 1),
                             helper_sees<modelled<flaw::factor_reused>>(large, 2));
    CHECK(found.worst_from_uniform > limit);
  }
  SUBCASE("none: the model is no different") {
    auto const found = judge(helper_sees<modelled<flaw::none>>(small, 1), helper_sees<modelled<flaw::none>>(large, 2));
    CHECK(found.worst_from_uniform < limit);
    CHECK(found.worst_between < limit);
    CHECK(found.own_shares_foretell < limit);
  }
}

}  // namespace koi::testing
