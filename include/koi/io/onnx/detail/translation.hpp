// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/arrangements.hpp>
#include <koi/io/onnx/detail/functions.hpp>
#include <koi/io/onnx/detail/values.hpp>
#include <koi/nn.hpp>

#include <cmath>

namespace koi::io::onnx::detail {

/// A graph on its way into layers: what its values are, and the operator at hand. `Net` is an nn::model, or what only
/// follows shapes.
///
/// Each operator is a function that asks for its inputs and attributes and adds layers; what it cannot do it throws as
/// unsupported. Shapes are those of one sample; which extents depend on the number of samples is seen from the shapes
/// of `other_samples`, which are followed as well.
template <class Net>
class translation {
 public:
  translation(std::shared_ptr<model const> file, std::size_t max_elements, Net& net)
      : file_(std::move(file)), max_elements_(max_elements), left_(max_elements), net_(net) {
    for (auto const& [name, t] : file_->graph.initializers) values_[name] = weight{{file_, &t}};
  }

  [[nodiscard]] std::vector<recipe> const& recipes() const noexcept { return recipes_; }
  [[nodiscard]] model const& file() const noexcept { return *file_; }
  [[nodiscard]] Net& net() noexcept { return net_; }
  [[nodiscard]] graph_value const& value(std::string const& name) const { return values_.at(name); }
  void set_value(std::string const& name, graph_value value) { values_[name] = std::move(value); }

  /// An input of the network, for any number of samples if its first extent has no number.
  std::size_t add_input(shape_type const& shape, bool any_samples, std::string const& name) {
    auto other = shape;
    if (any_samples) other.at(0) = other_samples;
    return noted(net_.add_input(shape, name), std::move(other));
  }
  /// Whether an extent of a layer depends on the number of samples, and whether it is that number.
  [[nodiscard]] bool depends_on_samples(std::size_t layer, std::size_t axis) const {
    auto const& other = others_.at(layer);
    return other && other->at(axis) != shape_of(layer)[axis];
  }
  [[nodiscard]] bool counts_samples(std::size_t layer, std::size_t axis) const {
    return depends_on_samples(layer, axis) && shape_of(layer)[axis] == 1 &&
           others_.at(layer)->at(axis) == other_samples;
  }
  /// The extents of a layer, with any_number and any_other_number where they depend on the number of samples.
  [[nodiscard]] std::vector<std::int64_t> extents_of(std::size_t layer) const {
    std::vector<std::int64_t> extents(shape_of(layer).begin(), shape_of(layer).end());
    for (std::size_t i = 0; i < extents.size(); ++i)
      if (depends_on_samples(layer, i)) extents[i] = counts_samples(layer, i) ? any_number : any_other_number;
    return extents;
  }

  // --- the operator at hand ---
  void begin(node const& n) { node_ = &n; }
  [[nodiscard]] node const& current() const noexcept { return *node_; }
  [[nodiscard]] attribute_set const& attributes() const noexcept { return node_->attributes; }
  [[nodiscard]] std::int64_t opset() const noexcept { return file_->opset; }
  [[nodiscard]] bool has(std::size_t i) const noexcept { return node_->has_input(i); }

  /// An input that must be there. Throws unsupported.
  [[nodiscard]] graph_value const& input(std::size_t i) const {
    if (!has(i)) throw unsupported(fmt::format("its input {} is missing", i + 1));
    return values_.at(node_->inputs[i]);
  }
  /// Numbers that stand in the graph, or nothing.
  [[nodiscard]] shared_numbers literals(std::size_t i) const {
    auto const* const found = std::get_if<constant>(&input(i));
    return found ? found->numbers : nullptr;
  }
  /// Those, or weights.
  [[nodiscard]] shared_numbers known(std::size_t i) const {
    auto const* const found = std::get_if<weight>(&input(i));
    return found ? found->numbers : literals(i);
  }
  /// Integers that shapes can be computed from, or nothing.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> known_integers(std::size_t i) const {
    auto const from = known(i);
    if (!from || from->is_real() || from->ints().size() > most_integers) return std::nullopt;
    return from->ints();
  }
  /// A setting that is an input in newer operators and an attribute in older ones; empty if it is neither. Throws
  /// unsupported.
  [[nodiscard]] std::vector<std::int64_t> integers(std::size_t i, std::string_view attribute) const {
    if (!has(i)) return attributes().ints(attribute, {});
    auto numbers = known_integers(i);
    if (!numbers) throw unsupported(fmt::format("its input {} is no constant", i + 1));
    if (detail::depends_on_samples(*numbers))
      throw unsupported(fmt::format("its input {} depends on the number of samples", i + 1));
    return std::move(*numbers);
  }
  [[nodiscard]] std::optional<double> number(std::size_t i, std::string_view attribute) const {
    if (!has(i) && !attributes().has(attribute)) return std::nullopt;
    if (!has(i)) return attributes().real(attribute);
    auto const from = known(i);
    if (!from || element_count(from->shape) != 1)
      throw unsupported(fmt::format("its input {} is not one constant number", i + 1));
    auto const value = from->is_real() ? from->reals().at(0) : static_cast<double>(from->ints().at(0));
    if (std::isnan(value)) throw unsupported(fmt::format("its input {} is no number", i + 1));
    return value;
  }

  /// The layer of an input that koi computes with; weights become one. Throws unsupported.
  [[nodiscard]] std::size_t layer(std::size_t i) {
    if (auto const* const found = std::get_if<secret>(&input(i))) return found->layer;
    return parameter_of(known(i));
  }
  [[nodiscard]] shape_type const& shape_of(std::size_t layer) const { return net_.shape_of(layer); }

  // --- weights ---
  /// A layer that gives weights, as their owner arranges them without changing their shape.
  template <class Arrange = as_it_is>
  [[nodiscard]] std::size_t parameter_of(shared_numbers const& from, Arrange arrange = {}) {
    remember(from, arrange);
    return noted(net_.add(parameter{from->shape}, {}, unique_name("weight")), from->shape);
  }
  /// The next weight of the network is this one, as its owner arranges it. Throws unsupported.
  template <class Arrange = as_it_is>
  void remember(shared_numbers const& from, Arrange arrange = {}) {
    if (!from->is_real()) throw unsupported("integers where numbers are computed with");
    spend(element_count(from->shape));
    recipes_.push_back([from, arrange] { return arrange(from->plain()); });
  }
  /// The same for one that must have a shape.
  template <class Arrange = as_it_is>
  void remember(shared_numbers const& from, shape_type const& shape, Arrange arrange = {}) {
    if (!from) throw unsupported("weights that are computed");
    if (from->shape != shape)
      throw unsupported(fmt::format("weights of shape {} instead of {}", to_string(from->shape), to_string(shape)));
    remember(from, arrange);
  }
  /// Weights and lists of indices count together. Throws unsupported if they are too many.
  void spend(std::size_t elements) {
    if (elements > left_) throw unsupported(fmt::format("more than {} weights", max_elements_));
    left_ -= elements;
  }
  /// Throws unsupported for windows with more taps than a value may have elements.
  void check_windows(window_axis const& axis, std::size_t length) const {
    if (axis.size > max_elements_ / axis.count(length))
      throw unsupported(
          fmt::format("{} windows of {}; {} elements are the limit", axis.count(length), axis.size, max_elements_));
  }
  /// Throws unsupported for the shape of a value that is empty or too large.
  void check_size(shape_type const& shape) const {
    auto const count = io::detail::checked_element_count(shape);
    if (!count || *count > max_elements_ || shape.size() > most_axes)
      throw unsupported(fmt::format("a value of shape {}; {} elements and {} axes are the limit", listed(shape),
                                    max_elements_, most_axes));
    if (*count == 0) throw unsupported(fmt::format("a value of shape {}, without elements", to_string(shape)));
  }

  // --- what it gives ---
  template <class L>
  std::size_t add(L const& what, std::vector<std::size_t> from) {
    auto other = other_shape(what, from);
    auto const layer = net_.add(what, std::move(from), unique_name(node_->name.empty() ? node_->op_type : node_->name));
    check_size(net_.shape_of(layer));
    return noted(layer, std::move(other));
  }
  void give(std::size_t layer, std::size_t output = 0) { give(graph_value(secret{layer}), output); }
  void give(constant numbers, std::size_t output = 0) { give(graph_value(std::move(numbers)), output); }
  void give(graph_value value, std::size_t output = 0) {
    if (node_->has_output(output)) values_[node_->outputs[output]] = std::move(value);
  }
  template <class L>
  void give_layer(L const& what, std::vector<std::size_t> from) {
    give(add(what, std::move(from)));
  }

 private:
  static constexpr std::size_t other_samples = 10'007;  // a prime, so that it is no product or quotient of extents

  /// The shape of a new layer for `other_samples`; none where it takes one sample alone.
  template <class L>
  [[nodiscard]] std::optional<shape_type> other_shape(L const& what, std::vector<std::size_t> const& from) const {
    std::vector<shape_type> in;
    for (auto const i : from) {
      if (!others_.at(i)) return std::nullopt;
      in.push_back(*others_[i]);
    }
    try {
      return what.output_shape(in);
    } catch (error const&) {
      return std::nullopt;
    }
  }
  std::size_t noted(std::size_t layer, std::optional<shape_type> other) {
    if (other && (other->size() != shape_of(layer).size() || !io::detail::checked_element_count(*other))) other.reset();
    others_.resize(std::max(others_.size(), layer + 1));
    others_[layer] = std::move(other);
    return layer;
  }
  [[nodiscard]] std::string unique_name(std::string const& wanted) {
    auto const n = ++names_[wanted];
    return n == 1 ? wanted : fmt::format("{}_{}", wanted, n);
  }

  std::shared_ptr<model const> file_;
  std::size_t max_elements_;
  std::size_t left_;
  Net& net_;
  node const* node_ = nullptr;
  std::map<std::string, graph_value> values_;
  std::map<std::string, std::size_t> names_;
  std::vector<recipe> recipes_;
  std::vector<std::optional<shape_type>> others_;  // by layer, see other_shape
};

}  // namespace koi::io::onnx::detail
