// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/read.hpp>

#include <set>

namespace koi::io::onnx {

namespace detail {

/// Which initializers are weights: floats, unless they are nothing but bounds of a Clip or the value of a Pad.
[[nodiscard]] inline std::set<std::string_view> weight_names(graph const& of) {
  std::set<std::string_view> settings, others;
  for (auto const& n : of.nodes)
    for (std::size_t i = 0; i < n.inputs.size(); ++i) {
      bool const is_setting = (n.op_type == "Clip" && i >= 1) || (n.op_type == "Pad" && i == 2);
      (is_setting ? settings : others).insert(n.inputs[i]);
    }
  for (auto const& out : of.outputs) others.insert(out.name);
  std::set<std::string_view> weights;
  for (auto const& [name, t] : of.initializers)
    if (t.is_real() && (others.contains(name) || !settings.contains(name))) weights.insert(name);
  return weights;
}

using field_numbers = std::set<std::uint32_t>;

/// The fields of a message with these numbers; `rewrite(field, from, to)` does some of them and says whether it did.
template <class Rewrite>
[[nodiscard]] std::string copied(message in, field_numbers const& kept, Rewrite const& rewrite) {
  std::string bytes;
  protobuf_writer out(bytes);
  while (auto const field = in.next()) {
    if (!kept.contains(field))
      in.skip();
    else if (!rewrite(field, in, out))
      in.copy_to(out);
  }
  return bytes;
}
[[nodiscard]] inline std::string copied(message in, field_numbers const& kept) {
  return copied(std::move(in), kept, [](auto&&...) { return false; });
}

[[nodiscard]] inline std::string tensor_without_data(message in) {
  auto text = copied(std::move(in), {1, 2, 8});
  protobuf_writer(text).add_string(12, std::string(withheld_note));
  return text;
}
[[nodiscard]] inline std::string tensor_with_data(message in) {
  return copied(std::move(in), {1, 2, 4, 5, 7, 8, 9, 10, 11, 12});
}

/// A list of floats as what a Constant has in its place.
[[nodiscard]] inline std::string withheld_list(std::size_t count) {
  std::string text, attribute;
  protobuf_writer tensor(text);
  tensor.add_int64(1, static_cast<std::int64_t>(count));
  tensor.add_int32(2, static_cast<std::int32_t>(element_type::float32));
  tensor.add_string(12, std::string(withheld_note));
  protobuf_writer out(attribute);
  out.add_string(1, "value");
  out.add_message(5, text);
  out.add_int32(20, 4);
  return attribute;
}

[[nodiscard]] inline std::string attribute_without_weights(message const& in) {
  node reading;
  read_attribute(in, reading);
  for (auto const& [name, value] : reading.attributes) {
    auto const* const t = std::get_if<tensor>(&value);
    auto const* const list = std::get_if<std::vector<double>>(&value);
    if (name == "value_floats" && list && list->size() > 1) return withheld_list(list->size());
    if (t && t->is_real() && element_count(t->shape) > 1)
      return copied(in, {1, 5, 20}, [](std::uint32_t field, message& from, protobuf_writer& to) {
        if (field == 5) to.add_message(5, tensor_without_data(from.inner(from.where())));
        return field == 5;
      });
  }
  return copied(in, {1, 2, 3, 4, 5, 7, 8, 9, 20});
}

[[nodiscard]] inline std::string graph_without_weights(message in, std::set<std::string_view> const& weights) {
  auto const name_of = [](message tensor) {
    std::string name;
    while (auto const field = tensor.next()) {
      if (field == 8)
        name = tensor.text();
      else
        tensor.skip();
    }
    return name;
  };
  auto const node_text = [](message node) {
    return copied(std::move(node), {1, 2, 3, 4, 5, 7}, [](std::uint32_t field, message& from, protobuf_writer& to) {
      if (field == 5) to.add_message(5, attribute_without_weights(from.inner(from.where())));
      return field == 5;
    });
  };
  return copied(std::move(in), {1, 2, 5, 11, 12, 13}, [&](std::uint32_t field, message& from, protobuf_writer& to) {
    if (field != 1 && field != 5) return false;
    auto part = from.inner(from.where());
    if (field == 1)
      to.add_message(1, node_text(std::move(part)));
    else
      to.add_message(5, weights.contains(name_of(part)) ? tensor_without_data(part) : tensor_with_data(part));
    return true;
  });
}

}  // namespace detail

/// The same model without its weights, for players who are not to have them: the graph, names, shapes and types stay,
/// and the shapes of the weights; `network` reads it and builds the same layers. `name` stands for the file in
/// messages.
///
/// Withheld are all floats but those that are part of the graph: bounds of a Clip, the value of a Pad, and single
/// numbers in a Constant. Notes and everything else that koi does not read are left out.
/// Leaks   to whoever has the result, all but the weights' values
/// Throws  as parse_model
[[nodiscard]] inline std::vector<std::byte> without_weights(const_byte_span file, std::string_view name,
                                                            read_limits const& limits = {}) {
  auto const read = parse_model(file, name, limits);
  auto const weights = detail::weight_names(read.graph);
  detail::part_budget any(std::numeric_limits<std::size_t>::max());
  detail::message in({reinterpret_cast<char const*>(file.data()), file.size()}, read.file, any);
  auto const text = detail::copied(std::move(in), {1, 2, 3, 4, 5, 7, 8}, [&](auto field, auto& from, auto& to) {
    if (field == 7) to.add_message(7, detail::graph_without_weights(from.inner(from.where()), weights));
    return field == 7;
  });
  auto const bytes = bytes_of(text.data(), text.size());
  return {bytes.begin(), bytes.end()};
}

}  // namespace koi::io::onnx
