// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/operators.hpp>

#include <set>

namespace koi::io::onnx::detail {

/// Follows shapes, as a model does, without layers.
class shapes_alone {
 public:
  std::size_t add_input(shape_type shape, std::string const&) {
    shapes_.push_back(std::move(shape));
    return shapes_.size() - 1;
  }
  template <nn::Description L>
  std::size_t add(L const& what, std::vector<std::size_t> const& from, std::string const&) {
    std::vector<shape_type> in;
    for (auto const i : from) in.push_back(shapes_.at(i));
    shapes_.push_back(what.output_shape(in));
    return shapes_.size() - 1;
  }
  void make_last(std::size_t) {}
  [[nodiscard]] shape_type const& shape_of(std::size_t layer) const { return shapes_.at(layer); }

 private:
  std::vector<shape_type> shapes_;
};

/// The values of the graph that a result depends on, itself among them.
[[nodiscard]] inline std::set<std::string_view> needed_values(graph const& of,
                                                              std::vector<std::string> const& results) {
  std::set<std::string_view> needed(results.begin(), results.end());
  for (auto n = of.nodes.rbegin(); n != of.nodes.rend(); ++n)
    if (std::any_of(n->outputs.begin(), n->outputs.end(), [&](auto const& out) { return needed.contains(out); }))
      needed.insert(n->inputs.begin(), n->inputs.end());
  return needed;
}

/// Translates a graph, as far as a result depends on it; what koi cannot do becomes the lines of one report.
template <class Net>
class graph_walk {
 public:
  graph_walk(translation<Net>& at, std::size_t max_layers) : at_(at), graph_(at.file().graph), left_(max_layers) {}

  /// `output` may be empty if there is one alone. Throws bad_option with the report.
  void run(std::string const& output) {
    std::vector<std::string> results;
    for (auto const& out : graph_.outputs) results.push_back(out.name);
    if (!output.empty()) {
      if (std::find(results.begin(), results.end(), output) == results.end())
        throw bad_option(fmt::format("{}: no output {}; there are {}", at_.file().file, io::detail::shown(output),
                                     names_of(results)));
      results = {output};
    }
    take_all(results);
    if (results.size() != 1)
      report_.push_back(fmt::format("{} outputs: choose one of {}", results.size(), names_of(results)));
    else if (report_.empty())
      take_result(results[0]);
    throw_report();
  }
  /// All outputs, of which none gives the result. Throws bad_option with the report.
  void check_all() {
    std::vector<std::string> results;
    for (auto const& out : graph_.outputs) results.push_back(out.name);
    take_all(results);
    throw_report();
  }

 private:
  void take_all(std::vector<std::string> const& results) {
    auto const needed = needed_values(graph_, results);
    for (auto const& in : graph_.inputs) take_input(in);
    for (auto const& n : graph_.nodes)
      if (std::any_of(n.outputs.begin(), n.outputs.end(), [&](auto const& out) { return needed.contains(out); }))
        take_node(n);
  }
  void throw_report() const {
    if (report_.empty()) return;
    throw bad_option(
        fmt::format("{}: koi cannot compute this model:\n  {}", at_.file().file, fmt::join(report_, "\n  ")));
  }

  static std::string names_of(std::vector<std::string> const& values) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(values.size(), most); ++i)
      text += (i == 0 ? "" : ", ") + io::detail::shown(values[i]);
    return text + (values.size() > most ? ", ..." : "");
  }

  void take_input(value_info const& in) {
    at_.set_value(in.name, unknown{});
    auto const complain = [&](std::string_view why) {
      report_.push_back(fmt::format("input {}: {}", io::detail::shown(in.name), why));
    };
    if (!is_real(in.type)) return complain(fmt::format("elements are {}, not floats", to_string(in.type)));
    if (!in.shape || in.shape->empty()) return complain("it has no shape");
    shape_type shape;
    for (std::size_t i = 0; i < in.shape->size(); ++i) {
      auto const& extent = (*in.shape)[i].extent;
      if (!extent && i > 0) return complain("every extent but the first must be a number");
      shape.push_back(extent.value_or(1));
    }
    try {
      at_.check_size(shape);
    } catch (unsupported const& e) {
      return complain(e.what());
    }
    at_.set_value(in.name, secret{at_.add_input(shape, !in.shape->front().extent, in.name)});
  }

  void take_node(node const& n) {
    bool follows_unknown = false;
    for (auto const& name : n.inputs)
      follows_unknown = follows_unknown || (!name.empty() && std::holds_alternative<unknown>(at_.value(name)));
    for (auto const& name : n.outputs)
      if (!name.empty()) at_.set_value(name, unknown{});
    at_.begin(n);
    try {
      if (!n.refused.empty()) throw unsupported(n.refused);
      auto const found = operators<translation<Net>>().find(n.op_type);
      if (found == operators<translation<Net>>().end()) throw unsupported("koi does not know this operator");
      n.attributes.allow_only(found->second.attributes);
      if (follows_unknown) return;
      if (left_ == 0) throw unsupported("too many operators");
      --left_;
      found->second.translate(at_);
    } catch (bad_argument const& e) {
      std::string_view why = e.what();
      if (why.starts_with(n.where)) why.remove_prefix(std::min(why.size(), n.where.size() + 2));
      report_.push_back(fmt::format("{}, inputs {}: {}", n.where, shapes_of(n), why));
    }
  }

  [[nodiscard]] std::string shapes_of(node const& n) const {
    constexpr std::size_t most = 8;
    std::vector<std::string> shapes;
    for (auto const& name : n.inputs) {
      if (shapes.size() == most) {
        shapes.push_back("...");
        break;
      }
      shapes.push_back(name.empty() ? "-" : shape_text(at_.value(name)));
    }
    return fmt::format("{}", fmt::join(shapes, " "));
  }
  [[nodiscard]] std::string shape_text(graph_value const& value) const {
    if (auto const* const s = std::get_if<secret>(&value)) return koi::to_string(at_.shape_of(s->layer));
    if (auto const* const w = std::get_if<weight>(&value)) return koi::to_string(w->numbers->shape);
    if (auto const* const c = std::get_if<constant>(&value)) return koi::to_string(c->numbers->shape);
    return "?";
  }

  void take_result(std::string const& name) {
    if (auto const* const result = std::get_if<secret>(&at_.value(name)))
      at_.net().make_last(result->layer);
    else
      report_.push_back(fmt::format("output {} depends on no input", io::detail::shown(name)));
  }

  translation<Net>& at_;
  graph const& graph_;
  std::size_t left_;
  std::vector<std::string> report_;
};

}  // namespace koi::io::onnx::detail
