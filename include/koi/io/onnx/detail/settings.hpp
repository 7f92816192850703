// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/model.hpp>

#include <set>

namespace koi::io::onnx::detail {

/// Whether koi reads an input of an operator as a setting: a shape, axes, indices, a bound, a flag.
[[nodiscard]] inline bool is_setting(std::string_view op, std::size_t input) {
  static std::map<std::string_view, std::pair<std::size_t, std::size_t>> const settings{
      {"Clip", {1, 2}},       {"Dropout", {2, 2}},   {"Gather", {1, 1}},    {"Pad", {1, 3}},     {"ReduceMax", {1, 1}},
      {"ReduceMean", {1, 1}}, {"ReduceMin", {1, 1}}, {"ReduceSum", {1, 1}}, {"Reshape", {1, 1}}, {"Slice", {1, 4}},
      {"Split", {1, 1}},      {"Squeeze", {1, 1}},   {"Unsqueeze", {1, 1}},
  };
  auto const found = settings.find(op);
  return found != settings.end() && input >= found->second.first && input <= found->second.second;
}
/// Whether an operator hands on integers that shapes are computed from.
[[nodiscard]] inline bool hands_on_integers(std::string_view op) {
  static std::set<std::string_view> const ops{"Cast", "Concat", "Gather", "Identity", "Slice", "Squeeze", "Unsqueeze"};
  return ops.contains(op);
}

/// The values of a graph that koi reads as settings and as nothing else: what is not among them may be weights. A value
/// that nobody uses is none.
[[nodiscard]] inline std::set<std::string_view> settings_of(graph const& of) {
  std::set<std::string_view> settings, others;
  for (auto const& out : of.outputs) others.insert(out.name);
  for (auto n = of.nodes.rbegin(); n != of.nodes.rend(); ++n) {
    auto const all_settings = std::all_of(n->outputs.begin(), n->outputs.end(), [&](auto const& out) {
      return out.empty() || (settings.contains(out) && !others.contains(out));
    });
    bool const passes = n->refused.empty() && hands_on_integers(n->op_type) && all_settings;
    for (std::size_t i = 0; i < n->inputs.size(); ++i) {
      bool const setting = n->refused.empty() && is_setting(n->op_type, i);
      (setting || passes ? settings : others).insert(n->inputs[i]);
    }
  }
  for (auto const& other : others) settings.erase(other);
  return settings;
}

}  // namespace koi::io::onnx::detail
