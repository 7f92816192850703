// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/attributes.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace koi::io::onnx {

/// One extent of an input or output: a number, a name such as "batch", or neither.
struct dimension {
  std::optional<std::size_t> extent;
  std::string symbol;
};

/// An input or output of the graph. Without a shape, not even its rank is known.
struct value_info {
  std::string name;
  element_type type = element_type::undefined;
  std::optional<std::vector<dimension>> shape;
};

/// One operator. An empty name among inputs or outputs is an optional one that is not there.
struct node {
  std::string where;  ///< file, place in the file, name and operator, for messages
  std::string op_type;
  std::string name;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  attribute_set attributes;
  std::string refused;  ///< why nothing can be done with it, where that is clear: another domain, a sub-graph

  [[nodiscard]] bool has_input(std::size_t i) const noexcept { return i < inputs.size() && !inputs[i].empty(); }
  [[nodiscard]] bool has_output(std::size_t i) const noexcept { return i < outputs.size() && !outputs[i].empty(); }
};

/// Operators in an order in which they can be computed: each input is an initializer, an input of the graph or an
/// output of an earlier operator. No two of those share a name, but an initializer may be the default of an input.
struct graph {
  std::string name;
  std::vector<node> nodes;
  std::map<std::string, tensor, std::less<>> initializers;
  std::vector<std::string> initializer_names;  ///< as they follow each other in the file
  std::vector<value_info> inputs;              ///< those that are no initializers
  std::vector<value_info> outputs;

  /// The initializer of a name, or nothing.
  [[nodiscard]] tensor const* find_initializer(std::string_view wanted) const noexcept {
    auto const found = initializers.find(wanted);
    return found == initializers.end() ? nullptr : &found->second;
  }
};

/// What an ONNX file says.
struct model {
  std::string file;
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;  ///< of ONNX's own operators; no others are read
  std::string producer;
  onnx::graph graph;
};

}  // namespace koi::io::onnx
