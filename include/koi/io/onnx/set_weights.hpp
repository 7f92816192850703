// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/npz.hpp>
#include <koi/io/onnx/detail/settings.hpp>
#include <koi/io/onnx/detail/translate.hpp>
#include <koi/io/onnx/model.hpp>
#include <koi/session/detail/nearest.hpp>

#include <cmath>

namespace koi::io::onnx {

/// The initializers that are weights, in the order of the file: an output depends on them, and koi reads them not as
/// settings alone. They are what without_weights withholds.
[[nodiscard]] inline std::vector<std::string> weight_names(graph const& of) {
  std::vector<std::string> results, names;
  for (auto const& out : of.outputs) results.push_back(out.name);
  auto const needed = detail::needed_values(of, results);
  auto const settings = detail::settings_of(of);
  for (auto const& name : of.initializer_names)
    if (needed.contains(name) && !settings.contains(name)) names.push_back(name);
  return names;
}

namespace detail {

/// The numbers of an array as those of a tensor. Returns why they cannot be, or nothing.
[[nodiscard]] inline std::string put_numbers(tensor& to, plain_tensor const& from) {
  shape_type const shape(from.shape().begin(), from.shape().end());
  if (shape != to.shape)
    return fmt::format("has shape {}; the graph has {}", koi::to_string(shape), koi::to_string(to.shape));
  if (to.is_real()) {
    to.values = std::vector<double>(from.data(), from.data() + from.size());
  } else {
    constexpr double most = 9007199254740992.0;  // 2^53
    std::vector<std::int64_t> whole;
    for (std::size_t i = 0; i < from.size(); ++i) {
      auto const x = from.data()[i];
      if (!(std::abs(x) <= most) || std::trunc(x) != x) return "has numbers that are not whole; the graph has integers";
      whole.push_back(static_cast<std::int64_t>(x));
    }
    to.values = std::move(whole);
  }
  to.withheld = false;
  return {};
}

}  // namespace detail

/// Puts weights into a model, in place of those in its file if it has some. The arrays have the names of the
/// initializers that are weights, or are called arr_0, arr_1, ..., as numpy.savez calls a list's, and stand for them in
/// the order of the file. `from` stands for the arrays in messages. Weights that a Constant holds stay.
///
/// Throws  bad_option with the list of all that does not fit: arrays that are missing, of other shapes, or no weights
inline void set_weights(model& to, named_arrays const& arrays, std::string_view from) {
  using io::detail::shown;
  auto const names = weight_names(to.graph);
  bool by_place = !arrays.empty() && std::find(names.begin(), names.end(), "arr_0") == names.end();
  for (std::size_t i = 0; i < arrays.size(); ++i) by_place = by_place && arrays.find(fmt::format("arr_{}", i));
  std::vector<std::string> due = names, report;
  if (by_place)
    for (std::size_t i = 0; i < due.size(); ++i) due[i] = fmt::format("arr_{}", i);
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto const label = by_place ? fmt::format("{}, for {},", due[i], shown(names[i])) : shown(names[i]);
    auto& weight = to.graph.initializers.at(names[i]);
    auto const* const array = arrays.find(due[i]);
    auto const why = array == nullptr ? fmt::format("is missing; the graph has shape {}", koi::to_string(weight.shape))
                                      : detail::put_numbers(weight, *array);
    if (!why.empty()) report.push_back(fmt::format("{} {}", label, why));
  }
  for (auto const& [name, array] : arrays) {
    if (std::find(due.begin(), due.end(), name) != due.end()) continue;
    auto const hint = koi::detail::suggestion(name, due);
    if (to.graph.find_initializer(name) != nullptr)
      report.push_back(fmt::format("{} stands in the graph, but not as a weight", shown(name)));
    else
      report.push_back(fmt::format("{} is no weight of the graph{}", shown(name),
                                   by_place || !hint.starts_with("Did") ? "" : ". " + hint));
  }
  if (!report.empty())
    throw bad_option(fmt::format("{} does not fit {}:\n  {}", from, to.file, fmt::join(report, "\n  ")));
}

}  // namespace koi::io::onnx
