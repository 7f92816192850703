// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "perform.hpp"

/// What needs no communication, and the ways in and out.
namespace koi::testing {

/// Ranks 0 to 4, equal and broadcasting, with and without elements.
inline std::vector<std::pair<shape_type, shape_type>> const shapes_that_combine{
    {{}, {}},           {{5}, {5}},          {{4}, {}},        {{2, 3}, {3}},        {{3, 1}, {2, 1, 4}},
    {{2, 2, 1, 3}, {2, 2, 3, 1}}, {{2, 1, 2, 2}, {1, 3, 1, 1}}, {{0}, {0}}, {{2, 0, 3}, {3}}, {{1}, {0, 1}}};
/// Of a matrix product.
inline std::vector<std::pair<shape_type, shape_type>> const shapes_that_multiply{
    {{2, 3}, {3, 4}}, {{1, 1}, {1, 1}}, {{3}, {3, 2}},    {{2, 2, 3}, {3, 1}},
    {{2, 1, 2, 3}, {3, 2}}, {{0, 3}, {3, 2}}, {{2, 0}, {0, 3}}, {{2, 3}, {3, 0}}, {{17, 33}, {33, 9}}};

template <Protocol P>
void inputs_and_outputs() {
  using R = typename P::ring;
  for (shape_type const& shape : {shape_type{}, {7}, {2, 3}, {2, 1, 3}, {2, 2, 2, 2}, {0}, {3, 0}}) {
    CAPTURE(to_string(shape));
    auto const x = plain::sample<R>(shape, 3);
    for (std::size_t const owner : {std::size_t{0}, std::size_t{1}, owner_id, client_id}) {
      CAPTURE(owner);
      std::array<int, 5> calls{};
      expect<P>({.run = [&](party& self, shares<P>&) {
                   return P::input(self, owner, shape, [&] {
                     ++calls[self.id()];
                     return x;
                   });
                 },
                 .declared = [&](party& self, shares<P>&) { return P::input_cost(self, owner, shape); }},
                {}, x);
      for (std::size_t player = 0; player < calls.size(); ++player) CHECK(calls[player] == (player == owner ? 1 : 0));

      std::array<std::optional<words<P>>, 5> got;
      expect<P>({.run = [&](party& self, shares<P>& s) {
                   got[self.id()] = P::output(self, owner, s[0]);
                   return s[0];
                 },
                 .declared = [&](party& self, shares<P>&) { return P::output_cost(self, owner, shape); }},
                {x}, x);
      for (std::size_t player = 0; player < got.size(); ++player) CHECK(got[player].has_value() == (player == owner));
      CHECK(got[owner] == x);
    }
    std::array<std::optional<words<P>>, 5> seen;
    expect<P>({.run = [&](party& self, shares<P>& s) {
                 seen[self.id()] = P::reveal(self, s[0]);
                 return s[0];
               },
               .declared = [&](party&, shares<P>&) { return P::reveal_cost(shape); }},
              {x}, x);
    for (std::size_t player = 0; player < seen.size(); ++player) CHECK(seen[player].has_value() == (player < 2));
    CHECK(seen[0] == x);
    CHECK(seen[1] == x);
  }
}

template <Protocol P>
void sums() {
  using R = typename P::ring;
  for (auto const& [left, right] : shapes_that_combine) {
    CAPTURE(to_string(left));
    CAPTURE(to_string(right));
    auto const a = plain::sample<R>(left, 11), b = plain::sample<R>(right, 12);
    auto const at_servers = [](party& self, words<P> const& t) { return self.is_server() ? t : words<P>(); };
    auto const sum = plain::zip(a, b, [](auto x, auto y) { return R::add(x, y); });
    auto const product = plain::zip(a, b, [](auto x, auto y) { return R::mul(x, y); });
    expect<P>({.run = [](party&, shares<P>& s) { return P::add(s[0], s[1]); }}, {a, b}, sum);
    expect<P>({.run = [](party&, shares<P>& s) { return P::sub(s[0], s[1]); }}, {a, b},
              plain::zip(a, b, [](auto x, auto y) { return R::sub(x, y); }));
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::add_public(self, s[0], at_servers(self, b), right); }}, {a}, sum);
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::add_public(self, s[0], at_servers(self, a), left); }}, {b}, sum);
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::mul_public(s[0], at_servers(self, b), right); }}, {a}, product);
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::mul_public(s[0], at_servers(self, a), left); }}, {b}, product);
    expect<P>({.run = [](party&, shares<P>& s) { return P::neg(s[0]); }}, {a}, plain::each(a, [](auto x) { return R::neg(x); }));
    for (typename R::value_type const factor : {R::power(0), R::neg(3), R::power(R::bits - 1), R::power(R::bits)})
      expect<P>({.run = [&](party&, shares<P>& s) { return P::scale(s[0], factor); }}, {a},
                plain::each(a, [&](auto x) { return R::mul(x, factor); }));
    for (std::size_t axis = 0; axis < left.size(); ++axis)
      expect<P>({.run = [&](party&, shares<P>& s) { return P::reduce_sum(s[0], axis); }}, {a}, plain::reduce_sum(a, axis));
    expect<P>({.run = [](party&, shares<P>& s) { return P::reduce_sum(s[0]); }}, {a},
              plain::reduce_sum(plain::gather(a, {a.size()}, [&](shape_type const& i) { return plain::index_at(left, i[0]); }), 0));
  }
  for (auto const& [left, right] : shapes_that_multiply) {
    CAPTURE(to_string(left));
    CAPTURE(to_string(right));
    auto const a = plain::sample<R>(left, 13), b = plain::sample<R>(right, 14);
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::matmul_public(s[0], self.is_server() ? b : words<P>(), right); }},
              {a}, plain::matmul(a, b));
    expect<P>({.run = [&](party& self, shares<P>& s) { return P::matmul_public(self.is_server() ? a : words<P>(), left, s[0]); }},
              {b}, plain::matmul(a, b));
  }
}

/// A change of shape: of one value, as a protocol does it and as a reference does.
template <Protocol P>
struct rearrangement {
  std::string name;
  shape_type of;
  std::function<typename P::share_type(typename P::share_type const&)> secret;
  std::function<words<P>(words<P> const&)> plain;
};

template <Protocol P>
std::vector<rearrangement<P>> rearrangements() {
  using S = typename P::share_type;
  using T = words<P>;
  auto const reshape = [](shape_type const& from, shape_type const& to) {
    return rearrangement<P>{"reshape", from, [=](S const& s) { return P::reshape(s, to); },
                            [=](T const& t) {
                              return plain::gather(t, to, [&](shape_type const& i) { return plain::index_at(from, plain::flat_at(to, i)); });
                            }};
  };
  auto const transpose = [](shape_type const& from, std::vector<std::size_t> const& axes, std::vector<std::size_t> const& given) {
    shape_type to;
    for (auto const axis : axes) to.push_back(from[axis]);
    return rearrangement<P>{"transpose", from, [=](S const& s) { return P::transpose(s, given); },
                            [=](T const& t) {
                              return plain::gather(t, to, [&](shape_type const& i) {
                                shape_type source(i.size());
                                for (std::size_t k = 0; k < i.size(); ++k) source[axes[k]] = i[k];
                                return source;
                              });
                            }};
  };
  auto const slice = [](shape_type const& from, std::vector<range> const& ranges, shape_type const& to) {
    return rearrangement<P>{"slice", from, [=](S const& s) { return P::slice(s, ranges); },
                            [=](T const& t) {
                              return plain::gather(t, to, [&](shape_type i) {
                                for (std::size_t k = 0; k < ranges.size(); ++k) i[k] = ranges[k].begin + i[k] * ranges[k].step;
                                return i;
                              });
                            }};
  };
  auto const broadcast = [](shape_type const& from, shape_type const& to) {
    return rearrangement<P>{"broadcast", from, [=](S const& s) { return P::broadcast(s, to); },
                            [=](T const& t) { return plain::broadcast(t, to); }};
  };
  return {reshape({2, 6}, {3, 2, 2}),
          reshape({}, {1, 1, 1, 1}),
          reshape({0, 3}, {2, 0}),
          transpose({2, 3}, {1, 0}, {}),
          transpose({2, 3, 4}, {2, 0, 1}, {2, 0, 1}),
          transpose({2, 1, 3, 2}, {3, 2, 1, 0}, {}),
          transpose({0, 2}, {1, 0}, {1, 0}),
          slice({7}, {{1, 6, 2}}, {3}),
          slice({3, 4}, {{0, 3, 2}, {1, 3}}, {2, 2}),
          slice({4, 2, 2}, {{2, 3}}, {1, 2, 2}),
          slice({4, 2}, {{2, 2}}, {0, 2}),
          broadcast({3, 1}, {2, 3, 4}),
          broadcast({}, {2, 2}),
          broadcast({1}, {0})};
}

template <Protocol P>
void changes_of_shape() {
  using R = typename P::ring;
  for (auto const& r : rearrangements<P>()) {
    CAPTURE(r.name);
    CAPTURE(to_string(r.of));
    auto const x = plain::sample<R>(r.of, 21);
    expect<P>({.run = [&](party&, shares<P>& s) { return r.secret(s[0]); }}, {x}, r.plain(x));
  }
  for (auto const& [left, right, axis] : std::vector<std::tuple<shape_type, shape_type, std::size_t>>{
           {{2}, {3}, 0}, {{2, 3}, {1, 3}, 0}, {{2, 3}, {2, 2}, 1}, {{2, 1, 2}, {2, 3, 2}, 1}, {{2, 0}, {2, 2}, 1}, {{1, 1, 2, 2}, {1, 1, 2, 1}, 3}}) {
    auto const a = plain::sample<R>(left, 22), b = plain::sample<R>(right, 23);
    expect<P>({.run = [axis = axis](party&, shares<P>& s) { return P::concat({s[0], s[1]}, axis); }}, {a, b}, plain::concat(a, b, axis));
  }
  for (std::size_t axis = 0; axis <= 2; ++axis) {
    auto const a = plain::sample<R>({2, 3}, 24), b = plain::sample<R>({2, 3}, 25);
    shape_type wide{2, 3};
    wide.insert(wide.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    auto const expanded = [&](words<P> const& t) { return t.reshaped(wide); };
    expect<P>({.run = [&](party&, shares<P>& s) { return P::stack({s[0], s[1]}, axis); }}, {a, b},
              plain::concat(expanded(a), expanded(b), axis));
  }
}

}  // namespace koi::testing
