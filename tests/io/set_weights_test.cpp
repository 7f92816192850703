// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/set_weights.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/without_weights.hpp>

using namespace koi_tests;
namespace onnx = koi::io::onnx;
using koi::io::named_arrays;

namespace {

/// relu(x w) + b, reshaped. In the file b comes before a, and a setting and something unused stand between.
std::string file() {
  graph_parts parts;
  parts.initializers = {tensor_proto("w", {3, 2}, 1, raw(std::vector<float>{1, 2, 3, 4, 5, 6})),
                        tensor_proto("shape", {2}, 7, raw(std::vector<std::int64_t>{-1, 2})),
                        tensor_proto("unused", {1}, 1, raw(std::vector<float>{9})),
                        tensor_proto("b", {2}, 1, raw(std::vector<float>{7, 8})),
                        tensor_proto("a", {2}, 7, raw(std::vector<std::int64_t>{3, 4}))};
  parts.nodes = {node_proto("MatMul", {"x", "w"}, {"p"}), node_proto("Reshape", {"p", "shape"}, {"r"}),
                 node_proto("Add", {"r", "b"}, {"s"}),
                 node_proto("Cast", {"a"}, {"f"}, integer_attribute("to", 1)), node_proto("Add", {"s", "f"}, {"y"})};
  parts.inputs = {shaped_value_proto("x", {-1, 3})};
  parts.outputs = {shaped_value_proto("y", {-1, 2})};
  return model_proto(parts);
}
onnx::model read(std::string const& bytes) { return onnx::parse_model(as_bytes(bytes), "net.onnx"); }
std::string bare() { return as_text(onnx::without_weights(as_bytes(file()), "net.onnx")); }

koi::plain_tensor const w{{1.5, 2}, {3, 4}, {5, 6}}, b{7, 8}, a{3, 4};

std::string complaint_about(named_arrays const& arrays) {
  return complaint([&] {
    auto model = read(bare());
    onnx::set_weights(model, arrays, "w.npz");
  });
}

}  // namespace

TEST_CASE("set_weights: the weights are the initializers that are computed with, in the order of the file") {
  auto const names = std::vector<std::string>{"w", "b", "a"};
  CHECK(onnx::weight_names(read(file()).graph) == names);
  CHECK(onnx::weight_names(read(bare()).graph) == names);  // in the same order, or arr_1 would be another one
}

TEST_CASE("set_weights: arrays by name or by place, with weights in the file or without") {
  for (auto const& bytes : {file(), bare()})
    for (auto const& arrays : {named_arrays{{"b", b}, {"a", a}, {"w", w}},
                               named_arrays{{"arr_2", a}, {"arr_0", w}, {"arr_1", b}}}) {
      auto model = read(bytes);
      onnx::set_weights(model, arrays, "w.npz");
      auto const weights = onnx::network::of(std::move(model)).weights();
      REQUIRE(weights.size() == 3);
      CHECK(weights[0] == w);
      CHECK(weights[1] == b);
      CHECK(weights[2] == a);
    }
}

TEST_CASE("set_weights: one error lists all that does not fit") {
  CHECK(complaint_about({{"weight", w}, {"b", w}, {"shape", b}, {"a", {0.5, 1}}}) ==
        "w.npz does not fit net.onnx:\n"
        "  'w' is missing; the graph has shape [3,2]\n"
        "  'b' has shape [3,2]; the graph has [2]\n"
        "  'a' has numbers that are not whole; the graph has integers\n"
        "  'weight' is no weight of the graph\n"
        "  'shape' stands in the graph, but not as a weight");
  says(complaint_about({}), "w.npz does not fit net.onnx:\n  'w' is missing");
  says(complaint_about({{"arr_0", w}, {"arr_1", w}}), "arr_1, for 'b', has shape [3,2]; the graph has [2]");
  says(complaint_about({{"arr_0", w}, {"arr_1", b}}), "arr_2, for 'a', is missing");
  says(complaint_about({{"arr_0", w}, {"arr_1", b}, {"arr_2", a}, {"arr_3", a}}), "'arr_3' is no weight of the graph");
  says(complaint_about({{"w", w}, {"b", b}, {"a", a}, {"ww", a}}), "'ww' is no weight of the graph. Did you mean 'w'?");
}
