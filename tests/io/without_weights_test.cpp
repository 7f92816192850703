// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/without_weights.hpp>

#include <koi/io/onnx/network.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

using namespace koi_tests;
namespace onnx = koi::io::onnx;

namespace {

std::string stripped(std::string const& text) { return as_text(onnx::without_weights(as_bytes(text), "x.onnx")); }
std::string stripped(graph_parts const& parts) { return stripped(model_proto(parts)); }
bool readable(std::string const& text) {
  return complaint([&] { (void)onnx::network::parse(as_bytes(text), "x.onnx"); }) == "none";
}
bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }
template <class T>
std::string bytes_of_list(std::vector<T> const& values) {
  return {reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T)};
}

std::vector<std::int8_t> const weights{11, 22, 33, 44, 55, 66, 77, 88, 99};
std::vector<std::int64_t> const packed_weights{11, 22, 33, 44, 55, 66, 77, 88, 99};
std::string const pattern = bytes_of_list(weights);

auto const to_float = integer_attribute("to", 1);

}  // namespace

TEST_CASE("without_weights: integers that a network computes with, of every type") {
  struct kind {
    int type;
    std::function<void(pbf&)> data;
  };
  for (auto const& [type, data] : {kind{3, raw(weights)}, kind{2, raw(weights)}, kind{7, packed(7, packed_weights)},
                                   kind{6, packed(5, packed_weights)}, kind{12, packed(11, std::vector<std::uint64_t>(packed_weights.begin(), packed_weights.end()))}}) {
    INFO("type ", type);
    graph_parts parts;
    parts.initializers = {tensor_proto("w", {3, 3}, type, data)};
    if (type == 6) parts.initializers = {proto([&](pbf& w) {
        w.add_int64(1, 3), w.add_int64(1, 3), w.add_int32(2, 6);
        w.add_packed_int64(5, packed_weights.begin(), packed_weights.end());
        w.add_string(8, "w");
      })};
    parts.nodes = {node_proto("Cast", {"w"}, {"f"}, to_float), node_proto("MatMul", {"x", "f"}, {"y"})};
    auto const full = model_proto(parts), text = stripped(full);
    CHECK(readable(full));
    CHECK(readable(text));
    CHECK(!holds(text, pattern.substr(0, 4)));
    auto const t = onnx::parse_model(as_bytes(text), "x.onnx").graph.initializers.at("w");
    CHECK(t.withheld);
    CHECK(t.shape == koi::shape_type{3, 3});
    says(complaint([&] { (void)onnx::network::parse(as_bytes(text), "x.onnx").weights(); }), "withheld by its owner");
  }
  // the same in a Constant
  graph_parts parts;
  for (auto const& constant : {tensor_attribute("value", tensor_proto("", {3, 3}, 3, raw(weights))), ints_attribute("value_ints", packed_weights)}) {
    parts.nodes = {node_proto("Constant", {}, {"w"}, constant), node_proto("Cast", {"w"}, {"f"}, to_float),
                   node_proto("Mul", {"x", "f"}, {"y"})};
    parts.inputs = {shaped_value_proto("x", {-1, 3, 9})};
    if (parts.nodes[0].find("value_ints") == std::string::npos) parts.inputs = {shaped_value_proto("x", {-1, 3})};
    auto const text = stripped(parts);
    CHECK(readable(text));
    CHECK(!holds(text, pattern.substr(0, 4)));
  }
}

TEST_CASE("without_weights: integers that are settings stay, through the operators that compute shapes too") {
  graph_parts parts;
  auto const integers = [](std::string const& name, std::vector<std::int64_t> const& values) {
    return tensor_proto(name, {static_cast<std::int64_t>(values.size())}, 7, packed(7, values));
  };
  parts.initializers = {integers("shape", {0}), integers("rest", {3, 1}), integers("indices", {2, 0, 1}), integers("axes", {2})};
  parts.nodes = {node_proto("Concat", {"shape", "rest"}, {"to"}, integer_attribute("axis", 0)), node_proto("Reshape", {"x", "to"}, {"r"}),
                 node_proto("Gather", {"r", "indices"}, {"g"}, integer_attribute("axis", 1)), node_proto("Squeeze", {"g", "axes"}, {"y"})};
  auto const text = stripped(parts);
  CHECK(readable(text));
  CHECK(stripped(text) == text);
  auto const read = onnx::parse_model(as_bytes(text), "x.onnx");
  for (auto const& [name, t] : read.graph.initializers) CHECK_MESSAGE(!t.withheld, name);

  // one of them is used otherwise as well
  parts.nodes.push_back(node_proto("Cast", {"rest"}, {"f"}, to_float));
  parts.nodes.push_back(node_proto("Mul", {"r", "f"}, {"z"}));
  parts.outputs.push_back(shaped_value_proto("z", {-1, 3, 2}));
  says(complaint([&] { (void)onnx::network::parse(as_bytes(stripped(parts)), "x.onnx", {.output = "y"}); }), "withheld by its owner");
}

TEST_CASE("without_weights: what koi cannot compute is refused, with the report") {
  graph_parts parts;
  parts.initializers = {tensor_proto("w", {3, 3}, 3, raw(weights)), tensor_proto("s", {}, 1, raw(std::vector<float>{0.1F}))};
  parts.nodes = {node_proto("DequantizeLinear", {"w", "s"}, {"f"}), node_proto("MatMul", {"x", "f"}, {"y"})};
  says(complaint([&] { (void)stripped(parts); }), "koi cannot compute this model:\n  x.onnx: node 0 'n' ('DequantizeLinear'), inputs [3,3] []: koi does not know this operator");

  // beside the way to the output it does not matter, and nothing of it goes out
  std::vector<float> const thresholds{1.5F, 2.5F};
  parts.nodes = {node_proto("DequantizeLinear", {"w", "s"}, {"f"}), node_proto("Relu", {"x"}, {"y"}),
                 node_proto("TreeEnsembleRegressor", {"x"}, {"z"}, attribute_proto("nodes_values", 6, [&](pbf& a) {
                              a.add_packed_float(7, thresholds.begin(), thresholds.end());
                            }))};
  auto const text = stripped(parts);
  CHECK(readable(text));
  CHECK(!holds(text, pattern.substr(0, 4)));
  CHECK(!holds(text, bytes_of_list(thresholds)));
}

TEST_CASE("without_weights: only what koi reads is in the file") {
  std::string const secret = "SECRET";
  auto const hidden = [&](pbf& w) {  // in fields that the type does not name, that stand twice, or that nobody reads
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, "axis");
                    a.add_string(4, secret);
                    a.add_float(7, 1.5F);
                    a.add_message(5, tensor_proto(secret, {1}, 1, raw(std::vector<float>{1})));
                    a.add_string(13, secret);
                    a.add_int64(3, 0x534543524554), a.add_int64(3, 1);
                    a.add_int32(20, 2);
                  }));
    w.add_string(6, secret);
    w.add_message(9, proto([&](pbf& entry) { entry.add_string(1, secret); }));
  };
  auto value = shaped_value_proto("y", {-1, 3});
  pbf(value).add_string(3, secret);
  pbf(value).add_message(4, proto([&](pbf& entry) { entry.add_string(1, secret); }));
  graph_parts parts;
  parts.initializers = {tensor_proto("i", {1}, 7, [&](pbf& w) {
    w.add_bytes(9, secret);
    raw(std::vector<std::int64_t>{0})(w);
    w.add_string(12, secret);
  })};
  parts.nodes = {node_proto("Gather", {"x", "i"}, {"y"}, hidden)};
  parts.inputs = {shaped_value_proto("x", {-1, 3})};
  parts.outputs = {value};
  auto full = model_proto(parts, 13, 7, [&](pbf& w) {
    w.add_string(3, secret), w.add_string(4, secret), w.add_string(6, secret);
    w.add_message(14, proto([&](pbf& entry) { entry.add_string(1, secret); }));
  });
  auto const text = stripped(full);
  CHECK(readable(full));
  CHECK(readable(text));
  CHECK(!holds(text, secret));
  CHECK(!holds(text, "TERCES"));
  CHECK(onnx::parse_model(as_bytes(text), "x.onnx").graph.initializers.at("i").ints() == std::vector<std::int64_t>{0});
}

TEST_CASE("without_weights: single floats of every width keep their type and value") {
  for (auto const& [type, bits] : {std::pair<int, std::vector<std::int64_t>>{10, {0x3555, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0xc000}},
                                   std::pair<int, std::vector<std::int64_t>>{16, {0x3eab, 0x0001, 0x7f7f, 0x8000, 0xc000}}})
    for (auto const word : bits) {
      graph_parts parts;
      parts.initializers = {tensor_proto("low", {}, type, [&](pbf& w) { w.add_int32(5, static_cast<std::int32_t>(word)); })};
      parts.nodes = {node_proto("Clip", {"x", "low"}, {"y"})};
      auto const full = model_proto(parts);
      auto const before = onnx::parse_model(as_bytes(full), "x").graph.initializers.at("low"),
                 after = onnx::parse_model(as_bytes(stripped(full)), "x").graph.initializers.at("low");
      CHECK(after.type == before.type);
      CHECK(after.reals() == before.reals());
    }
}
