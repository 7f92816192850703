// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/arrangement.hpp>

#include "plain_maps.hpp"

namespace koi::testing {

namespace {

using list = std::vector<std::size_t>;

/// An arrangement of a private and of a public tensor: both give the expected numbers for nothing, and a product
/// of the private one opens nothing again.
template <Protocol P, class Op>
void arranges(party& self, char const* name, shape_type const& shape, Op op, std::function<plain_tensor(plain_tensor const&)> plainly,
              bool mask_follows = true) {
  CAPTURE(name);
  CAPTURE(to_string(shape));
  using T = tensor<typename P::ring>;
  auto const a = some(shape, 1);
  auto const expected = plainly(a);
  auto const x = secret<P>(self, a);
  auto const p = known<P>(self, a);
  auto const before = self.spent();
  auto const fresh = op(x);
  auto const open = op(p);
  CHECK(self.spent() == before);
  check_near(fresh, expected, 0);
  check_near(open, expected, 0);
  CHECK(open.known() == self.is_server());

  (void)P::square(self, x.share());
  auto const y = op(x);
  auto const here = self.spent();
  auto const product = P::mul(self, y.share(), y.share());
  if (mask_follows) CHECK((self.spent() - here).sent(phase::online).bytes == 0);
  if (auto const words = P::output(self, client_id, product)) {
    auto const e = encode<typename P::fixed>(expected, "test");
    T squares(e.shape());
    for (std::size_t i = 0; i < e.size(); ++i) squares[i] = P::ring::mul(e[i], e[i]);
    CHECK(*words == squares);
  }
}

/// Positions are read from other positions.
auto from(shape_type const& to, std::function<shape_type(shape_type)> source) {
  return [=](plain_tensor const& x) { return gathered(x, to, source); };
}
auto reshaped(shape_type const& to) {
  return [=](plain_tensor const& x) {
    return gathered(x, to, [&](shape_type const& i) {
      return plain::index_at(shape_type(x.shape().begin(), x.shape().end()), plain::flat_at(to, i));
    });
  };
}

}  // namespace

TEST_CASE_TEMPLATE("axes come, go and change places", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const reshape_to = [&](shape_type const& shape, shape_type const& to) {
      arranges<P>(self, "reshape", shape, [&](auto const& t) { return reshape(t, to); }, reshaped(to));
    };
    reshape_to({2, 6}, {3, 1, 4});
    reshape_to({1, 1}, {});
    reshape_to({0, 3}, {2, 0});
    auto const expand = [&](shape_type const& shape, std::size_t axis, shape_type const& to) {
      arranges<P>(self, "expand_dims", shape, [&](auto const& t) { return expand_dims(t, axis); }, reshaped(to));
    };
    expand({2, 3}, 0, {1, 2, 3});
    expand({2, 3}, 2, {2, 3, 1});
    expand({}, 0, {1});
    auto const squeeze_to = [&](shape_type const& shape, list const& axes, shape_type const& to) {
      arranges<P>(self, "squeeze", shape, [&](auto const& t) { return squeeze(t, axes); }, reshaped(to));
    };
    squeeze_to({1, 2, 1, 3, 1}, {}, {2, 3});
    squeeze_to({1, 2, 1, 3, 1}, {4, 0}, {2, 1, 3});
    squeeze_to({2, 3}, {}, {2, 3});
    squeeze_to({1, 0}, {0}, {0});
    squeeze_to({1, 1}, {}, {});
    arranges<P>(self, "transpose", {2, 3, 4}, [](auto const& t) { return transpose(t, {2, 0, 1}); },
                from({4, 2, 3}, [](shape_type i) { return shape_type{i[1], i[2], i[0]}; }));
    arranges<P>(self, "transpose", {2, 3}, [](auto const& t) { return transpose(t); },
                from({3, 2}, [](shape_type i) { return shape_type{i[1], i[0]}; }));
    arranges<P>(self, "transpose", {0, 3}, [](auto const& t) { return transpose(t); }, reshaped({3, 0}));
    arranges<P>(self, "broadcast_to", {3, 1}, [](auto const& t) { return broadcast_to(t, {2, 3, 4}); },
                from({2, 3, 4}, [](shape_type i) { return shape_type{i[1], 0}; }));
    arranges<P>(self, "broadcast_to", {}, [](auto const& t) { return broadcast_to(t, {2, 2}); },
                from({2, 2}, [](shape_type) { return shape_type{}; }));
  });
}

TEST_CASE_TEMPLATE("elements by public positions", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    arranges<P>(self, "slice", {4, 5}, [](auto const& t) { return slice(t, {{1, 3}, {0, 5, 2}}); },
                from({2, 3}, [](shape_type i) { return shape_type{i[0] + 1, 2 * i[1]}; }));
    arranges<P>(self, "slice", {4, 2}, [](auto const& t) { return slice(t, {{2, 2}}); }, reshaped({0, 2}));
    auto const gather_along = [&](shape_type const& shape, list const& indices, std::size_t axis) {
      arranges<P>(self, "gather", shape, [&](auto const& t) { return gather(t, indices, axis); },
                  from(with_extent(shape, axis, indices.size()), [&](shape_type i) {
                    i[axis] = indices[i[axis]];
                    return i;
                  }));
    };
    gather_along({4, 3}, {3, 0, 0}, 0);
    gather_along({2, 3, 2}, {2, 1, 2, 0}, 1);
    gather_along({2, 3}, {}, 1);
    gather_along({3, 0}, {1, 1}, 0);
    auto const reverse_along = [&](shape_type const& shape, list const& axes, list const& all) {
      arranges<P>(self, "reverse", shape, [&](auto const& t) { return reverse(t, axes); },
                  from(shape, [&](shape_type i) {
                    for (auto const axis : all) i[axis] = shape[axis] - 1 - i[axis];
                    return i;
                  }));
    };
    reverse_along({2, 3}, {}, {0, 1});
    reverse_along({2, 3, 2}, {2, 0}, {0, 2});
    reverse_along({}, {}, {});
    reverse_along({0, 2}, {0}, {0});
    auto const tile_by = [&](shape_type const& shape, list const& repeats) {
      shape_type to;
      for (std::size_t i = 0; i < shape.size(); ++i) to.push_back(shape[i] * repeats[i]);
      arranges<P>(self, "tile", shape, [&](auto const& t) { return tile(t, repeats); }, from(to, [&](shape_type i) {
                    for (std::size_t axis = 0; axis < i.size(); ++axis) i[axis] %= shape[axis];
                    return i;
                  }));
    };
    tile_by({2, 3}, {2, 3});
    tile_by({2, 1, 2}, {1, 4, 1});
    tile_by({2}, {0});
    tile_by({}, {});
  });
}

TEST_CASE_TEMPLATE("padding, with zeros and with another value", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const pad_by = [&](shape_type const& shape, std::vector<pad_axis> const& widths, double value) {
      CAPTURE(value);
      arranges<P>(self, "pad", shape, [&](auto const& t) { return pad(t, widths, value); }, [&](plain_tensor const& x) {
        auto const inside = [&](auto&& numbers) {
          return scattered(numbers, pad_shape(shape, widths), [&](shape_type i) {
            for (std::size_t axis = 0; axis < i.size(); ++axis) i[axis] += widths[axis].before;
            return i;
          });
        };
        plain_tensor const ones = x * 0.0 + 1.0;
        return plain_tensor(inside(x) + (1.0 - inside(ones)) * value);
      }, value == 0);
    };
    for (double const value : {0.0, 2.5, -1.0}) {
      pad_by({2, 3}, {{1, 2}, {0, 3}}, value);
      pad_by({2, 2, 1}, {{0, 0}, {2, 0}, {1, 1}}, value);
      pad_by({0, 2}, {{1, 1}, {0, 1}}, value);
      pad_by({}, {}, value);
    }
  });
}

TEST_CASE_TEMPLATE("tensors are taken apart and joined", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    auto const part = [](shape_type const& to, std::size_t axis, std::size_t begin) {
      return from(to, [=](shape_type i) {
        i[axis] += begin;
        return i;
      });
    };
    arranges<P>(self, "split", {2, 5}, [](auto const& t) { return split(t, {2, 0, 3}, 1)[0]; }, part({2, 2}, 1, 0));
    arranges<P>(self, "split", {2, 5}, [](auto const& t) { return split(t, {2, 0, 3}, 1)[1]; }, part({2, 0}, 1, 2));
    arranges<P>(self, "split", {2, 5}, [](auto const& t) { return split(t, {2, 0, 3}, 1).at(2); }, part({2, 3}, 1, 2));
    arranges<P>(self, "split", {6, 2}, [](auto const& t) { return split(t, 3).at(2); }, part({2, 2}, 0, 4));
    arranges<P>(self, "split", {3}, [](auto const& t) { return split(t, {3}).at(0); }, part({3}, 0, 0));
    CHECK(split(secret<P>(self, some({6, 2}, 1)), 3).size() == 3);
    CHECK(split(known<P>(self, some({3}, 1)), {3}).size() == 1);

    auto const twice = [](shape_type const& to, std::size_t axis, std::size_t extent) {
      return from(to, [=](shape_type i) {
        i[axis] %= extent;
        return i;
      });
    };
    arranges<P>(self, "concat", {2, 3}, [](auto const& t) { return concat({t, t}); }, twice({4, 3}, 0, 2));
    arranges<P>(self, "concat", {2, 3}, [](auto const& t) { return concat({t, t, t}, 1); }, twice({2, 9}, 1, 3));
    arranges<P>(self, "concat", {0, 3}, [](auto const& t) { return concat({t, t}, 1); }, reshaped({0, 6}));
    for (std::size_t axis = 0; axis < 3; ++axis)
      arranges<P>(self, "stack", {2, 3}, [=](auto const& t) { return stack({t, t}, axis); },
                  from(expanded_shape({2, 3}, axis).at(axis) == 1 ? with_extent(expanded_shape({2, 3}, axis), axis, 2) : shape_type{},
                       [=](shape_type i) {
                         i.erase(i.begin() + static_cast<std::ptrdiff_t>(axis));
                         return i;
                       }));
    arranges<P>(self, "stack", {}, [](auto const& t) { return stack({t, t}); }, from({2}, [](shape_type) { return shape_type{}; }));
    auto const a = some({2, 1}, 2), b = some({2, 2}, 3);
    plain_tensor joined = plain_tensor::from_shape({2, 3});
    for (std::size_t i = 0; i < 6; ++i) joined.data()[i] = i % 3 == 0 ? a.data()[i / 3] : b.data()[i / 3 * 2 + i % 3 - 1];
    check_near(concat({secret<P>(self, a), secret<P>(self, b)}, 1), joined, 0);
    check_near(concat({known<P>(self, a), known<P>(self, b)}, 1), joined, 0);
  });
}

TEST_CASE_TEMPLATE("blocks of images become images, and back", P, KOI_TEST_PROTOCOLS) {
  using pads = std::array<pad_axis, 2>;
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, block, padding] : std::vector<std::tuple<shape_type, std::array<std::size_t, 2>, pads>>{
             {{2, 4, 6, 2}, {2, 3}, {}}, {{1, 3, 4, 1}, {2, 1}, {{{1, 0}, {0, 0}}}}, {{2, 5, 4, 3}, {3, 2}, {{{0, 1}, {1, 1}}}},
             {{2, 2, 3, 1}, {1, 1}, {}}, {{0, 4, 4, 1}, {2, 2}, {}}}) {
      auto const high = shape[1] + padding[0].before + padding[0].after, wide = shape[2] + padding[1].before + padding[1].after;
      shape_type const to{shape[0] * block[0] * block[1], high / block[0], wide / block[1], shape[3]};
      auto const n = shape[0];
      auto const place = [&](shape_type i) {
        auto const y = i[1] + padding[0].before, x = i[2] + padding[1].before;
        return shape_type{(y % block[0] * block[1] + x % block[1]) * n + i[0], y / block[0], x / block[1], i[3]};
      };
      arranges<P>(self, "space_to_batch", shape, [&](auto const& t) { return space_to_batch(t, block, padding); },
                  [&](plain_tensor const& x) { return scattered(x, to, place); });
      arranges<P>(self, "batch_to_space", to, [&](auto const& t) { return batch_to_space(t, block, padding); }, from(shape, place));
      auto const a = some(shape, 4);
      check_near(batch_to_space(space_to_batch(secret<P>(self, a), block, padding), block, padding), a, 0);
    }
  });
}

TEST_CASE_TEMPLATE("arrangements that cannot be are refused everywhere, and the session goes on", P, pond<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    auto const a = some({2, 3}, 5);
    auto const refuse = [&](auto const& x, auto const& images) {
      check_refused<shape_mismatch>(self, [&] { (void)reshape(x, {5}); }, "reshape: shapes [2,3] and [5] do not combine");
      check_refused<bad_argument>(self, [&] { (void)expand_dims(x, 3); }, "expand: shape [2,3] cannot take a new axis 3");
      check_refused<bad_argument>(self, [&] { (void)squeeze(x, {2}); }, "squeeze: axes [2] of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)squeeze(x, {1}); }, "squeeze: axis 1 of shape [2,3] is not of extent 1");
      check_refused<bad_argument>(self, [&] { (void)transpose(x, {0, 0}); }, "transpose: [0,0] is no permutation of the axes of [2,3]");
      check_refused<bad_argument>(self, [&] { (void)slice(x, {{0, 3}}); }, "slice: range 0:3:1 does not lie in axis 0 of shape [2,3]");
      check_refused<shape_mismatch>(self, [&] { (void)broadcast_to(x, {2, 4}); }, "broadcast_to: shapes [2,3] and [2,4] do not combine");
      check_refused<bad_argument>(self, [&] { (void)gather(x, {0, 2}); }, "take: there is no index 2 along axis 0 of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)gather(x, {0}, 2); }, "take: shape [2,3] has no axis 2");
      check_refused<bad_argument>(self, [&] { (void)reverse(x, {1, 1}); }, "reverse: axes [1, 1] of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)tile(x, {2}); }, "tile: 1 counts for shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)pad(x, {{1, 1}}); }, "pad: 1 axes of padding for shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)pad(x, {{~std::size_t{0}, 1}, {}}); }, "pad: widths are below 2^31");
      check_refused<bad_argument>(self, [&] { (void)split(x, {1, 3}, 1); }, "split: extents [1, 3] along axis 1 of shape [2,3]");
      check_refused<bad_argument>(self, [&] { (void)split(x, 2, 1); }, "split: axis 1 of shape [2,3] has no 2 equal parts");
      check_refused<bad_argument>(self, [&] { (void)split(x, 0, 1); }, "split: axis 1 of shape [2,3] has no 0 equal parts");
      check_refused<bad_argument>(self, [&] { (void)split(x, -1); }, "split: axis 0 of shape [2,3] has no -1 equal parts");
      check_refused<bad_argument>(self, [&] { (void)split(x, 2, 2); }, "split: shape [2,3] has no axis 2");
      check_refused<shape_mismatch>(self, [&] { (void)concat({x, transpose(x)}); }, "concat: shapes [2,3] and [3,2] do not combine");
      check_refused<bad_argument>(self, [&] { (void)concat({x, x}, 2); }, "concat: shape [2,3] has no axis 2");
      using T = std::remove_cvref_t<decltype(x)>;
      check_refused<bad_argument>(self, [&] { (void)stack(std::vector<T>()); }, "concat: there is nothing to join");
      check_refused<bad_argument>(self, [&] { (void)space_to_batch(x, {1, 1}); }, "space_to_batch: shapes [2,3] and [1,1] do not combine");
      check_refused<bad_argument>(self, [&] { (void)space_to_batch(images, {2, 0}); }, "space_to_batch: shapes [4,3,4,1] and [2,0] do not combine");
      check_refused<bad_argument>(self, [&] { (void)space_to_batch(images, {2, 2}); }, "space_to_batch: shapes [4,3,4,1] and [2,2] do not combine");
      check_refused<bad_argument>(self, [&] { (void)batch_to_space(images, {3, 1}); }, "batch_to_space: shapes [4,3,4,1] and [3,1] do not combine");
      check_refused<bad_argument>(self, [&] { (void)batch_to_space(images, {2, 2}, {{{3, 4}, {0, 0}}}); },
                                  "batch_to_space: the crop is larger than the 6 x 8 images");
    };
    auto const images = some({4, 3, 4, 1}, 6);
    auto const x = secret<P>(self, a);
    refuse(x, secret<P>(self, images));
    refuse(known<P>(self, a), known<P>(self, images));
    CHECK_THROWS_AS((void)pad(x, {{1, 1}, {}}, 1e30), out_of_range);
    check_near(reverse(x), gathered(a, {2, 3}, [](shape_type const& i) { return shape_type{1 - i[0], 2 - i[1]}; }), 0);
  });
}

}  // namespace koi::testing
