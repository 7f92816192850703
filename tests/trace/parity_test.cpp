// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/parity.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>

#include <doctest/doctest.h>

#include <random>

namespace koi::test {

namespace {

using protocol = pond<ring64, 16>;
constexpr std::size_t images = 2, side = 6, filters = 3, rows = side - 2, features = 12, classes = 2;

plain_tensor drawn(shape_type const& shape, std::uint32_t seed, double largest) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> draw(-largest, largest);
  auto out = plain_tensor::from_shape(shape);
  for (auto& v : out) v = draw(random);
  return out;
}

/// A network whose convolution and whose square dense layer take weights in any layout.
struct network {
  plain_tensor kernel = drawn({3, 3, 1, filters}, 1, 0.3), matrix = drawn({features, features}, 2, 0.3),
               last = drawn({features, classes}, 3, 0.3), x = drawn({images, side, side, 1}, 4, 1);
  double shares_are_off_by = 0;

  template <class On>
  void operator()(On& on) const {
    using P = typename On::protocol;
    auto const none = nn::bias::no;
    nn::sequential<P> model{nn::input{side, side, 1},
                            nn::conv2d{.filters = filters, .kernel_size = {3, 3}, .use_bias = none},
                            nn::relu{},
                            nn::max_pooling2d{},
                            nn::flatten{},
                            nn::dense{features, none},
                            nn::relu{},
                            nn::dense{classes, none}};
    on.load_weights(model, "owner", [&] { return std::vector{kernel, matrix, last}; });
    auto const input = on.private_input("client", {images, side, side, 1}, [&] { return x; });
    auto const y = model(input);
    watch("answer", y + (std::same_as<P, protocol> ? shares_are_off_by : 0));
    on.output("client", y, [](auto const&) {});
  }

  [[nodiscard]] parity_report checked(parity_options const& how = {}) const {
    return parity<protocol>({"owner", "client"}, *this, how);
  }

  /// What a framework would give for its layers.
  [[nodiscard]] std::map<std::string, plain_tensor> in_doubles() const {
    plain_tensor convolved(plain_tensor::shape_type{images, rows, rows, filters}, 0.0);
    for (std::size_t n = 0; n < images; ++n)
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < rows; ++c)
          for (std::size_t f = 0; f < filters; ++f)
            for (std::size_t i = 0; i < 3; ++i)
              for (std::size_t j = 0; j < 3; ++j) convolved(n, r, c, f) += x(n, r + i, c + j, 0) * kernel(i, j, 0, f);
    plain_tensor flat(plain_tensor::shape_type{images, features}, 0.0), dense = flat;
    for (std::size_t n = 0; n < images; ++n)
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < rows; ++c)
          for (std::size_t f = 0; f < filters; ++f) {
            auto& pooled = flat(n, ((r / 2) * (rows / 2) + c / 2) * filters + f);
            pooled = std::max(pooled, convolved(n, r, c, f));
          }
    for (std::size_t n = 0; n < images; ++n)
      for (std::size_t k = 0; k < features; ++k)
        for (std::size_t f = 0; f < features; ++f) dense(n, f) += flat(n, k) * matrix(k, f);
    return {{"conv2d_1", convolved}, {"flatten_4", flat}, {"dense_5", dense}};
  }
};

parity_row const& row_of(parity_report const& report, std::string_view layer) {
  auto const at = std::find_if(report.rows.begin(), report.rows.end(), [&](auto const& r) { return r.layer == layer; });
  REQUIRE(at != report.rows.end());
  return *at;
}

TEST_CASE("a healthy network diverges nowhere, from its reference neither") {
  network const net;
  auto const report = net.checked({.reference = net.in_doubles()});
  auto const table = trace::parity_table(report);
  INFO(table);
  CHECK(!report.first_divergence());
  CHECK(table.ends_with("no divergence\n"));
  for (auto const* layer :
       {"conv2d_1", "relu_2", "max_pooling2d_3", "flatten_4", "dense_5", "relu_6", "dense_7", "answer"}) {
    auto const& row = row_of(report, layer);
    INFO(layer);
    REQUIRE(row.fixed);
    REQUIRE(row.secure);
    CHECK(row.fixed->largest > 0);  // reals are not rounded
    CHECK(row.fixed->largest < 1e-4);
    CHECK(row.secure->largest <= row.expected);
    CHECK(row.expected < 1e-3);
  }
  for (auto const* layer : {"conv2d_1", "flatten_4", "dense_5"}) {
    REQUIRE(row_of(report, layer).reference);
    CHECK(row_of(report, layer).reference->largest < 1e-12);
  }
  CHECK(!row_of(report, "relu_2").is_what_it_says);  // the maximum comes first
  CHECK(row_of(report, "relu_6").is_what_it_says);
  auto const answer = row_of(report, "dense_7");
  CHECK(answer.shape == shape_type{images, classes});
  CHECK(answer.lowest < answer.highest);
}

TEST_CASE("a layer that overflows is named with the bits that it needs") {
  network net;
  net.matrix *= 2e10;
  auto const report = net.checked();
  auto const table = trace::parity_table(report);
  INFO(table);
  CHECK(report.first_divergence() == "dense_5");
  auto const& row = row_of(report, "dense_5");
  CHECK(row.verdict == parity_verdict::overflow);
  CHECK(row.bits_of == "product");
  auto const most = std::max(-row.lowest, row.highest);
  CHECK(row.bits_needed == static_cast<int>(std::ceil(std::log2(most))) + 32 + 2);
  CHECK(row.bits_needed > 64);
  CHECK(row.bits_there == 64);
  auto const told = fmt::format("overflow: a product needs {} bits, there are 64", row.bits_needed);
  CHECK(table.find(told) != std::string::npos);
  CHECK(table.ends_with("first divergence: dense_5\n"));
  auto const json = nlohmann::json::parse(trace::parity_json(report));
  CHECK(json["first_divergence"] == "dense_5");
  CHECK(json["rows"].size() == report.rows.size());
}

TEST_CASE("weights in another layout than the reference's are named") {
  network right, wrong;
  auto const reference = right.in_doubles();
  SUBCASE("of a dense layer, columns for rows") {
    wrong.matrix = xt::transpose(right.matrix);
    auto const report = wrong.checked({.reference = reference});
    INFO(trace::parity_table(report));
    CHECK(report.first_divergence() == "dense_5");
    CHECK(row_of(report, "dense_5").verdict == parity_verdict::unlike_reference);
    CHECK(!wrong.checked().first_divergence());  // by itself it is a network like any other
  }
  SUBCASE("of a convolution, filters first") {
    wrong.kernel = xt::transpose(right.kernel, {3, 2, 0, 1});
    wrong.kernel.reshape({3, 3, 1, filters});
    auto const report = wrong.checked({.reference = reference});
    INFO(trace::parity_table(report));
    CHECK(report.first_divergence() == "conv2d_1");
    CHECK(row_of(report, "conv2d_1").verdict == parity_verdict::unlike_reference);
  }
}

TEST_CASE("other divergences") {
  network net;
  SUBCASE("shares that give something else") {
    net.shares_are_off_by = 0.004;
    auto const report = net.checked();
    INFO(trace::parity_table(report));
    CHECK(report.first_divergence() == "answer");
    CHECK(row_of(report, "answer").verdict == parity_verdict::diverges);
  }
  SUBCASE("numbers too small for the fraction bits") {
    net.x *= 10;
    net.matrix *= 1e-4;
    auto const report = net.checked();
    INFO(trace::parity_table(report));
    CHECK(report.first_divergence() == "dense_5");
    CHECK(row_of(report, "dense_5").verdict == parity_verdict::imprecise);
  }
  SUBCASE("a reference for a layer that is not there") {
    CHECK_THROWS_WITH_AS((void)net.checked({.reference = {{"dense_9", net.matrix}}}),
                         doctest::Contains("dense_9"), bad_argument);
  }
  SUBCASE("a reference of another shape") {
    CHECK_THROWS_WITH_AS((void)net.checked({.reference = {{"dense_5", net.matrix}}}),
                         doctest::Contains("dense_5"), shape_mismatch);
  }
}

}  // namespace

}  // namespace koi::test
