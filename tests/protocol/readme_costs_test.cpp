// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// The README's table of costs is what the cost functions say; the conformance suite compares those with the counters.
#include <koi/protocol.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using namespace koi;

constexpr std::size_t values = 640;  // bits travel 64 values a word

std::string cell(cost const& c) {
  auto const per_value = [](std::uint64_t bytes) { return fmt::format("{:g}", static_cast<double>(bytes) / values); };
  return fmt::format("{} | {} | {}", c.rounds, per_value(c.online()), per_value(c.dealt));
}

template <class F>
std::string row(std::string_view name, F cost_of) {
  using tree = pond<ring64, 16>;
  using three = securenn<ring64, 16>;
  using paper = securenn<ring64, 16, assisted, securenn_policy::as_published>;
  return fmt::format("| {} | {} | {} | {} |\n", name, cell(cost_of(tree{})), cell(cost_of(three{})), cell(cost_of(paper{})));
}

template <NarrowingProtocol P>
std::string row_in_half_the_ring(std::string_view name) {
  using half = narrowed<P>;
  shape_type const shape{values};
  return fmt::format("| {} | {} | {} |\n", name, cell(half::relu_cost(shape)),
                     cell(half::template widened_relu_cost<typename P::ring>(shape)));
}

std::string readme() {
  auto const path = std::filesystem::path(__FILE__).parent_path() / "../../README.md";
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, "cannot read ", path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("README: the table of costs in half the ring is true") {
  using pond_policy::carry_tree;
  using securenn_policy::three_round;
  std::string table;
  table += row_in_half_the_ring<pond<ring64, 16, assisted, carry_tree<4, 42>>>("`carry_tree<4, 42>`");
  table += row_in_half_the_ring<pond<ring64, 16, assisted, carry_tree<3, 42>>>("`carry_tree<3, 42>`");
  table += row_in_half_the_ring<securenn<ring64, 16, assisted, three_round<42>>>("`three_round<42>`");
  CHECK_MESSAGE(readme().find(table) != std::string::npos, "README.md must contain:\n", table);
}

TEST_CASE("README: the table of costs is true") {
  shape_type const shape{values};
  share<ring64> const x{shape}, y{shape}, bit{shape};
  std::string table;
  table += row("`x * y` before truncation, neither masked yet", [&](auto p) { return decltype(p)::mul_cost(x, y); });
  table += row("`square` before truncation", [&](auto p) { return decltype(p)::square_cost(x); });
  table += row("truncation (`assisted`)", [&](auto p) { return decltype(p)::truncate_cost(shape, decltype(p)::frac_bits); });
  table += row("`is_nonnegative`", [&](auto p) { return decltype(p)::is_nonnegative_cost(shape); });
  table += row("`relu`, `maximum`", [&](auto p) { return decltype(p)::relu_cost(shape); });
  table += row("truncation and ReLU in one", [&](auto p) { return decltype(p)::truncate_relu_cost(shape, decltype(p)::frac_bits); });
  table += row("`reveal`", [&](auto p) { return decltype(p)::reveal_cost(shape); });

  CHECK_MESSAGE(readme().find(table) != std::string::npos, "README.md must contain:\n", table);
}
