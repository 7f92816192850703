// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "perform.hpp"
#include "tests/support/plain_convolution.hpp"

#include <atomic>

/// Maps that a protocol does not know: linear ones, arrangements, and products under a bilinear map.
namespace koi::testing {

/// x is [2, 3], a map of it [2, 2]: sums over windows, as the library and as the reference do it.
inline window_axis const pairs_of_columns{2};
template <class R>
tensor<R> sums_of_pairs(tensor<R> const& x) {
  auto const part = [&](std::size_t first) {
    return plain::gather(x, {2, 2}, [&](shape_type at) {
      at[1] += first;
      return at;
    });
  };
  return plain::zip(part(0), part(1), [](auto a, auto b) { return R::add(a, b); });
}

/// x as [4, 5]: a border of zeros, and the columns 2, 0, 0 between.
template <class R>
tensor<R> framed(tensor<R> const& x) {
  return pad(take(x, 1, {2, 0, 0}), {{1, 1}, {1, 1}});
}
template <class R>
tensor<R> plain_framed(tensor<R> const& x) {
  tensor<R> out({4, 5}, 0);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t k = 0; k < 3; ++k) out[(i + 1) * 5 + k + 1] = x[i * 3 + (k == 0 ? 2 : 0)];
  return out;
}

/// A convolution: its shapes, and its numbers as the library and as the reference take them.
struct convolution {
  shape_type images, filters;
  plain::sliding how;
  std::size_t groups = 1;

  [[nodiscard]] window2d window() const {
    auto const axis = [&](std::size_t i) {
      auto const n = [](long v) { return static_cast<std::size_t>(v); };
      return window_axis{filters[i], n(how.stride[i]), n(how.dilation[i]), n(how.before[i]), n(how.after[i])};
    };
    return {axis(0), axis(1)};
  }
  [[nodiscard]] shape_type shape() const { return conv2d_shape(images, filters, window(), groups); }
};

inline std::vector<convolution> const convolutions{
    {{2, 5, 4, 2}, {3, 2, 2, 3}, {}},
    {{1, 5, 4, 2}, {2, 3, 2, 3}, {.stride = {2, 1}, .before = {1, 0}, .after = {0, 2}}},
    {{1, 5, 6, 4}, {2, 2, 2, 6}, {.dilation = {2, 1}, .before = {1, 1}, .after = {1, 1}}, 2},
    {{2, 4, 4, 3}, {3, 3, 1, 3}, {.stride = {1, 2}, .before = {1, 1}, .after = {1, 1}}, 3},
    {{1, 4, 4, 3}, {1, 2, 1, 6}, {}, 3},
    {{0, 5, 4, 2}, {3, 2, 2, 3}, {}},
    {{2, 5, 4, 0}, {3, 2, 0, 3}, {}}};

/// P::product under a convolution; `numbers` tells the step from others.
template <Protocol P>
typename P::share_type convolved(party& self, typename P::share_type const& x, typename P::share_type const& w,
                                 convolution const& c, shape_type const& numbers) {
  return P::product(
      self, "conv2d", x, w, c.shape(),
      [window = c.window(), groups = c.groups](auto& sum, auto const&... factors) { conv2d_add(window, groups, sum, factors...); },
      numbers);
}
template <Protocol P>
typename P::share_type convolved(party& self, typename P::share_type const& x, typename P::share_type const& w, convolution const& c) {
  return convolved<P>(self, x, w, c, c.window().numbers());
}

/// Linear maps give new values, arrangements the same one; both are free.
template <Protocol P>
void any_linear_map() {
  using R = typename P::ring;
  using S = typename P::share_type;
  constexpr std::uint64_t word = sizeof(typename R::value_type);
  auto const multiply = [](auto a, auto b) { return R::mul(a, b); };
  auto const x = plain::sample<R>({2, 3}, 61);
  auto const sums = [](S const& s) { return P::linear(s, {2, 2}, [](auto const& t) { return window_sums(t, 1, pairs_of_columns); }); };
  auto const frame = [](S const& s) { return P::rearrange(s, {4, 5}, 7, [](auto const& t) { return framed(t); }); };
  expect<P>({.run = [&](party&, shares<P>& s) { return sums(s[0]); }}, {x}, sums_of_pairs(x));
  expect<P>({.run = [&](party&, shares<P>& s) { return frame(s[0]); }}, {x}, plain_framed(x));
  auto const nothing = plain::sample<R>({0, 3}, 62);
  expect<P>({.run = [&](party&, shares<P>& s) {
              return P::rearrange(P::linear(s[0], {0, 3}, [](auto const& t) { return cumsum(t, 1); }), {0, 5}, 1,
                                  [](auto const& t) { return pad(t, {{}, {1, 1}}); });
            }},
            {nothing}, tensor<R>({0, 5}));

  for (bool const masked : {false, true}) {
    CAPTURE(masked);
    auto const square_after = [&](auto map) {
      return task<P>{.run = [](party& self, shares<P>& s) { return P::mul(self, s.back(), s.back()); },
                     .declared = [](party&, shares<P>& s) { return P::mul_cost(s.back(), s.back()); },
                     .before = [=](party& self, shares<P>& s) {
                       if (masked) (void)P::square(self, s[0]);
                       s.push_back(map(s[0]));
                     }};
    };
    auto const y = sums_of_pairs(x), z = plain_framed(x);
    CHECK(expect<P>(square_after(sums), {x}, plain::zip(y, y, multiply)) ==
          cost{.rounds = 1, .dealt = word * y.size(), .servers = 2 * word * y.size()});
    CHECK(expect<P>(square_after(frame), {x}, plain::zip(z, z, multiply)) ==
          cost{.rounds = masked ? 0u : 1u, .dealt = word * z.size(), .servers = masked ? 0 : 2 * word * z.size()});
  }
}

/// Each operand is opened once, however often it takes part; a word of the result is dealt.
template <Protocol P>
void any_product() {
  using R = typename P::ring;
  constexpr std::uint64_t word = sizeof(typename R::value_type);
  for (auto const& c : convolutions) {
    CAPTURE(to_string(c.images));
    CAPTURE(to_string(c.filters));
    auto const x = plain::sample<R>(c.images, 63), w = plain::sample<R>(c.filters, 64);
    auto const expected = plain::conv2d(x, w, c.how, c.groups);
    task<P> const once{.run = [&](party& self, shares<P>& s) { return convolved<P>(self, s[0], s[1], c); },
                       .declared = [&](party&, shares<P>& s) { return P::product_cost(s[0], s[1], c.shape()); }};
    CHECK(expect<P>(once, {x, w}, expected) ==
          cost{.rounds = 1, .dealt = word * expected.size(), .servers = 2 * word * (x.size() + w.size())});
    for (bool const both : {false, true}) {
      auto again = once;
      again.before = [&](party& self, shares<P>& s) { (void)(both ? convolved<P>(self, s[0], s[1], c) : P::square(self, s[1])); };
      CHECK(expect<P>(again, {x, w}, expected) ==
            cost{.rounds = both ? 0u : 1u, .dealt = word * expected.size(), .servers = both ? 0 : 2 * word * x.size()});
    }
  }
}

/// A prepared run does these steps too, and tells steps of the same shapes apart by their numbers.
template <Protocol P>
void any_map_in_prepared_runs() {
  using R = typename P::ring;
  using S = typename P::share_type;
  convolution const top{{1, 3, 3, 2}, {2, 2, 2, 3}, {.before = {1, 0}}}, bottom{{1, 3, 3, 2}, {2, 2, 2, 3}, {.after = {1, 0}}};
  REQUIRE(top.shape() == bottom.shape());
  auto const x = plain::sample<R>(top.images, 65), w = plain::sample<R>(top.filters, 66);
  auto const turned = [](S const& s, std::uint64_t how) { return P::rearrange(s, s.shape(), how, [](auto const& t) { return take(t, 1, {1, 0}); }); };

  auto const got = run_parties<P>({}, [&](party& self) {
    auto const weights = shared<P>(self, w);
    weights.make_lasting();
    std::optional<tensor<R>> out;
    auto const part = [&] {
      auto const s = shared<P>(self, x, client_id);
      auto const y = convolved<P>(self, s, turned(weights, 1), top);
      out = P::output(self, client_id, P::linear(y, y.shape(), [](auto const& t) { return cumsum(t, 3); }));
    };
    self.make_ahead(part);
    self.use_ahead(part);
    return out;
  });
  CHECK(got[client_id] == cumsum(plain::conv2d(x, take(w, 1, {1, 0}), top.how), 3));

  auto const attempt = [&](bool fits, auto prepared, auto used) {
    std::atomic<int> refused = 0, done = 0;
    run_parties<P>({}, [&](party& self) {
      auto const weights = shared<P>(self, w);
      weights.make_lasting();
      (void)P::square(self, weights);
      self.make_ahead([&] { prepared(self, shared<P>(self, x), weights); });
      try {
        self.use_ahead([&] { used(self, shared<P>(self, x), weights); });
        ++done;
      } catch (bad_argument const&) {
        ++refused;
      } catch (channel_error const&) {  // the other server refused first, or its frames are not those expected
      }
      self.close();
    });
    CHECK((refused > 0) == !fits);
    CHECK((done == 5) == fits);
  };
  auto const with = [](convolution const& c, shape_type const& numbers) {
    return [&c, numbers](party& self, S const& s, S const& weights) { (void)convolved<P>(self, s, weights, c, numbers); };
  };
  attempt(true, with(top, {1}), with(top, {1}));
  attempt(false, with(top, {1}), with(top, {2}));
  attempt(false, with(top, top.window().numbers()), with(bottom, bottom.window().numbers()));
  auto const arranged = [&](std::uint64_t how) {
    return [&turned, &top, how](party& self, S const& s, S const& weights) { (void)convolved<P>(self, s, turned(weights, how), top); };
  };
  attempt(true, arranged(1), arranged(1));
  attempt(false, arranged(1), arranged(2));
}

/// The three together.
template <Protocol P>
void maps_of_all_kinds() {
  any_linear_map<P>();
  any_product<P>();
  any_map_in_prepared_runs<P>();
}

}  // namespace koi::testing
