// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/without_weights.hpp>

#include <koi/protocol/pond.hpp>

#include "tests/io/onnx_bytes.hpp"
#include "tests/io/onnx_networks.hpp"

using namespace koi_tests;
namespace onnx = koi::io::onnx;
using pond = koi::pond<koi::ring64, 16>;

namespace {

std::string stripped(std::string const& text) { return as_text(onnx::without_weights(as_bytes(text), "x.onnx")); }

onnx::network network_of(std::string const& text, std::string const& output = {}) {
  return onnx::network::parse(as_bytes(text), "x.onnx", {.output = output});
}

/// Whether the four bytes of a float stand anywhere in the text.
bool holds(std::string const& text, float number) {
  return text.find(std::string(reinterpret_cast<char const*>(&number), sizeof number)) != std::string::npos;
}

std::string kept(onnx::tensor const& t) {
  return fmt::format("{} {} {}", t.name, koi::to_string(t.shape), to_string(t.type));
}

/// All of a graph but the numbers that are withheld.
std::vector<std::string> outline(onnx::model const& model) {
  std::vector<std::string> lines{
      fmt::format("{} {} {} {}", model.ir_version, model.opset, model.producer, model.graph.name)};
  for (auto const& n : model.graph.nodes) {
    auto line = fmt::format("{} | {} | {} |", n.where, fmt::join(n.inputs, ","), fmt::join(n.outputs, ","));
    for (auto const& [name, value] : n.attributes) line += " " + (name == "value_floats" ? "value" : name);
    lines.push_back(line);
  }
  for (auto const& [name, t] : model.graph.initializers) lines.push_back(kept(t));
  for (auto const* const values : {&model.graph.inputs, &model.graph.outputs})
    for (auto const& value : *values) lines.push_back(value.name + to_string(value.type));
  return lines;
}

/// A model y = Clip(x * w + c + k, low, high), where w and c are weights, k one number in a Constant.
std::string mixed_model(std::vector<float> const& w, std::vector<float> const& c, float k, float low, float high) {
  auto const floats = [](std::string const& name, std::vector<std::int64_t> const& dims,
                         std::vector<float> const& values) {
    return tensor_proto(name, dims, 1, [&](pbf& to) { to.add_packed_float(4, values.begin(), values.end()); });
  };
  auto const constant = [](std::string const& name, std::string const& tensor) {
    return node_proto("Constant", {}, {name}, [&](pbf& to) {
      to.add_message(5, proto([&](pbf& a) {
                       a.add_string(1, "value");
                       a.add_message(5, tensor);
                       a.add_int32(20, 4);
                     }));
      to.add_string(6, "a note with anything");
    });
  };
  graph_parts parts;
  parts.initializers = {floats("w", {3}, w), floats("low", {}, {low}), floats("high", {}, {high})};
  parts.nodes = {constant("c", floats("", {3}, c)),    constant("k", floats("", {}, {k})),
                 node_proto("Mul", {"x", "w"}, {"a"}), node_proto("Add", {"a", "c"}, {"b"}),
                 node_proto("Add", {"b", "k"}, {"d"}), node_proto("Clip", {"d", "low", "high"}, {"y"})};
  return model_proto(parts, 13, 7, [](pbf& to) {
    to.add_string(6, "another note");
    to.add_message(14, std::string("metadata"));
    to.add_message(20, std::string("\x0a\x02x\x01", 4));
  });
}

}  // namespace

TEST_CASE("without_weights: of every model the same graph and layers, and no byte of a float that is withheld") {
  std::size_t withheld = 0;
  for (auto const& file : std::filesystem::directory_iterator(data_folder("onnx"))) {
    if (file.path().extension() != ".onnx") continue;
    auto const full = content_of(file.path());
    INFO(file.path().filename().string());
    auto const text = stripped(full);
    auto const before = onnx::parse_model(as_bytes(full), "x.onnx"),
               after = onnx::parse_model(as_bytes(text), "x.onnx");
    CHECK(outline(after) == outline(before));
    for (auto const& [name, t] : before.graph.initializers) {
      auto const& other = after.graph.initializers.at(name);
      if (!other.withheld) {
        CHECK(other.values == t.values);
        continue;
      }
      ++withheld;
      for (auto const number : t.reals())  // 1 is the alpha of a Gemm
        CHECK_MESSAGE((number == 0 || number == 1 || !holds(text, static_cast<float>(number))), name);
    }
    auto const output = before.graph.outputs[0].name;
    auto const shapes = network_of(full, output).build<pond>().weight_shapes();
    CHECK(network_of(text, output).build<pond>().weight_shapes() == shapes);
    if (!shapes.empty())
      says(complaint([&] { (void)network_of(text, output).weights(); }),
           "withheld by its owner: this file has no weights");
    CHECK(stripped(text) == text);
  }
  CHECK(withheld > 80);
}

TEST_CASE("without_weights: constants with several floats go, bounds and single numbers stay") {
  std::vector<float> const w{0.123F, -1.7F, 2.9F}, c{0.77F, 0.31F, -0.57F};
  auto const full = mixed_model(w, c, 0.111F, -1.234F, 3.456F), text = stripped(full);
  for (auto const number : w) CHECK(holds(full, number) != holds(text, number));
  for (auto const number : c) CHECK(holds(full, number) != holds(text, number));
  for (auto const number : {0.111F, -1.234F, 3.456F}) CHECK(holds(text, number));
  for (auto const* const note : {"note", "metadata", "\x0a\x02x\x01"}) CHECK(text.find(note) == std::string::npos);
  CHECK(network_of(full).weights().size() == 2);
  CHECK(network_of(text).build<pond>().weight_shapes() == std::vector<koi::shape_type>{{3}, {3}});

  // A bound that is used elsewhere too is a weight, and so is a list of floats; then the bound is missing.
  graph_parts parts;
  float const low = 0.4321F;
  parts.initializers = {tensor_proto("low", {}, 1, [&](pbf& to) { to.add_float(4, low); })};
  parts.nodes = {node_proto("Clip", {"x", "low"}, {"a"}), node_proto("Mul", {"a", "low"}, {"b"}),
                 node_proto("Constant", {}, {"c"},
                            [&](pbf& to) {
                              to.add_message(5, proto([&](pbf& a) {
                                               a.add_string(1, "value_floats");
                                               a.add_packed_float(7, c.begin(), c.end());
                                               a.add_int32(20, 6);
                                             }));
                            }),
                 node_proto("Add", {"b", "c"}, {"y"})};
  auto const shared = stripped(model_proto(parts));
  CHECK(!holds(shared, low));
  for (auto const number : c) CHECK(!holds(shared, number));
  says(complaint([&] { (void)network_of(shared); }), "withheld by its owner");
}

TEST_CASE("without_weights: the owner's numbers, with files at the others that have none") {
  for (auto const* const name : {"lenet", "residual", "separable", "torch_view", "constant_13_floats", "div_14"}) {
    auto const sample = samples_of(name).at(0);
    INFO(name);
    auto const text = stripped(content_of(data_folder("onnx") / (sample.name + ".onnx")));
    auto const off = difference(predicted<pond>(sample.network(), network_of(text), sample.inputs), sample.expected);
    REQUIRE(off.has_value());
    CHECK(*off < 1e-3);
  }
  CHECK_THROWS_AS((void)onnx::without_weights(as_bytes("no model"), "x.onnx"), koi::bad_option);
}

TEST_CASE("network: every model in the folder under Pond, in batches of other sizes too") {
  auto const samples = all_samples();
  CHECK(samples.size() > 150);
  std::size_t open_batches = 0;
  for (auto const& sample : samples) {
    check_sample<pond>(sample, 1e-3);
    open_batches += sample.any_batch ? 1 : 0;
  }
  CHECK(open_batches > 5);
}
