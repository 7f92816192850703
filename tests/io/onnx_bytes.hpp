// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <protozero/pbf_writer.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Bytes of ONNX models, sound or not, with protobuf's field numbers.
namespace koi_tests {

using pbf = protozero::pbf_writer;

/// A message that `fill` writes.
[[nodiscard]] inline std::string proto(std::function<void(pbf&)> const& fill) {
  std::string bytes;
  pbf writer(bytes);
  fill(writer);
  return bytes;
}

[[nodiscard]] inline std::string value_proto(std::string const& name) {
  return proto([&](pbf& w) {
    w.add_string(1, name);
    w.add_message(2, proto([](pbf& type) {
                    type.add_message(1, proto([](pbf& tensor) {
                                       tensor.add_int32(1, 1);
                                       tensor.add_message(
                                           2, proto([](pbf& shape) {
                                             shape.add_message(1, proto([](pbf& d) { d.add_string(2, "batch"); }));
                                             shape.add_message(1, proto([](pbf& d) { d.add_int64(1, 3); }));
                                           }));
                                     }));
                  }));
  });
}

[[nodiscard]] inline std::string node_proto(
    std::string const& op, std::vector<std::string> const& inputs, std::vector<std::string> const& outputs,
    std::function<void(pbf&)> const& more = [](pbf&) {}) {
  return proto([&](pbf& w) {
    for (auto const& input : inputs) w.add_string(1, input);
    for (auto const& output : outputs) w.add_string(2, output);
    w.add_string(3, "n");
    w.add_string(4, op);
    more(w);
  });
}

[[nodiscard]] inline std::string tensor_proto(std::string const& name, std::vector<std::int64_t> const& dims, int type,
                                              std::function<void(pbf&)> const& data) {
  return proto([&](pbf& w) {
    for (auto const extent : dims) w.add_int64(1, extent);
    w.add_int32(2, type);
    data(w);
    w.add_string(8, name);
  });
}

/// A tensor's numbers: as raw bytes, and as a list in a field.
template <class T>
[[nodiscard]] std::function<void(pbf&)> raw(std::vector<T> const& values) {
  return [values](pbf& w) { w.add_bytes(9, reinterpret_cast<char const*>(values.data()), values.size() * sizeof(T)); };
}

template <class T>
[[nodiscard]] std::function<void(pbf&)> packed(std::uint32_t field, std::vector<T> const& values) {
  return [field, values](pbf& w) {
    if constexpr (std::same_as<T, float>) w.add_packed_float(field, values.begin(), values.end());
    if constexpr (std::same_as<T, double>) w.add_packed_double(field, values.begin(), values.end());
    if constexpr (std::same_as<T, std::int64_t>) w.add_packed_int64(field, values.begin(), values.end());
    if constexpr (std::same_as<T, std::uint64_t>) w.add_packed_uint64(field, values.begin(), values.end());
  };
}

/// An attribute of integers, of one integer, or a tensor, for node_proto.
[[nodiscard]] inline std::function<void(pbf&)> attribute_proto(std::string const& name, int type,
                                                               std::function<void(pbf&)> const& value) {
  return [=](pbf& w) {
    w.add_message(5, proto([&](pbf& a) {
                    a.add_string(1, name);
                    value(a);
                    a.add_int32(20, type);
                  }));
  };
}
[[nodiscard]] inline std::function<void(pbf&)> ints_attribute(std::string const& name,
                                                              std::vector<std::int64_t> const& values) {
  return attribute_proto(name, 7, [=](pbf& a) { a.add_packed_int64(8, values.begin(), values.end()); });
}
[[nodiscard]] inline std::function<void(pbf&)> integer_attribute(std::string const& name, std::int64_t value) {
  return attribute_proto(name, 2, [=](pbf& a) { a.add_int64(3, value); });
}
[[nodiscard]] inline std::function<void(pbf&)> tensor_attribute(std::string const& name, std::string const& tensor) {
  return attribute_proto(name, 4, [=](pbf& a) { a.add_message(5, tensor); });
}

/// An input or output of floats; an extent of -1 is called "batch".
[[nodiscard]] inline std::string shaped_value_proto(std::string const& name, std::vector<std::int64_t> const& shape) {
  return proto([&](pbf& w) {
    w.add_string(1, name);
    w.add_message(2, proto([&](pbf& type) {
                    type.add_message(1, proto([&](pbf& tensor) {
                                       tensor.add_int32(1, 1);
                                       tensor.add_message(2, proto([&](pbf& s) {
                                                            for (auto const extent : shape)
                                                              s.add_message(1, proto([&](pbf& d) {
                                                                              if (extent < 0)
                                                                                d.add_string(2, "batch");
                                                                              else
                                                                                d.add_int64(1, extent);
                                                                            }));
                                                          }));
                                     }));
                  }));
  });
}

/// The parts of a graph; as it stands, y = Relu(x).
struct graph_parts {
  std::vector<std::string> nodes{node_proto("Relu", {"x"}, {"y"})};
  std::vector<std::string> initializers{};
  std::vector<std::string> inputs{value_proto("x")};
  std::vector<std::string> outputs{value_proto("y")};
};

[[nodiscard]] inline std::string model_proto(
    graph_parts const& parts, std::int64_t opset = 13, std::int64_t ir = 7,
    std::function<void(pbf&)> const& more = [](pbf&) {}) {
  return proto([&](pbf& w) {
    w.add_int64(1, ir);
    w.add_message(8, proto([&](pbf& set) { set.add_int64(2, opset); }));
    w.add_message(7, proto([&](pbf& graph) {
                    for (auto const& node : parts.nodes) graph.add_message(1, node);
                    for (auto const& initializer : parts.initializers) graph.add_message(5, initializer);
                    for (auto const& input : parts.inputs) graph.add_message(11, input);
                    for (auto const& output : parts.outputs) graph.add_message(12, output);
                  }));
    more(w);
  });
}

}  // namespace koi_tests
