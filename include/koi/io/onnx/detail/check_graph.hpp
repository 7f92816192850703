// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/model.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace koi::io::onnx::detail {

/// Checks what ONNX demands of a graph's names and order, and takes the inputs that are initializers out of `inputs`.
class graph_check {
 public:
  graph_check(graph& checked, std::string_view file) : graph_(checked), file_(file) {}

  void run() {
    for (auto const& [name, tensor] : graph_.initializers) made_by_.emplace(name, before_all);
    take_inputs();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) take_outputs(i);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) check_inputs(i);
    check_results();
  }

 private:
  static constexpr std::size_t before_all = std::numeric_limits<std::size_t>::max();

  [[noreturn]] static void fail(std::string_view where, std::string_view why) {
    throw bad_option(fmt::format("{}: {}", where, why));
  }

  /// Before version 4 of the format, initializers had to be inputs as well.
  void take_inputs() {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (auto const& input : graph_.inputs) {
      if (!seen.emplace(input.name, 0).second) {
        fail(file_, fmt::format("two inputs called {}", io::detail::shown(input.name)));
      }
    }
    std::erase_if(graph_.inputs,
                  [&](value_info const& input) { return graph_.find_initializer(input.name) != nullptr; });
    for (auto const& input : graph_.inputs) made_by_.emplace(input.name, before_all);
  }

  void take_outputs(std::size_t index) {
    auto const& node = graph_.nodes[index];
    bool any = false;
    for (auto const& output : node.outputs) {
      if (output.empty()) continue;
      any = true;
      if (!made_by_.emplace(output, index).second) {
        fail(node.where, fmt::format("its output {} has a name that is taken", io::detail::shown(output)));
      }
    }
    if (!any) fail(node.where, "no output");
  }

  void check_inputs(std::size_t index) const {
    auto const& node = graph_.nodes[index];
    for (auto const& input : node.inputs) {
      if (input.empty()) continue;
      auto const found = made_by_.find(input);
      if (found == made_by_.end())
        fail(node.where, fmt::format("nothing makes its input {}", io::detail::shown(input)));
      auto const maker = found->second;
      if (maker != before_all && maker >= index) {
        fail(node.where, fmt::format("its input {} comes from node {}, which is not earlier: a cycle or a wrong order",
                                     io::detail::shown(input), maker));
      }
    }
  }

  void check_results() const {
    if (graph_.outputs.empty()) fail(file_, "the graph has no output");
    std::unordered_map<std::string_view, std::size_t> seen;
    for (auto const& output : graph_.outputs) {
      if (!seen.emplace(output.name, 0).second) {
        fail(file_, fmt::format("two outputs called {}", io::detail::shown(output.name)));
      }
      if (!made_by_.contains(output.name)) {
        fail(file_, fmt::format("nothing makes the output {}", io::detail::shown(output.name)));
      }
    }
  }

  graph& graph_;
  std::string_view file_;
  std::unordered_map<std::string_view, std::size_t> made_by_;
};

}  // namespace koi::io::onnx::detail
