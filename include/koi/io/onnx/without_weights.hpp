// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/settings.hpp>
#include <koi/io/onnx/detail/translate.hpp>
#include <koi/io/onnx/detail/write_model.hpp>
#include <koi/io/onnx/read.hpp>

namespace koi::io::onnx {

namespace detail {

/// What stands in a Constant that is no setting: one number, or several of which only type and shape may be known.
[[nodiscard]] inline std::string constant_text(std::string const& name, attribute_value const& value, bool is_setting) {
  auto const as = [&](tensor const& t) {
    bool const shown = element_count(t.shape) <= 1 || (is_setting && !t.is_real());
    return tensor_text(t, {}, shown ? numbers::written : numbers::withheld);
  };
  tensor list;
  if (auto const* const reals = std::get_if<std::vector<double>>(&value)) {
    list.type = element_type::float32;
    list.shape = {reals->size()};
    list.values = *reals;
  } else if (auto const* const ints = std::get_if<std::vector<std::int64_t>>(&value)) {
    list.type = element_type::int64;
    list.shape = {ints->size()};
    list.values = *ints;
  } else {
    return attribute_text(name, value, as);
  }
  return attribute_text("value", list, as);
}

/// A node with the settings that koi reads; one that no output depends on without any.
[[nodiscard]] inline std::string node_text(node const& n, bool needed, std::set<std::string_view> const& settings) {
  std::string text;
  protobuf_writer out(text);
  for (auto const& input : n.inputs) out.add_string(1, input);
  for (auto const& output : n.outputs) out.add_string(2, output);
  if (!n.name.empty()) out.add_string(3, n.name);
  out.add_string(4, n.op_type);
  if (!needed) return text;
  for (auto const& [name, value] : n.attributes) {
    if (n.op_type == "Constant")
      out.add_message(5, constant_text(name, value, settings.contains(n.outputs.at(0))));
    else if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value) ||
             std::holds_alternative<std::string>(value) || std::holds_alternative<std::vector<std::int64_t>>(value))
      out.add_message(5, attribute_text(name, value, [](tensor const&) { return std::string(); }));
  }
  return text;
}

[[nodiscard]] inline std::string graph_text(graph const& of) {
  std::vector<std::string> results;
  for (auto const& out : of.outputs) results.push_back(out.name);
  auto const needed = needed_values(of, results);
  auto const settings = settings_of(of);
  std::string text;
  protobuf_writer out(text);
  for (auto const& n : of.nodes) {
    bool const used =
        std::any_of(n.outputs.begin(), n.outputs.end(), [&](auto const& o) { return needed.contains(o); });
    out.add_message(1, node_text(n, used, settings));
  }
  if (!of.name.empty()) out.add_string(2, of.name);
  for (auto const& name : of.initializer_names) {
    bool const is_setting = needed.contains(name) && settings.contains(name);
    out.add_message(5, tensor_text(of.initializers.at(name), name, is_setting ? numbers::written : numbers::withheld));
  }
  for (auto const& in : of.inputs) out.add_message(11, value_text(in));
  for (auto const& o : of.outputs) out.add_message(12, value_text(o));
  return text;
}

}  // namespace detail

/// The same model without its weights, for players who are not to have them: operators, names, shapes and types stay,
/// and the shapes of the weights; `network` reads it and builds the same layers. `name` stands for the file in
/// messages.
///
/// Withheld is every initializer, whatever its type, that is not only a setting of koi's operators: a shape, axes,
/// indices, a bound of a Clip, the value of a Pad. So are the numbers in a Constant, unless there is but one, or they
/// are integers and such settings. The file is written anew from what koi reads of a model: notes, metadata and all
/// else are not in it.
///
/// Leaks   to whoever has the result, all but the weights' values
/// Throws  bad_option as parse_model, and with network's report of what koi cannot compute
[[nodiscard]] inline std::vector<std::byte> without_weights(const_byte_span file, std::string_view name,
                                                            read_limits const& limits = {}) {
  auto const read = std::make_shared<model const>(parse_model(file, name, limits));
  detail::shapes_alone shapes;
  detail::translation<detail::shapes_alone> at(read, limits.max_elements, shapes);
  detail::graph_walk<detail::shapes_alone>(at, limits.max_operators).check_all();

  std::string opset, text;
  detail::protobuf_writer of_opset(opset), out(text);
  of_opset.add_int64(2, read->opset);
  out.add_int64(1, read->ir_version);
  if (!read->producer.empty()) out.add_string(2, read->producer);
  out.add_message(7, detail::graph_text(read->graph));
  out.add_message(8, opset);
  auto const bytes = bytes_of(text.data(), text.size());
  return {bytes.begin(), bytes.end()};
}

}  // namespace koi::io::onnx
