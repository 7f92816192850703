// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/extrema.hpp>

#include "grids.hpp"

namespace koi::testing {

namespace {

/// f of the numbers along one axis, which disappears.
template <class F>
plain_tensor along_axis(plain_tensor const& x, std::size_t axis, F f) {
  shape_type const from(x.shape().begin(), x.shape().end());
  auto const inner = element_count({from.begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.end()});
  plain_tensor out = plain_tensor::from_shape(reduced_shape(from, axis));
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::vector<double> line;
    for (std::size_t k = 0; k < from[axis]; ++k)
      line.push_back(x.data()[(i / inner * from[axis] + k) * inner + i % inner]);
    out.data()[i] = f(line);
  }
  return out;
}
double largest(std::vector<double> const& line) { return *std::max_element(line.begin(), line.end()); }
double smallest(std::vector<double> const& line) { return *std::min_element(line.begin(), line.end()); }
double first_largest(std::vector<double> const& line) {
  return static_cast<double>(std::max_element(line.begin(), line.end()) - line.begin());
}
double first_smallest(std::vector<double> const& line) {
  return static_cast<double>(std::min_element(line.begin(), line.end()) - line.begin());
}

/// One axis of every extent from 1 to 9, alone and among others.
std::vector<std::pair<shape_type, std::size_t>> axes() {
  std::vector<std::pair<shape_type, std::size_t>> out;
  for (std::size_t n = 1; n <= 9; ++n) out.push_back({{n}, 0});
  for (std::size_t const n : {1u, 2u, 3u, 5u, 7u}) {
    out.push_back({{n, 4}, 0});
    out.push_back({{4, n}, 1});
    out.push_back({{2, n, 3}, 1});
  }
  out.push_back({{0, 3}, 1});
  out.push_back({{2, 1, 3, 5}, 3});
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("maximum and minimum over every axis", P, KOI_TEST_BOTH_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axis] : axes()) {
      CAPTURE(to_string(shape));
      auto const x = numbers(shape, 100, 0x1p-16, 3), ties = numbers(shape, 1, 1, 4);
      check_near(reduce_max(secret<P>(self, x), axis), along_axis(x, axis, largest), 0);
      check_near(reduce_max(secret<P>(self, ties), axis), along_axis(ties, axis, largest), 0);
      check_near(reduce_min(secret<P>(self, x), axis), along_axis(x, axis, smallest), 0);
      check_near(reduce_max(known<P>(self, x), axis), along_axis(x, axis, largest), 0);
      check_near(reduce_min(known<P>(self, x), axis), along_axis(x, axis, smallest), 0);
    }
  });
}

TEST_CASE_TEMPLATE("argmax and argmin over every axis, the first of equal ones", P, KOI_TEST_BOTH_PROTOCOLS,
                   securenn<ring64, 16, assisted, securenn_policy::as_published>) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [shape, axis] : axes()) {
      CAPTURE(to_string(shape));
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        auto const x = numbers(shape, 100, 0x1p-16, seed), ties = numbers(shape, 1, 1, seed);
        check_near(argmax(secret<P>(self, x), axis), along_axis(x, axis, first_largest), 0);
        check_near(argmax(secret<P>(self, ties), axis), along_axis(ties, axis, first_largest), 0);
        check_near(argmin(secret<P>(self, ties), axis), along_axis(ties, axis, first_smallest), 0);
        check_near(argmax(known<P>(self, x), axis), along_axis(x, axis, first_largest), 0);
        check_near(argmax(known<P>(self, ties), axis), along_axis(ties, axis, first_largest), 0);
        check_near(argmin(known<P>(self, ties), axis), along_axis(ties, axis, first_smallest), 0);
      }
    }
  });
}

namespace {

/// Extrema of v, which is x [2, 3, 4].
template <class T>
void check_several_axes(T const& v, plain_tensor const& x) {
  auto const over_02 = along_axis(along_axis(x, 2, largest), 0, largest);
  check_near(reduce_max(v, {0, 2}), over_02, 0);
  check_near(reduce_max(v, {2, 0}, keep_axes::yes), with_shape(over_02, {1, 3, 1}), 0);
  check_near(reduce_min(v, {1, 2}), along_axis(along_axis(x, 2, smallest), 1, smallest), 0);
  check_near(reduce_max(v, 1, keep_axes::yes), with_shape(along_axis(x, 1, largest), {2, 1, 4}), 0);
  check_near(argmax(v, 2, keep_axes::yes), with_shape(along_axis(x, 2, first_largest), {2, 3, 1}), 0);
  check_near(argmin(v, 0, keep_axes::yes), with_shape(along_axis(x, 0, first_smallest), {1, 3, 4}), 0);
  std::vector<double> const all(x.begin(), x.end());
  auto const scalar = [](double value) {
    auto out = plain_tensor::from_shape(std::vector<std::size_t>{});
    out.data()[0] = value;
    return out;
  };
  check_near(reduce_max(v), scalar(largest(all)), 0);
  check_near(reduce_min(v), scalar(smallest(all)), 0);
  check_near(argmax(v), scalar(first_largest(all)), 0);
  check_near(argmin(v), scalar(first_smallest(all)), 0);
  CHECK_THROWS_AS((void)reduce_max(v, 3), bad_argument);
  CHECK_THROWS_AS((void)argmax(v, 3), bad_argument);
}

}  // namespace

TEST_CASE("several axes at once, kept or not, and all of them") {
  using P = securenn<ring64, 16>;
  run_parties<P>({}, [](party& self) {
    auto const x = numbers({2, 3, 4}, 100, 0x1p-16, 5);
    auto const v = secret<P>(self, x);
    check_several_axes(v, x);
    check_several_axes(known<P>(self, x), x);
    auto one = plain_tensor::from_shape(std::vector<std::size_t>{});
    one.data()[0] = -3;
    check_near(argmax(secret<P>(self, one)), plain_tensor(one * 0), 0);
    check_near(argmax(known<P>(self, one)), plain_tensor(one * 0), 0);

    auto const nothing = secret<P>(self, numbers({2, 0}, 1, 1, 5));
    auto const before = self.spent();
    CHECK_THROWS_AS((void)reduce_max(nothing, 1), bad_argument);
    CHECK_THROWS_AS((void)reduce_max(nothing, 2), bad_argument);
    CHECK_THROWS_AS((void)reduce_min(nothing), bad_argument);
    CHECK_THROWS_AS((void)argmax(nothing, 1), bad_argument);
    CHECK_THROWS_AS((void)argmin(nothing, 2), bad_argument);
    CHECK_THROWS_AS((void)reduce_max(v, {1, 1}), bad_argument);
    CHECK(self.spent() == before);
  });
}

TEST_CASE("a tree of comparisons has as many rounds as the extent has binary digits") {
  using P = securenn<ring64, 16>;
  for (auto const& [extent, levels] :
       std::vector<std::pair<std::size_t, std::uint64_t>>{{1, 0}, {2, 1}, {3, 2}, {4, 2}, {9, 4}}) {
    auto const x = numbers({extent}, 1, 0.5, 6);
    CHECK(cost_of<P>(x, [](auto const& v) { return reduce_max(v, 0); }).rounds == levels * P::relu_cost({1}).rounds);
    CHECK(cost_of<P>(x, [](auto const& v) { return argmin(v, 0); }).rounds ==
          levels * (P::is_nonnegative_cost({1}).rounds + 1));
  }
}

}  // namespace koi::testing
