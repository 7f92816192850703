// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/read.hpp>

#include <koi/io/npy.hpp>

#include "tests/io/files.hpp"
#include "tests/io/onnx_bytes.hpp"

#include <array>
#include <cmath>

using namespace koi_tests;
namespace onnx = koi::io::onnx;
using ints = std::vector<std::int64_t>;
using reals = std::vector<double>;

namespace {

onnx::model named(std::string const& name) { return onnx::read_model(data_folder("onnx") / (name + ".onnx")); }

onnx::model parsed(std::string const& text, onnx::read_limits const& limits = {}) {
  return onnx::parse_model(as_bytes(text), "x.onnx", limits);
}

std::string refused(std::string const& text, onnx::read_limits const& limits = {}) {
  return complaint([&] { (void)parsed(text, limits); });
}

std::string graph_refused(graph_parts const& parts) { return refused(model_proto(parts)); }

/// The input or output of a model in the folder; `i` counts where there are several.
koi::plain_tensor array_of(std::string const& model, std::string const& what, std::size_t i, std::size_t count) {
  auto const number = count == 1 ? std::string() : std::to_string(i);
  return koi::io::read_npy(data_folder("onnx") / (model + "." + what + number + ".npy"));
}

void check_shapes(std::string const& model, std::string const& what, std::vector<onnx::value_info> const& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto const array = array_of(model, what, i, values.size());
    auto const& shape = values[i].shape;
    bool const places = what == "output" && model.starts_with("arg_");
    CHECK((values[i].type == onnx::element_type::float32 || (places && values[i].type == onnx::element_type::int64)));
    REQUIRE(shape.has_value());
    REQUIRE(shape->size() == array.dimension());
    for (std::size_t axis = 0; axis < shape->size(); ++axis) {
      auto const& extent = (*shape)[axis].extent;
      if (extent) {
        CHECK(*extent == array.shape()[axis]);
      } else {
        CHECK((*shape)[axis].symbol == "batch");
      }
    }
  }
}

/// The model's one operator has the attribute that `fill` writes.
std::string attribute_model(std::function<void(pbf&)> const& fill) {
  graph_parts parts;
  parts.nodes = {node_proto("Relu", {"x"}, {"y"}, [&](pbf& w) { w.add_message(5, proto(fill)); })};
  return model_proto(parts);
}

}  // namespace

TEST_CASE("read_model: every model in the folder, with inputs and outputs of the arrays' shapes") {
  std::size_t models = 0;
  for (auto const& file : std::filesystem::directory_iterator(data_folder("onnx"))) {
    if (file.path().extension() != ".onnx") continue;
    auto const name = file.path().stem().string();
    INFO(name);
    auto const model = onnx::read_model(file.path());
    CHECK(model.opset >= 7);
    CHECK(!model.graph.nodes.empty());
    check_shapes(name, "input", model.graph.inputs);
    check_shapes(name, "output", model.graph.outputs);
    ++models;
  }
  CHECK(models > 100);
}

TEST_CASE("read_model: the weights of a perceptron give what onnxruntime computed") {
  auto const model = named("mlp_gemm_relu");
  CHECK(model.opset == 13);
  CHECK(model.ir_version == 7);
  CHECK(model.producer == "koi tests");
  CHECK(model.graph.name == "mlp_gemm_relu");
  REQUIRE(model.graph.nodes.size() == 5);
  auto const x = array_of("mlp_gemm_relu", "input", 0, 1);
  std::vector<double> row(x.begin(), x.begin() + 12);
  for (auto const& node : model.graph.nodes) {
    if (node.op_type == "Relu") {
      for (auto& v : row) v = std::max(v, 0.0);
      continue;
    }
    auto const w = model.graph.find_initializer(node.inputs.at(1))->plain();
    auto out = model.graph.find_initializer(node.inputs.at(2))->reals();
    for (std::size_t i = 0; i < row.size(); ++i) {
      for (std::size_t j = 0; j < out.size(); ++j) out[j] += row[i] * w(i, j);
    }
    row = out;
  }
  auto const y = array_of("mlp_gemm_relu", "output", 0, 1);
  for (std::size_t j = 0; j < 4; ++j) CHECK(row[j] == doctest::Approx(y(0, j)).epsilon(1e-5));
}

TEST_CASE("read_model: names, optional inputs, old models whose initializers are inputs") {
  auto const conv = named("conv_7");
  CHECK(conv.ir_version == 3);
  REQUIRE(conv.graph.inputs.size() == 1);
  CHECK(conv.graph.inputs[0].name == "x");
  auto const& node = conv.graph.nodes.at(0);
  CHECK(node.op_type == "Conv");
  CHECK(node.name == "conv_0");
  CHECK(node.inputs == std::vector<std::string>{"x", "c0", "c1"});
  CHECK(node.outputs == std::vector<std::string>{"y"});
  says(node.where, "conv_7.onnx: node 0 'conv_0' ('Conv')");
  CHECK(conv.graph.find_initializer("c0")->shape == koi::shape_type{4, 3, 3, 3});
  CHECK(conv.graph.find_initializer("c9") == nullptr);

  auto const clip = named("clip_13_no_min").graph.nodes.at(0);
  CHECK(clip.has_input(0));
  CHECK(!clip.has_input(1));
  CHECK(clip.has_input(2));
  CHECK(!clip.has_input(3));
  CHECK(named("split_13_uneven").graph.nodes.at(0).has_output(2));
}

TEST_CASE("attributes: types and defaults") {
  auto const conv = named("conv_11_pads_strides").graph.nodes.at(0).attributes;
  CHECK(conv.ints("strides") == ints{2, 2});
  CHECK(conv.ints("strides", {1, 1}) == ints{2, 2});
  CHECK(conv.ints("dilations", {1, 1}) == ints{1, 1});
  CHECK(conv.integer("group", 1) == 1);
  CHECK(conv.text("auto_pad", "NOTSET") == "NOTSET");
  CHECK(conv.has("pads"));
  CHECK(conv.size() == 3);
  conv.allow_only({"pads", "strides", "kernel_shape", "group"});
  CHECK(named("conv_same_upper").graph.nodes.at(0).attributes.text("auto_pad") == "SAME_UPPER");

  auto const gemm = named("gemm_11_scaled").graph.nodes.at(0).attributes;
  CHECK(gemm.real("alpha", 1) == 0.5);
  CHECK(gemm.real("beta") == 2);
  CHECK(!gemm.flag("transA", false));
  CHECK(named("gemm_13_trans_a").graph.nodes.at(0).attributes.flag("transA", false));
  CHECK(named("constant_13_floats").graph.nodes.at(0).attributes.reals("value_floats") == reals{0.5, -1, 2, 0.125});
  auto const half = named("constant_13_half").graph.nodes.at(0).attributes.constant("value");
  CHECK(half.type == onnx::element_type::float16);
  CHECK(half.reals().size() == 4);

  says(complaint([&] { (void)conv.integer("strides"); }),
       "conv_11_pads_strides.onnx: node 0 'conv_0' ('Conv'): the attribute 'strides' is integers, not an integer");
  says(complaint([&] { (void)gemm.text("alpha", ""); }), "the attribute 'alpha' is a float, not a string");
  says(complaint([&] { (void)conv.ints("axes"); }), "the attribute 'axes' is missing");
  says(complaint([&] { (void)conv.constant("value"); }), "the attribute 'value' is missing");
  says(complaint([&] { conv.allow_only({"pads", "strides"}); }), "the attribute 'kernel_shape' is not known here");
}

TEST_CASE("attributes: what a file can say") {
  auto const attribute = [](int type, std::function<void(pbf&)> const& more) {
    return attribute_model([&](pbf& w) {
      more(w);  // before its name, as protobuf allows
      w.add_string(1, "a");
      w.add_int32(20, type);
    });
  };
  auto const of = [](std::string const& text) { return parsed(text).graph.nodes.at(0).attributes; };
  CHECK(of(attribute(8, [](pbf& w) {
          w.add_string(9, "one");
          w.add_string(9, "two");
        })).texts("a") == std::vector<std::string>{"one", "two"});
  CHECK(of(attribute(7, [](pbf&) {})).ints("a").empty());
  CHECK(of(attribute(7, [](pbf& w) {
          w.add_int64(8, -1);
          packed(8, ints{2, 3})(w);
        })).ints("a") == ints{-1, 2, 3});
  CHECK(of(attribute(6, packed(7, std::vector<float>{0.5F}))).reals("a") == reals{0.5});
  CHECK(of(attribute(2, [](pbf& w) { w.add_int64(3, 2); })).integer("a") == 2);
  says(complaint([&] { (void)of(attribute(2, [](pbf& w) { w.add_int64(3, 2); })).flag("a", true); }),
       "neither 0 nor 1");

  says(refused(attribute(0, [](pbf&) {})), "attribute 'a': attributes of type 0 are not read");
  for (int type : {5, 10}) {
    auto const node = parsed(attribute(type, [](pbf&) {})).graph.nodes.at(0);
    CHECK(node.refused == "sub-graphs are not read");
    CHECK(node.attributes.size() == 0);
  }
  says(refused(attribute(9, [](pbf&) {})), "attributes of type 9 are not read");
  says(refused(attribute(4, [](pbf&) {})), "a tensor that is not there");
  says(refused(attribute(2, [](pbf& w) { w.add_string(21, "b"); })), "settings of a function are not read");
  says(refused(attribute(2, [](pbf& w) { w.add_string(3, "b"); })), "damaged: field 3 has another type than it should");
  says(refused(attribute_model([](pbf& w) { w.add_int32(20, 2); })), "an attribute without a name");

  auto const integer = proto([](pbf& w) {
    w.add_string(1, "a");
    w.add_int32(20, 2);
  });
  graph_parts parts;
  parts.nodes = {
      node_proto("Relu", {"x"}, {"y"}, [&](pbf& w) { w.add_message(5, integer), w.add_message(5, integer); })};
  says(graph_refused(parts), "the attribute 'a' is there twice");
  parts.nodes = {node_proto("Relu", {"x"}, {"y"}, [&](pbf& w) {
    for (int i = 0; i < 101; ++i) w.add_message(5, integer);
  })};
  says(graph_refused(parts), "more than 100 attributes");
}

TEST_CASE("graphs: names and order") {
  CHECK(graph_refused(graph_parts{}) == "none");
  auto const relu = [](std::string const& in, std::string const& out) { return node_proto("Relu", {in}, {out}); };
  auto const w = tensor_proto("w", {1}, 1, raw<float>({1}));

  says(graph_refused({.nodes = {relu("z", "y")}}), "x.onnx: node 0 'n' ('Relu'): nothing makes its input 'z'");
  says(graph_refused({.nodes = {relu("h", "y"), relu("x", "h")}}),
       "its input 'h' comes from node 1, which is not earlier");
  says(graph_refused({.nodes = {relu("y", "y")}}), "its input 'y' comes from node 0, which is not earlier");
  says(graph_refused({.nodes = {relu("b", "a"), relu("a", "b"), relu("x", "y")}}), "a cycle or a wrong order");
  says(graph_refused({.nodes = {relu("x", "y"), relu("x", "y")}}),
       "node 1 'n' ('Relu'): its output 'y' has a name that is taken");
  says(graph_refused({.nodes = {relu("x", "x")}}), "its output 'x' has a name that is taken");
  says(graph_refused({.nodes = {relu("x", "w"), relu("x", "y")}, .initializers = {w}}),
       "its output 'w' has a name that is taken");
  says(graph_refused({.nodes = {node_proto("Relu", {"x"}, {""})}}), "no output");
  says(graph_refused({.nodes = {node_proto("", {"x"}, {"y"})}}), "no operator");
  auto const of_domain = [](std::string const& domain) {
    graph_parts parts;
    parts.nodes = {node_proto("A", {"x"}, {"y"}, [&](pbf& n) { n.add_string(7, domain); })};
    return parsed(model_proto(parts)).graph.nodes.at(0).refused;
  };
  CHECK(of_domain("com.microsoft") == "operators of the domain 'com.microsoft' are not known");
  CHECK(of_domain("ai.onnx").empty());
  says(graph_refused({.initializers = {w, w}}), "two initializers called 'w'");
  says(graph_refused({.initializers = {tensor_proto("", {1}, 1, raw<float>({1}))}}), "an initializer without a name");
  says(graph_refused({.inputs = {value_proto("x"), value_proto("x")}}), "two inputs called 'x'");
  says(graph_refused({.outputs = {value_proto("y"), value_proto("y")}}), "two outputs called 'y'");
  says(graph_refused({.outputs = {value_proto("z")}}), "nothing makes the output 'z'");
  says(graph_refused({.outputs = {}}), "the graph has no output");
  CHECK(graph_refused({.initializers = {w}, .inputs = {value_proto("x"), value_proto("w")}}) == "none");
}

TEST_CASE("graphs: inputs and outputs") {
  auto const typed = [](std::function<void(pbf&)> const& type) {
    return proto([&](pbf& w) {
      w.add_string(1, "x");
      w.add_message(2, proto(type));
    });
  };
  auto const model = parsed(model_proto({}));
  auto const& shape = model.graph.inputs.at(0).shape.value();
  CHECK(shape.at(0).symbol == "batch");
  CHECK(!shape.at(0).extent);
  CHECK(shape.at(1).extent == 3);

  auto const tensor = typed([](pbf& w) { w.add_message(1, proto([](pbf& t) { t.add_int32(1, 7); })); });
  auto const rankless = parsed(model_proto({.inputs = {tensor}})).graph.inputs.at(0);
  CHECK(rankless.type == onnx::element_type::int64);
  CHECK(!rankless.shape.has_value());

  says(graph_refused({.inputs = {typed([](pbf& w) { w.add_message(4, std::string()); })}}),
       "x.onnx: input 'x': it is not a tensor");
  says(graph_refused({.inputs = {typed([](pbf&) {})}}), "it is not a tensor");
  says(graph_refused({.inputs = {proto([](pbf& w) { w.add_string(1, "x"); })}}), "input 'x': no type");
  says(graph_refused({.outputs = {proto([](pbf&) {})}}), "output '': no name");
  auto const extents = [&](std::int64_t extent, int count) {
    return typed([=](pbf& w) {
      w.add_message(1, proto([=](pbf& t) {
                      t.add_message(2, proto([=](pbf& s) {
                                      for (int i = 0; i < count; ++i)
                                        s.add_message(1, proto([=](pbf& d) { d.add_int64(1, extent); }));
                                    }));
                    }));
    });
  };
  CHECK(!parsed(model_proto({.inputs = {extents(-1, 1)}})).graph.inputs.at(0).shape->at(0).extent);
  says(graph_refused({.inputs = {extents(-2, 1)}}), "an extent of -2");
  says(graph_refused({.inputs = {extents(1, 65)}}), "more than 64 dimensions");
}

TEST_CASE("models: versions, domains, functions") {
  CHECK(parsed(model_proto({}, 7)).opset == 7);
  CHECK(parsed(model_proto({}, 20, 9)).opset == 20);
  says(refused(model_proto({}, 6)), "x.onnx: opset 6; 7 to 20 are read");
  says(refused(model_proto({}, 21)), "opset 21; 7 to 20 are read");
  says(refused(model_proto({}, 13, 2)), "version 2 of the format");
  says(refused(""), "not an ONNX model");
  says(refused(proto([](pbf& w) { w.add_int64(1, 7); })), "which version of ONNX's operators");
  auto const imports = [](std::string const& domain, int version) {
    return model_proto({}, 13, 7, [&](pbf& w) {
      w.add_message(8, proto([&](pbf& set) {
                      set.add_string(1, domain);
                      set.add_int64(2, version);
                    }));
    });
  };
  CHECK(parsed(imports("com.microsoft", 1)).opset == 13);
  says(refused(imports("ai.onnx", 13)), "two versions of ONNX's operators");
  says(refused(model_proto({}, 13, 7, [](pbf& w) { w.add_message(25, std::string()); })),
       "functions of the model's own");
  says(refused(model_proto({}, 13, 7, [](pbf& w) { w.add_message(7, std::string()); })), "two graphs");
  says(refused(proto([](pbf& w) {
         w.add_int64(1, 7);
         w.add_message(8, proto([](pbf& set) { set.add_int64(2, 13); }));
       })),
       "no graph");
}

TEST_CASE("models: limits, and bytes that are no model") {
  auto const good = model_proto({});
  CHECK(refused(good, {.max_parts = 100}) == "none");
  says(refused(good, {.max_parts = 10}), "more than 10 messages and strings in the file");
  // integers that take one byte each, packed, one by one and raw
  std::vector<std::int64_t> const ones(16'000, 1);
  for (auto const& w : {tensor_proto("w", {16'000}, 7, packed(7, ones)),
                        tensor_proto("w", {16'000}, 7, [&](pbf& to) { for (auto const one : ones) to.add_int64(7, one); }),
                        tensor_proto("w", {16'000}, 3, raw(std::vector<std::int8_t>(16'000, 1)))}) {
    graph_parts parts;
    parts.initializers = {w};
    CHECK(refused(model_proto(parts), {.max_parts = 1'100}) == "none");
    says(refused(model_proto(parts), {.max_parts = 900}), "more than 900 messages and strings in the file, or 16 integers for each");
  }
  says(refused(good, {.max_bytes = good.size() - 1}),
       fmt::format("{} bytes, more than {}", good.size(), good.size() - 1));
  says(complaint([] { (void)onnx::read_model("nowhere.onnx"); }), "nowhere.onnx: no such file");
  says(complaint([] { (void)onnx::read_model(data_folder("onnx") / "lenet.onnx", {.max_bytes = 100}); }),
       "more than 100");
  says(refused("\x89PNG\r\n\x1a\n"), "x.onnx: cut or damaged");
  says(refused("\x07"), "cut or damaged: field 0");
  says(refused(good.substr(0, good.size() - 3)), "cut or damaged: field 7: end of buffer");
  says(refused(std::string(20, '\x80')), "cut or damaged");

  // An operator called by its worst name: nothing unprintable comes into a message.
  graph_parts parts;
  parts.nodes = {node_proto("\x1b[2J\n" + std::string(200, 'a'), {"z"}, {"y"})};
  auto const text = graph_refused(parts);
  says(text, "'\\x1b[2J\\x0aaaa");
  CHECK(text.size() < 200);
}
