// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Products and truncation. Timing only: tests/protocol and tests/conformance check the results.
#include "bench/support/online.hpp"

namespace {

using namespace koi;

template <Protocol P>
private_tensor<P> filled(party& self, shape_type const& shape, double value) {
  auto const word = P::fixed::encode(value);
  return {self, P::input(self, 3, shape, [&] { return tensor<typename P::ring>(shape, word); })};
}

auto const nothing = [](party&) { return 0; };

template <Protocol P>
void mul(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  shape_type const shape{65'536};
  auto const f = bench::online<P>(
      how, bench::dealing::included, nothing,
      [&](party& self, int) { return std::pair(filled<P>(self, shape, 1.5), filled<P>(self, shape, -2.25)); },
      [](party&, int, auto const& x) { return x.first * x.second; });
  rows.add("mul_65536_" + protocol, "", f, bench::dealing::included);
}

template <Protocol P>
void matmul(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  auto const weights = [](party& self) {
    auto w = filled<P>(self, {784, 512}, 0.125);
    w.share().make_lasting();
    return w;
  };
  auto const images = [](party& self, auto const&) { return filled<P>(self, {128, 784}, 0.5); };
  auto const product = [](party&, auto const& w, auto const& x) { return koi::matmul(x, w); };
  double const multiply_adds = 128.0 * 784 * 512;
  std::string const name = "matmul_128x784x512";
  auto const total = bench::online<P>(how, bench::dealing::included, weights, images, product);
  rows.add(name + "_" + protocol, "", total, bench::dealing::included, multiply_adds);
  // with all that depends on no input made before: the helper answers nothing, one protocol stands for both
  if (P::helper_role != role::deal) return;
  auto const online = bench::online<P>(how, bench::dealing::ahead, weights, images, product);
  rows.add(name, "_online", online, bench::dealing::ahead, multiply_adds);
}

template <Protocol P>
void truncate(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  auto const f = bench::online<P>(
      how, bench::dealing::included, nothing, [](party& self, int) { return filled<P>(self, {100'000}, 3.75); },
      [](party& self, int, auto const& x) { return P::truncate(self, x.share(), P::frac_bits); });
  rows.add("truncate_100000_" + protocol, "", f, bench::dealing::included);
}

template <Protocol P>
void all(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  mul<P>(how, rows, protocol);
  matmul<P>(how, rows, protocol);
  truncate<P>(how, rows, protocol);
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::online_table rows(how);
  all<pond<ring64, 16>>(how, rows, "pond");
  all<securenn<ring64, 16>>(how, rows, "securenn");
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
