// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Sign, ReLU, and truncation with ReLU. Timing only: tests/protocol and tests/conformance check the results.
#include "bench/support/online.hpp"

namespace {

using namespace koi;

constexpr std::size_t count = 100'000;

/// Shares of numbers of both signs.
template <Protocol P>
auto mixed(party& self, int) {
  shape_type const shape{count};
  return P::input(self, 3, shape, [&] {
    tensor<typename P::ring> x(shape);
    for (std::size_t i = 0; i < count; ++i)
      x[i] = P::fixed::encode((i % 2 == 0 ? 1 : -1) * (static_cast<double>(i % 997) + 0.5));
    return x;
  });
}

template <ComparingProtocol P, class Operation>
void measure(bench::options const& how, bench::online_table& rows, std::string const& name, Operation operation) {
  auto const f = bench::online<P>(
      how, bench::dealing::included, [](party&) { return 0; }, mixed<P>,
      [&](party& self, int, auto const& x) { return operation(self, x); });
  rows.add(name, "", f, bench::dealing::included);
}

template <ComparingProtocol P>
void all(bench::options const& how, bench::online_table& rows, std::string const& protocol) {
  measure<P>(how, rows, fmt::format("is_nonnegative_{}_{}", count, protocol),
             [](party& self, auto const& x) { return P::is_nonnegative(self, x); });
  measure<P>(how, rows, fmt::format("relu_{}_{}", count, protocol),
             [](party& self, auto const& x) { return P::relu(self, x); });
  measure<P>(how, rows, fmt::format("truncate_relu_{}_{}", count, protocol),
             [](party& self, auto const& x) { return P::truncate_relu(self, x, P::frac_bits); });
}

}  // namespace

int main(int argc, char** argv) try {
  auto const how = bench::parse(argc, argv);
  bench::online_table rows(how);
  all<pond<ring64, 16>>(how, rows, "pond");
  using fewest_bytes = pond<ring64, 16, assisted, pond_policy::carry_tree<3>>;
  measure<fewest_bytes>(how, rows, fmt::format("relu_{}_pond_radix_3", count),
                        [](party& self, auto const& x) { return fewest_bytes::relu(self, x); });
  all<securenn<ring64, 16>>(how, rows, "securenn");
  using published = securenn<ring64, 16, assisted, securenn_policy::as_published>;
  measure<published>(how, rows, fmt::format("relu_{}_securenn_as_published", count),
                     [](party& self, auto const& x) { return published::relu(self, x); });
} catch (std::exception const& e) {
  fmt::print(stderr, "{}: {}\n", argv[0], e.what());
  return 1;
}
