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
    for (auto const& [name, value] : n.attributes)
      line += " " + (name == "value_floats" || name == "value_ints" ? "value" : name);
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

namespace {

std::string float_list(std::string const& name, std::vector<std::int64_t> const& dims, std::vector<float> const& values) {
  return tensor_proto(name, dims, 1, raw(values));
}
std::string int_list(std::string const& name, std::vector<std::int64_t> const& values) {
  return tensor_proto(name, {static_cast<std::int64_t>(values.size())}, 7, packed(7, values));
}
koi::plain_tensor array(koi::shape_type const& shape, std::vector<double> const& values) {
  koi::plain_tensor out = koi::plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = values[i % values.size()];
  return out;
}
koi::plain_tensor counted(koi::shape_type const& shape) {
  koi::plain_tensor out = koi::plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = static_cast<double>(i);
  return out;
}
/// What the model of these parts gives for x, where the others have no weights.
koi::plain_tensor given(graph_parts const& parts, koi::plain_tensor const& x) {
  auto const text = model_proto(parts);
  return predicted<pond>(network_of(text), network_of(stripped(text)), {x});
}

}  // namespace

TEST_CASE("network: a batch normalisation is along axis 1, whatever is in front of it") {
  graph_parts parts;
  parts.inputs = {shaped_value_proto("x", {-1, 2, 2})};
  parts.initializers = {float_list("w", {2, 2}, {1, 0, 0, 1}), float_list("gamma", {2}, {1, 10}), float_list("zero", {2}, {0, 0}),
                        float_list("one", {2}, {1, 1})};
  parts.nodes = {node_proto("MatMul", {"x", "w"}, {"h"}), node_proto("BatchNormalization", {"h", "gamma", "zero", "zero", "one"}, {"y"})};
  CHECK(difference(given(parts, counted({1, 2, 2})), array({1, 2, 2}, {0, 1, 20, 30})).value_or(1) < 1e-2);
}

TEST_CASE("network: division by large constants, by one in the graph and by weights") {
  graph_parts parts;
  auto const x = array({1, 3}, {1e5, -2e5, 7e4});
  auto const quotients = [&](std::string const& constant, bool in_graph) {
    parts.initializers = in_graph ? std::vector<std::string>{} : std::vector{constant};
    parts.nodes = {node_proto("Div", {"x", "c"}, {"y"})};
    if (in_graph) parts.nodes.insert(parts.nodes.begin(), node_proto("Constant", {}, {"c"}, tensor_attribute("value", constant)));
    return given(parts, x);
  };
  CHECK(difference(quotients(float_list("c", {}, {1e5F}), true), array({1, 3}, {1, -2, 0.7})).value_or(1) < 1e-4);
  for (bool const in_graph : {true, false}) {
    auto const several = quotients(float_list("c", {3}, {1e5F, 1e4F, -3e3F}), in_graph);
    CHECK(difference(several, array({1, 3}, {1, -20, -7e4 / 3e3})).value_or(1) < 2e-3);
  }
  CHECK(difference(quotients(float_list("c", {}, {1e5F}), false), array({1, 3}, {1, -2, 0.7})).value_or(1) < 2e-3);
}

TEST_CASE("network: the number of samples is known wherever it goes") {
  auto const check = [](graph_parts const& parts, auto const& expected) {
    auto const network = network_of(model_proto(parts));
    for (std::size_t const n : {1U, 2U, 5U}) {
      auto const x = counted({n, 2, 3});
      CHECK(difference(predicted<pond>(network, network, {x}), expected(x, n)).value_or(1) < 1e-3);
    }
  };
  graph_parts parts;
  parts.inputs = {shaped_value_proto("x", {-1, 2, 3})};
  parts.initializers = {int_list("minus", {-1}), int_list("zero", {0}), int_list("one", {1}), int_list("two", {2})};
  auto const turned = node_proto("Transpose", {"x"}, {"t"}, ints_attribute("perm", {1, 0, 2}));
  auto const along = integer_attribute("axis", 0);

  // [2, n, 3], of which Shape takes 2 and n
  parts.nodes = {turned, node_proto("Shape", {"t"}, {"s"}), node_proto("Slice", {"s", "zero", "two"}, {"lead"}),
                 node_proto("Concat", {"lead", "minus", "one"}, {"to"}, along), node_proto("Reshape", {"t", "to"}, {"y"})};
  check(parts, [](koi::plain_tensor x, std::size_t n) {
    koi::plain_tensor t = xt::transpose(x, std::vector<std::size_t>{1, 0, 2});
    t.reshape(koi::shape_type{2, n, 3, 1});
    return t;
  });
  // the number from one value, for another that has it elsewhere: [n, 6] of [2, n, 3]
  parts.nodes = {turned, node_proto("Shape", {"x"}, {"s"}), node_proto("Slice", {"s", "zero", "one"}, {"lead"}),
                 node_proto("Concat", {"lead", "minus"}, {"to"}, along), node_proto("Reshape", {"t", "to"}, {"y"})};
  check(parts, [](koi::plain_tensor x, std::size_t n) {
    koi::plain_tensor t = xt::transpose(x, std::vector<std::size_t>{1, 0, 2});
    t.reshape(koi::shape_type{n, 6});
    return t;
  });
  // an axis of one element goes, the samples stay
  parts.nodes = {node_proto("Slice", {"x", "zero", "one", "two"}, {"first"}), node_proto("Transpose", {"first"}, {"t"}, ints_attribute("perm", {2, 0, 1})),
                 node_proto("Squeeze", {"t"}, {"y"})};
  check(parts, [](koi::plain_tensor const& x, std::size_t n) {
    koi::plain_tensor y = koi::plain_tensor::from_shape({n, 2});
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < 2; ++j) y(i, j) = x(i, j, 0);
    return y;
  });
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
