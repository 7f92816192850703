// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/read_tensor.hpp>
#include <koi/io/onnx/model.hpp>

#include <optional>

namespace koi::io::onnx::detail {

/// Reads an AttributeProto into a node. Its type says which of its fields counts.
inline void read_attribute(message in, node& of) {
  auto& out = of.attributes;
  std::string name;
  std::int64_t type = 0;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::optional<message> constant;
  std::vector<double> reals;
  std::vector<std::int64_t> ints;
  std::vector<std::string> texts;
  auto const place = in.where();
  while (auto const field = in.next()) {
    switch (field) {
      case 1:
        name = in.text();
        in.set_where(fmt::format("{}: attribute {}", place, io::detail::shown(name)));
        break;
      case 2:
        real = in.real();
        break;
      case 3:
        integer = in.integer();
        break;
      case 4:
        text = in.text();
        break;
      case 5:
        constant.emplace(in.inner(in.where() + ": tensor"));
        break;
      case 7:
        in.read_floats(reals);
        break;
      case 8:
        in.read(ints);
        break;
      case 9:
        texts.push_back(in.text());
        break;
      case 20:
        type = in.integer();
        break;
      case 21:
        in.fail("settings of a function are not read");
        break;
      default:
        in.skip();
    }
  }
  if (name.empty()) in.fail("an attribute without a name");
  switch (type) {
    case 1:
      return out.add(std::move(name), real);
    case 2:
      return out.add(std::move(name), integer);
    case 3:
      return out.add(std::move(name), std::move(text));
    case 4:
      if (!constant) in.fail("a tensor that is not there");
      return out.add(std::move(name), read_tensor(std::move(*constant)));
    case 5:
    case 10:
      of.refused = "sub-graphs are not read";
      return;
    case 6:
      return out.add(std::move(name), std::move(reals));
    case 7:
      return out.add(std::move(name), std::move(ints));
    case 8:
      return out.add(std::move(name), std::move(texts));
    default:
      in.fail(fmt::format("attributes of type {} are not read", type));
  }
}

/// Reads a NodeProto; `index` is its place in the graph.
[[nodiscard]] inline node read_node(message in, std::size_t index) {
  constexpr std::size_t most_attributes = 100;
  node result;
  std::string domain;
  std::vector<message> attributes;
  auto const place = fmt::format("{}: node {}", in.where(), index);
  in.set_where(place);
  while (auto const field = in.next()) {
    switch (field) {
      case 1:
        result.inputs.push_back(in.text());
        break;
      case 2:
        result.outputs.push_back(in.text());
        break;
      case 3:
        result.name = in.text();
        break;
      case 4:
        result.op_type = in.text();
        break;
      case 5:
        if (attributes.size() == most_attributes) in.fail(fmt::format("more than {} attributes", most_attributes));
        attributes.push_back(in.inner({}));
        break;
      case 7:
        domain = in.text();
        break;
      default:
        in.skip();
    }
  }
  result.where = fmt::format("{} {} ({})", place, io::detail::shown(result.name), io::detail::shown(result.op_type));
  in.set_where(result.where);
  if (result.op_type.empty()) in.fail("no operator");
  if (!domain.empty() && domain != "ai.onnx") {
    result.refused = fmt::format("operators of the domain {} are not known", io::detail::shown(domain));
  }

  result.attributes = attribute_set(result.where);
  for (auto& attribute : attributes) {
    attribute.set_where(result.where);
    read_attribute(std::move(attribute), result);
  }
  return result;
}

}  // namespace koi::io::onnx::detail
