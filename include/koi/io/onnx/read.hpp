// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/detail/file.hpp>
#include <koi/io/onnx/detail/check_graph.hpp>
#include <koi/io/onnx/detail/read_graph.hpp>

#include <filesystem>

namespace koi::io::onnx {

/// The versions of ONNX's operators that are read.
inline constexpr std::int64_t first_opset = 7;
inline constexpr std::int64_t last_opset = 20;

/// What an ONNX file may ask for.
struct read_limits {
  std::size_t max_bytes = (std::size_t{1} << 31) - 1;  ///< of the file: protobuf's own limit
  std::size_t max_parts = 1'000'000;                   ///< messages and strings in it, and 16 short integers for one
  std::size_t max_operators = 20'000;                  ///< of a network
  std::size_t max_elements = std::size_t{1} << 28;     ///< of one value in a network, and of all its weights together
};

namespace detail {

/// Reads an OperatorSetIdProto; nothing if it is not about ONNX's own operators.
[[nodiscard]] inline std::optional<std::int64_t> read_opset(message in) {
  std::string domain;
  std::int64_t version = 0;
  while (auto const field = in.next()) {
    if (field == 1) {
      domain = in.text();
    } else if (field == 2) {
      version = in.integer();
    } else {
      in.skip();
    }
  }
  if (!domain.empty() && domain != "ai.onnx") return std::nullopt;
  return version;
}

inline void check_versions(model const& checked, std::optional<std::int64_t> opset, message const& in) {
  constexpr std::int64_t first_ir = 3;
  if (checked.ir_version < first_ir) {
    in.fail(fmt::format("not an ONNX model: version {} of the format; {} and later are read", checked.ir_version,
                        first_ir));
  }
  if (!opset) in.fail("it does not say which version of ONNX's operators it uses");
  if (*opset < first_opset || *opset > last_opset) {
    in.fail(fmt::format("opset {}; {} to {} are read", *opset, first_opset, last_opset));
  }
}

}  // namespace detail

/// The model in the bytes of an ONNX file, checked for what ONNX demands of names and order, not for what koi can
/// compute; `name` stands for the file in messages. Link nothing: protozero's headers are enough.
///
/// Range   opsets 7 to 20; floats, integers and bool; one graph without functions; all data in the file. Operators of
///         other domains and sub-graphs are noted in the node, not read
/// Throws  bad_option, naming file, operator, attribute or tensor, if the bytes are cut, damaged, beyond the limits or
///         outside the range
[[nodiscard]] inline model parse_model(const_byte_span bytes, std::string_view name, read_limits const& limits = {}) {
  model result;
  result.file = name;
  if (bytes.size() > limits.max_bytes) {
    throw bad_option(fmt::format("{}: {} bytes, more than {}", name, bytes.size(), limits.max_bytes));
  }
  detail::part_budget parts(limits.max_parts);
  detail::message in({reinterpret_cast<char const*>(bytes.data()), bytes.size()}, result.file, parts);
  std::optional<std::int64_t> opset;
  std::optional<detail::message> graph;
  while (auto const field = in.next()) {
    switch (field) {
      case 1:
        result.ir_version = in.integer();
        break;
      case 2:
        result.producer = in.text();
        break;
      case 7:
        if (graph) in.fail("two graphs");
        graph.emplace(in.inner(result.file));
        break;
      case 8:
        if (auto const version = detail::read_opset(in.inner(result.file))) {
          if (opset) in.fail("two versions of ONNX's operators");
          opset = version;
        }
        break;
      case 25:
        in.fail("functions of the model's own are not read");
        break;
      default:
        in.skip();
    }
  }
  detail::check_versions(result, opset, in);
  if (!graph) in.fail("no graph");
  result.opset = *opset;
  result.graph = detail::read_graph(std::move(*graph));
  detail::graph_check(result.graph, result.file).run();
  return result;
}

/// Reads an ONNX file: parse_model on its bytes. Throws bad_option as well if it is missing or too long.
[[nodiscard]] inline model read_model(std::filesystem::path const& path, read_limits const& limits = {}) {
  return parse_model(io::detail::read_file(path, limits.max_bytes), path.string(), limits);
}

}  // namespace koi::io::onnx
