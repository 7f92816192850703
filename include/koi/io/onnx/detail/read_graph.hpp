// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/read_node.hpp>

namespace koi::io::onnx::detail {

/// Reads a TensorShapeProto.Dimension.
[[nodiscard]] inline dimension read_dimension(message in) {
  dimension result;
  while (auto const field = in.next()) {
    if (field == 1) {
      auto const extent = in.integer();
      if (extent < -1) in.fail(fmt::format("an extent of {}", extent));
      if (extent >= 0) result.extent = static_cast<std::size_t>(extent);  // some exporters write -1 for unknown
    } else if (field == 2) {
      result.symbol = in.text();
    } else {
      in.skip();
    }
  }
  return result;
}

[[nodiscard]] inline std::vector<dimension> read_shape(message in) {
  constexpr std::size_t most = 64;
  std::vector<dimension> result;
  while (auto const field = in.next()) {
    if (field != 1) {
      in.skip();
      continue;
    }
    if (result.size() == most) in.fail(fmt::format("more than {} dimensions", most));
    result.push_back(read_dimension(in.inner(in.where())));
  }
  return result;
}

/// Reads a TypeProto, of which koi knows tensors alone, into `out`.
inline void read_type(message in, value_info& out) {
  bool is_tensor = false;
  while (auto const field = in.next()) {
    if (field == 4 || field == 5 || field == 7 || field == 8 || field == 9) in.fail("it is not a tensor");
    if (field != 1) {
      in.skip();
      continue;
    }
    is_tensor = true;
    auto type = in.inner(in.where());
    while (auto const part = type.next()) {
      if (part == 1) {
        auto const number = type.integer();
        if (!std::in_range<std::int32_t>(number)) type.fail("no type that ONNX has");
        out.type = static_cast<element_type>(number);
      } else if (part == 2) {
        out.shape = read_shape(type.inner(type.where()));
      } else {
        type.skip();
      }
    }
  }
  if (!is_tensor) in.fail("it is not a tensor");
}

/// Reads a ValueInfoProto; `what` is "input" or "output".
[[nodiscard]] inline value_info read_value(message in, std::string_view what) {
  value_info result;
  std::optional<message> type;
  while (auto const field = in.next()) {
    if (field == 1) {
      result.name = in.text();
    } else if (field == 2) {
      type.emplace(in.inner({}));
    } else {
      in.skip();
    }
  }
  in.set_where(fmt::format("{}: {} {}", in.where(), what, io::detail::shown(result.name)));
  if (result.name.empty()) in.fail("no name");
  if (!type) in.fail("no type");
  type->set_where(in.where());
  read_type(std::move(*type), result);
  return result;
}

/// Reads a GraphProto, field by field; how its values hang together is check_graph's.
[[nodiscard]] inline graph read_graph(message in) {
  graph result;
  auto const& file = in.where();
  while (auto const field = in.next()) {
    switch (field) {
      case 1:
        result.nodes.push_back(read_node(in.inner(file), result.nodes.size()));
        break;
      case 2:
        result.name = in.text();
        break;
      case 5: {
        auto initializer = read_tensor(in.inner(file + ": initializer"));
        auto name = initializer.name;
        if (name.empty()) in.fail("an initializer without a name");
        if (!result.initializers.emplace(name, std::move(initializer)).second) {
          in.fail(fmt::format("two initializers called {}", io::detail::shown(name)));
        }
        result.initializer_names.push_back(std::move(name));
        break;
      }
      case 11:
        result.inputs.push_back(read_value(in.inner(file), "input"));
        break;
      case 12:
        result.outputs.push_back(read_value(in.inner(file), "output"));
        break;
      case 15:
        in.fail("sparse initializers are not read");
        break;
      default:
        in.skip();
    }
  }
  return result;
}

}  // namespace koi::io::onnx::detail
