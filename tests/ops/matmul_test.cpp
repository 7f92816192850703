// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops/matmul.hpp>

#include "plain_maps.hpp"

namespace koi::testing {

namespace {

struct factors {
  shape_type left, right, product;
};
std::vector<factors> const all_factors{
    {{2, 3}, {3, 4}, {2, 4}},          {{3}, {3, 2}, {2}},
    {{2, 2, 3}, {3, 1}, {2, 2, 1}},    {{2, 3, 4}, {2, 4, 5}, {2, 3, 5}},
    {{3, 4}, {2, 4, 1}, {2, 3, 1}},    {{2, 1, 3, 4}, {3, 4, 2}, {2, 3, 3, 2}},
    {{1, 2, 3}, {4, 3, 2}, {4, 2, 2}}, {{3, 2, 1, 4}, {1, 2, 4, 2}, {3, 2, 1, 2}},
    {{2, 0}, {0, 2}, {2, 2}},          {{0, 3}, {3, 2}, {0, 2}},
    {{0, 2, 3}, {1, 3, 2}, {0, 2, 2}}, {{2, 2, 0}, {2, 0, 3}, {2, 2, 3}}};

plain_tensor product(plain_tensor const& a, plain_tensor const& b, factors const& f) {
  plain_tensor out = plain_tensor::from_shape(f.product);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const at = plain::index_at(f.product, i);
    double sum = 0;
    for (std::size_t k = 0; k < f.left.back(); ++k) {
      auto in_a = at, in_b = at;
      in_a.back() = k;
      if (f.left.size() == 1) in_b.insert(in_b.begin(), k);
      in_b[in_b.size() - 2] = k;
      sum += a.data()[plain::flat_at(f.left, plain::broadcast_index(f.left, in_a))] *
             b.data()[plain::flat_at(f.right, plain::broadcast_index(f.right, in_b))];
    }
    out.data()[i] = sum;
  }
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("products of matrices and of batches of them", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& f : all_factors) {
      CAPTURE(to_string(f.left));
      CAPTURE(to_string(f.right));
      auto const a = some(f.left, 1), b = some(f.right, 2);
      auto const expected = product(a, b, f);
      auto const x = secret<P>(self, a), y = secret<P>(self, b);
      check_near(matmul(x, y), expected, 0.99999);
      check_near(matmul(x, known<P>(self, b)), expected, 0.99999);
      check_near(matmul(known<P>(self, a), y), expected, 0.99999);
      check_near(matmul(known<P>(self, a), known<P>(self, b)), expected, 0.5);
      // both are open behind their masks: what is left is the truncation
      auto const before = self.spent();
      auto const again = matmul(x, y);
      auto const here = self.spent();
      (void)P::truncate(self, P::scale(again.share(), 1), P::frac_bits);
      CHECK((here - before).sent(phase::online).bytes == (self.spent() - here).sent(phase::online).bytes);
    }
  });
}

TEST_CASE_TEMPLATE("a square opens its number once", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (shape_type const& shape : {shape_type{}, {2, 3}, {0}}) {
      auto const a = some(shape, 3);
      plain_tensor const expected = a * a;
      check_near(square(secret<P>(self, a)), expected, 0.99999);
      check_near(square(known<P>(self, a)), expected, 0.5);
    }
  });
}

TEST_CASE_TEMPLATE("products that cannot be are refused everywhere, and the session goes on", P, pond<ring64, 16>) {
  run_parties<P>({}, [](party& self) {
    for (auto const& [left, right] : std::vector<std::pair<shape_type, shape_type>>{
             {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{}, {3, 2}}, {{3}, {2, 3, 2}}, {{2, 2, 3}, {3, 3, 2}}, {{2, 2, 3}, {2, 2, 3}}}) {
      auto const a = some(left, 4), b = some(right, 5);
      auto const text = fmt::format("matmul: shapes {} and {} do not combine", to_string(left), to_string(right));
      auto const x = secret<P>(self, a), y = secret<P>(self, b);
      check_refused<shape_mismatch>(self, [&] { (void)matmul(x, y); }, text);
      check_refused<shape_mismatch>(self, [&] { (void)matmul(x, known<P>(self, b)); }, text);
      check_refused<shape_mismatch>(self, [&] { (void)matmul(known<P>(self, a), y); }, text);
      check_refused<shape_mismatch>(self, [&] { (void)matmul(known<P>(self, a), known<P>(self, b)); }, text);
    }
    auto const a = some({2, 2}, 6);
    check_near(matmul(secret<P>(self, a), secret<P>(self, a)), product(a, a, {{2, 2}, {2, 2}, {2, 2}}), 0.99999);
  });
}

}  // namespace koi::testing
