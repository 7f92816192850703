// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

using namespace koi_tests;
using koi::io::onnx::network;
using koi::io::onnx::network_options;

namespace {

using ints = std::vector<std::int64_t>;
using fields = std::function<void(pbf&)>;

std::string report(std::string const& text, network_options const& options = {}) {
  return complaint([&] { (void)network::parse(as_bytes(text), "x.onnx", options); });
}
std::string report(graph_parts const& parts, network_options const& options = {}) {
  return report(model_proto(parts), options);
}

/// An attribute of integers, of one integer, or of a text.
fields ints_of(std::string const& name, ints const& values) {
  return [=](pbf& w) {
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, name);
                    a.add_packed_int64(8, values.begin(), values.end());
                    a.add_int32(20, 7);
                  }));
  };
}
fields integer_of(std::string const& name, std::int64_t value) {
  return [=](pbf& w) {
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, name);
                    a.add_int64(3, value);
                    a.add_int32(20, 2);
                  }));
  };
}
fields text_of(std::string const& name, std::string const& value) {
  return [=](pbf& w) {
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, name);
                    a.add_string(4, value);
                    a.add_int32(20, 3);
                  }));
  };
}
fields graph_of(std::string const& name) {
  return [=](pbf& w) {
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, name);
                    a.add_message(6, std::string());
                    a.add_int32(20, 5);
                  }));
  };
}
fields both(fields const& first, fields const& second) {
  return [=](pbf& w) { first(w), second(w); };
}

std::string integers(std::string const& name, ints const& values) {
  return tensor_proto(name, {static_cast<std::int64_t>(values.size())}, 7, packed(7, values));
}
std::string floats(std::string const& name, ints const& dims) {
  std::size_t count = 1;
  for (auto const extent : dims) count *= static_cast<std::size_t>(extent);
  return tensor_proto(name, dims, 1, raw(std::vector<float>(count, 0.5F)));
}

/// An input or output of a type and fixed shape.
std::string value_of(std::string const& name, ints const& shape, int type = 1) {
  return proto([&](pbf& w) {
    w.add_string(1, name);
    w.add_message(2, proto([&](pbf& t) {
                    t.add_message(1, proto([&](pbf& tensor) {
                                    tensor.add_int32(1, type);
                                    tensor.add_message(2, proto([&](pbf& s) {
                                                         for (auto const extent : shape)
                                                           s.add_message(
                                                               1, proto([&](pbf& d) { d.add_int64(1, extent); }));
                                                       }));
                                  }));
                  }));
  });
}

/// What is said of one operator on x: [2, 3, 4] with constants after it.
std::string of_one(
    std::string const& op, std::vector<std::string> const& constants, fields const& attributes = [](pbf&) {},
    ints const& shape = {2, 3, 4}) {
  graph_parts parts;
  std::vector<std::string> inputs{"x"};
  for (std::size_t i = 0; i < constants.size(); ++i) inputs.push_back("c" + std::to_string(i));
  parts.initializers = constants;
  parts.inputs = {value_of("x", shape)};
  parts.nodes = {node_proto(op, inputs, {"y"}, attributes)};
  return report(parts);
}

constexpr std::int64_t huge = std::int64_t{1} << 60;
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("report: one for all that koi cannot compute, with places, names, operators and shapes") {
  graph_parts parts;
  parts.initializers = {floats("w", {3, 5}), integers("shape", {0, -1})};
  parts.nodes = {
      node_proto("MatMul", {"x", "w"}, {"h"}),
      node_proto("LSTM", {"h", "w"}, {"l"}),
      node_proto("If", {"l"}, {"i"}, both(graph_of("then_branch"), graph_of("else_branch"))),
      node_proto("FusedConv", {"h"}, {"f"}, [](pbf& w) { w.add_string(7, "com.microsoft"); }),
      node_proto("Relu", {"i"}, {"r"}, integer_of("power", 2)),
      node_proto("Transpose", {"h"}, {"t"}, ints_of("perm", {0, 0})),
      node_proto("Cast", {"h"}, {"s"}, integer_of("to", 7)),
      node_proto("Reshape", {"x", "s"}, {"q"}),
      node_proto("MatMul", {"x", "x"}, {"m"}),
      node_proto("Sum", {"r", "f", "t", "q", "m"}, {"y"}),
  };
  auto const text = report(parts);
  says(text, "x.onnx: koi cannot compute this model:\n");
  says(text, "\n  x.onnx: node 1 'n' ('LSTM'), inputs [1,5] [3,5]: koi does not know this operator\n");
  says(text, "\n  x.onnx: node 2 'n' ('If'), inputs ?: sub-graphs are not read\n");
  says(text, "node 3 'n' ('FusedConv'), inputs [1,5]: operators of the domain 'com.microsoft' are not known");
  says(text, "node 4 'n' ('Relu'), inputs ?: the attribute 'power' is not known here");
  says(text, "node 5 'n' ('Transpose'), inputs [1,5]: axis 0 twice");
  says(text, "node 6 'n' ('Cast'), inputs [1,5]: a conversion into int64");
  says(text, "node 8 'n' ('MatMul'), inputs [1,3] [1,3]: matmul: shapes [1,3] and [1,3] do not combine");
  CHECK(text.find("node 7") == std::string::npos);  // only follows from what is there
  CHECK(text.find("node 9") == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 7);
}

TEST_CASE("report: what the output does not depend on needs no support") {
  graph_parts parts;
  parts.nodes = {node_proto("Relu", {"x"}, {"y"}), node_proto("LSTM", {"x"}, {"z"})};
  CHECK(report(parts) == "none");
  parts.outputs = {value_proto("y"), value_proto("z")};
  says(report(parts), "koi does not know this operator");
  says(report(parts), "2 outputs: choose one of 'y', 'z'");
  CHECK(report(parts, {.output = "y"}) == "none");
  says(report(parts, {.output = "z"}), "koi does not know this operator");
  says(report(parts, {.output = "h"}), "x.onnx: no output 'h'; there are 'y', 'z'");
}

TEST_CASE("report: inputs and outputs") {
  auto const with_input = [](std::string const& input) {
    graph_parts parts;
    parts.inputs = {input};
    return report(parts);
  };
  CHECK(with_input(value_of("x", {2, 3})) == "none");
  says(with_input(value_of("x", {2, 3}, 7)), "input 'x': elements are int64, not floats");
  says(with_input(value_of("x", {})), "input 'x': it has no shape");
  says(with_input(value_of("x", {2, -1})), "input 'x': every extent but the first must be a number");
  says(with_input(value_of("x", {2, 0})), "input 'x': a value of shape [2,0], without elements");
  says(with_input(value_of("x", {huge, 3})), "268435456 elements and 32 axes are the limit");
  graph_parts parts;
  parts.initializers = {floats("w", {2})};
  parts.nodes = {node_proto("Relu", {"x"}, {"h"}), node_proto("Identity", {"w"}, {"y"})};
  says(report(parts), "output 'y' depends on no input");
}

TEST_CASE("report: what is not known of shapes, and limits") {
  graph_parts parts;
  parts.nodes = {node_proto("Shape", {"x"}, {"s"}), node_proto("Reshape", {"x", "s"}, {"r"}),
                 node_proto("Pad", {"r", "s"}, {"p"}), node_proto("Reshape", {"x", "x"}, {"q"}),
                 node_proto("Sum", {"p", "q"}, {"y"})};
  auto const text = report(parts);
  says(text, "node 2 'n' ('Pad'), inputs [1,3] [2]: its input 2 depends on the number of samples");
  says(text, "node 3 'n' ('Reshape'), inputs [1,3] [1,3]: a shape that is computed");
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);

  auto const lenet = [](koi::io::onnx::read_limits const& limits) {
    return complaint([&] { (void)network::read(data_folder("onnx") / "lenet.onnx", {.limits = limits}); });
  };
  CHECK(lenet({.max_elements = 2000}) == "none");
  says(lenet({.max_elements = 1000}), "more than 1000 weights");
  says(lenet({.max_elements = 200}), "input 'x': a value of shape [1,1,16,16]; 200 elements");
  says(lenet({.max_operators = 5}), "too many operators");
}

TEST_CASE("report: windows that are none") {
  ints const image{1, 2, 5, 5};
  auto const w = floats("c0", {4, 2, 3, 3});
  auto const conv = [&](fields const& attributes) { return of_one("Conv", {w}, attributes, image); };
  CHECK(conv([](pbf&) {}) == "none");
  says(conv(ints_of("strides", {0, 1})), "strides [0,1] for images with 4 axes");
  says(conv(ints_of("strides", {1})), "strides [1] for images");
  says(conv(ints_of("dilations", {1, -1})), "a number among [1,-1]");
  says(conv(ints_of("dilations", {4, 1})), "do not fit");
  says(conv(ints_of("pads", {huge, 0, 0, 0})), "a number among");
  says(conv(ints_of("pads", {1 << 30, 1 << 30, 1 << 30, 1 << 30})), "elements and 32 axes are the limit");
  says(conv(ints_of("pads", ints(100'000, -1))), "a number among [-1,-1,-1,-1,-1,-1,-1,-1,...]");
  says(conv(ints_of("kernel_shape", {3, 2})), "with another kernel_shape");
  says(conv(integer_of("group", 0)), "0 groups");
  says(conv(integer_of("group", most)), "groups, filters of shape [4,2,3,3] for images of shape [1,2,5,5]");
  says(conv(text_of("auto_pad", "\x1b")), "auto_pad '\\x1b'");
  says(of_one(
           "Conv", {w, floats("c1", {5})}, [](pbf&) {}, image),
       "weights of shape [5] instead of [4]");
  says(of_one(
           "Conv", {integers("c0", {1})}, [](pbf&) {}, image),
       "filters of shape [1]");
  says(of_one(
           "Conv", {floats("c0", {4, 2, 3})}, [](pbf&) {}, image),
       "filters of shape [4,2,3]");
  says(of_one(
           "Conv", {}, [](pbf&) {}, image),
       "its input 2 is missing");
  says(of_one("Conv", {w}, [](pbf&) {}, {5}), "images with 1 axes");
  says(of_one("MaxPool", {}, ints_of("kernel_shape", {0, 2}), image), "kernel_shape [0,2]");
  says(of_one(
           "MaxPool", {}, [](pbf&) {}, image),
       "the attribute 'kernel_shape' is missing");
  says(of_one("MaxPool", {}, ints_of("kernel_shape", {1 << 30, 1}), image), "do not fit");
  auto const wide = both(ints_of("kernel_shape", {65536, 1}), ints_of("pads", {65535, 0, 65535, 0}));
  for (auto const* const op : {"MaxPool", "AveragePool"}) {
    says(of_one(op, {}, wide, {1, 1, 1, 1}), "65536 windows of 65536; 268435456 elements are the limit");
    says(of_one(op, {}, both(ints_of("kernel_shape", {2, 2}), ints_of("pads", {0, 2, 0, 0})), image),
         "pads of 2 and 0 around windows of 2");
  }
  says(of_one("AveragePool", {}, both(ints_of("kernel_shape", {2, 2}), ints_of("strides", {least, 1})), image),
       "a number among");
  says(of_one(
           "BatchNormalization", {floats("c0", {2}), floats("c1", {2}), floats("c2", {3}), floats("c3", {2})},
           [](pbf&) {}, image),
       "weights of shape [3] instead of [2]");
}

TEST_CASE("report: numbers that no shape can have") {
  auto const reshape = [](ints const& to) { return of_one("Reshape", {integers("c0", to)}); };
  CHECK(reshape({2, -1}) == "none");
  says(reshape({huge, huge, 16, 24}), "extents [");
  says(reshape({-1, -1}), "extents [-1,-1] for a tensor of shape [2,3,4]");
  says(reshape({-2}), "extents [-2]");
  says(reshape({5, -1}), "extents [5,-1]");
  says(reshape({2, 3, 4, 0}), "extents [2,3,4,0]");
  says(reshape(ints(1000, 1)), "1000 axes");
  says(reshape({}), "extents []");
  says(of_one("Reshape", {integers("c0", ints(2000, 1))}), "a shape that is computed");

  auto const pad = [](ints const& widths) { return of_one("Pad", {integers("c0", widths)}); };
  CHECK(pad({0, 1, 0, 0, 0, -2}) == "none");
  says(pad({0, 0, huge, 0, 0, 0}), "widths are below 2^31");
  says(pad({1 << 30, 1 << 30, 1 << 30, 0, 0, 0}), "elements and 32 axes are the limit");
  says(pad({least, 0, 0, 0, 0, 0}), "a width among");
  says(pad({0, 0, -2, 0, 0, -2}), "without elements");
  says(pad({0, 0}), "2 numbers as pads of 3 axes");

  auto const slice = [](ints const& starts, ints const& ends, ints const& axes, ints const& steps) {
    return of_one("Slice", {integers("c0", starts), integers("c1", ends), integers("c2", axes), integers("c3", steps)});
  };
  CHECK(slice({least}, {most}, {1}, {most}) == "none");
  CHECK(slice({most}, {least}, {-1}, {least}) == "none");
  says(slice({0}, {1}, {1}, {0}), "step 0");
  says(slice({2}, {1}, {1}, {1}), "without elements");
  says(slice({0}, {1}, {3}, {1}), "axis 3 of a tensor with 3 axes");
  says(slice({0, 0}, {1, 1}, {1, 1}, {1, 1}), "axis 1 twice");
  says(slice({0}, {1, 2}, {1}, {1}), "of different lengths");

  auto const gather = [](ints const& indices, std::int64_t axis) {
    return of_one("Gather", {integers("c0", indices)}, integer_of("axis", axis));
  };
  CHECK(gather(ints(1'000'000, 1), 1) == "none");
  says(gather({3}, 1), "axis 3 of a tensor with 3 axes");
  says(gather({0}, least), "axis -9223372036854775808 of a tensor with 3 axes");
  says(gather({}, 1), "without elements");
  says(of_one("Gather", {floats("c0", {1})}), "indices that are computed");

  says(of_one("Transpose", {}, ints_of("perm", {0, 1})), "no permutation");
  says(of_one("Unsqueeze", {integers("c0", ints(40, 0))}), "axis 0 twice");
  ints axes(100);
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
  says(of_one("Unsqueeze", {integers("c0", axes)}), "elements and 32 axes are the limit");
  says(of_one("Squeeze", {integers("c0", {1})}), "axis 1 of shape [2,3,4] is not 1");
  says(of_one("Flatten", {}, integer_of("axis", 4)), "axis 4 of a tensor with 3 axes");
  says(of_one("Split", {integers("c0", {1, 2})}, integer_of("axis", 1)), "parts [1,2] of an axis with 3 elements");
  says(of_one("ReduceSum", {integers("c0", {7})}), "axis 7");
  says(of_one("Concat", {}, [](pbf&) {}), "the attribute 'axis' is missing");
  says(of_one("Softmax", {}, integer_of("axis", -4)), "axis -4");
  says(of_one("Clip", {floats("c0", {2})}), "its input 2 is not one constant number");
  says(of_one("Gemm", {floats("c0", {4, 4})}), "matrices of shapes [2,3,4] and [4,4]");
  says(of_one("Add", {integers("c0", {1})}), "integers where numbers are computed with");
  says(of_one("Tile", {integers("c0", {huge})}), "koi does not know this operator");
}

TEST_CASE("report: indices of extrema, and blocks") {
  CHECK(of_one("ArgMax", {}, integer_of("axis", -1)) == "none");
  CHECK(of_one("ArgMin", {}, both(integer_of("axis", 1), integer_of("select_last_index", 0))) == "none");
  says(of_one("ArgMax", {}, integer_of("select_last_index", 1)), "the last one of equal numbers");
  says(of_one("ArgMin", {}, integer_of("axis", 3)), "axis 3 of a tensor with 3 axes");
  says(of_one("ArgMax", {}, integer_of("axis", 0), {-1, 3}), "an index among the samples of a batch");

  auto const to_depth = [](std::int64_t side, ints const& shape = {1, 2, 4, 4}) {
    return of_one("SpaceToDepth", {}, integer_of("blocksize", side), shape);
  };
  CHECK(to_depth(2) == "none");
  CHECK(to_depth(4, {-1, 2, 4, 4}) == "none");
  says(to_depth(3), "blocks with sides of 3 for images of shape [1,2,4,4]");
  for (auto const side : {std::int64_t{0}, std::int64_t{-2}, huge, least})
    says(to_depth(side), fmt::format("blocks with sides of {}", side));
  says(to_depth(2, {2, 4, 4}), "images with 3 axes");
  says(of_one("SpaceToDepth", {}, [](pbf&) {}, {1, 2, 4, 4}), "the attribute 'blocksize' is missing");
  auto const to_space = [](std::int64_t side, std::string const& mode) {
    return of_one("DepthToSpace", {}, both(integer_of("blocksize", side), text_of("mode", mode)), {1, 8, 2, 2});
  };
  CHECK(to_space(2, "CRD") == "none");
  says(to_space(2, "DRC"), "mode 'DRC'");
  says(to_space(3, "DCR"), "blocks with sides of 3 for images of shape [1,8,2,2]");
  says(to_space(65535, "DCR"), "blocks with sides of 65535");
}

TEST_CASE("report: values that double with each operator") {
  graph_parts parts;
  parts.inputs = {value_of("x", {1, 64})};
  parts.nodes = {};
  std::string last = "x";
  for (int i = 0; i < 60; ++i) {
    auto const next = i == 59 ? "y" : "h" + std::to_string(i);
    parts.nodes.push_back(node_proto("Concat", {last, last}, {next}, integer_of("axis", 1)));
    last = next;
  }
  says(report(parts), "a value of shape [1,536870912]");
  // integers that shapes are computed with
  parts.initializers = {integers("n", {1})};
  parts.nodes[0] = node_proto("Concat", {"n", "n"}, {"h0"}, integer_of("axis", 0));
  says(report(parts), "integers where numbers are computed with");
}
