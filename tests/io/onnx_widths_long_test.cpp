// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>
#include <koi/protocol/pond.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

using namespace koi_tests;

TEST_CASE("network: a protocol whose comparison is too narrow for a function refuses that function alone") {
  using P = koi::pond<koi::ring64, 16, koi::assisted, koi::pond_policy::carry_tree<4, 24>>;
  auto const built = [](std::string const& op) {
    graph_parts parts;
    parts.nodes = {node_proto(op, {"x"}, {"y"})};
    auto const text = model_proto(parts);
    auto const network = koi::io::onnx::network::parse(as_bytes(text), "x.onnx");
    try {
      (void)network.build<P>();
    } catch (koi::bad_argument const& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  for (auto const* const op : {"Relu", "Tanh", "Exp", "Abs"}) CHECK_MESSAGE(built(op) == "none", op);
  for (auto const* const op : {"Softmax", "LogSoftmax", "Sqrt", "Log", "Reciprocal"})
    says(built(op), "layer n: pond<ring64, 16, assisted, carry_tree<4, 24>> has no room for the numbers inside this function");
}
