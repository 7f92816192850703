// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/plan.hpp>
#include <koi/ops/watch.hpp>

namespace koi::nn {

/// Layers that feed each other, as a list in which each takes its inputs from earlier ones.
///
///   koi::nn::model<protocol> net({28, 28, 1});
///   auto const a = net.add(conv2d{.filters = 8, .kernel_size = {3, 3}, .padding = padding2d::same()}, {net.input()});
///   auto const b = net.add(relu{}, {a});
///   net.add(concatenate{}, {a, b});               // the last layer gives the result
///
/// A ReLU after a linear layer is one operation with its truncation, maxima come before ReLUs, and a batch
/// normalisation becomes a part of the linear layer before it where one owner loads both.
/// Threads  one object: one thread at a time
template <Protocol P>
class model {
 public:
  using tensors = std::vector<private_tensor<P>>;

  /// A model without inputs yet; see add_input.
  model() = default;
  /// A model for samples of one shape.
  explicit model(shape_type const& sample) {
    shape_type batch{1};
    batch.insert(batch.end(), sample.begin(), sample.end());
    (void)add_input(std::move(batch));
  }

  /// Adds an input of this shape, for a batch of as many samples as its first extent says; any other number is
  /// taken as well.
  std::size_t add_input(shape_type batch, std::string name = "input") {
    nodes_.push_back({std::move(name), nullptr, {}, std::move(batch), true});
    inputs_.push_back(nodes_.size() - 1);
    last_ = nodes_.size() - 1;
    plan_again(fold_scales::no);
    return inputs_.back();
  }
  /// What stands for the samples of a model for one shape.
  [[nodiscard]] std::size_t input() const noexcept { return 0; }

  /// Adds a layer that is fed by earlier ones, and returns what stands for it.
  ///
  /// Throws  bad_argument where it does not fit its inputs, with its name
  template <Description L>
  std::size_t add(L const& what, std::vector<std::size_t> from, std::string name = {}) {
    if (name.empty()) name = fmt::format("{}_{}", L::name, nodes_.size());
    std::vector<shape_type> in;
    bool apart = nn::keeps_samples_apart(what) && !from.empty();
    for (auto const i : from) {
      if (i >= nodes_.size()) throw bad_argument(fmt::format("layer {}: there is no layer {} before it", name, i));
      in.push_back(nodes_[i].shape);
      apart = apart && nodes_[i].apart && in.back().size() >= 2 && in.back().size() == in.front().size();
    }
    try {
      auto shape = what.output_shape(in);
      auto made = detail::built<P>(what, in);
      nodes_.push_back({std::move(name), std::move(made), std::move(from), std::move(shape), apart});
    } catch (bad_argument const& e) {
      throw bad_argument(fmt::format("layer {}: {}", name, e.what()));
    }
    last_ = nodes_.size() - 1;
    plan_again(fold_scales::no);
    return last_;
  }

  /// From now on this layer gives the result; without a call the last one does.
  void make_last(std::size_t layer) {
    if (layer >= nodes_.size()) throw bad_argument(fmt::format("model: there is no layer {}", layer));
    last_ = layer;
    plan_again(fold_scales::no);
  }

  /// Shape of a layer's result for a batch of one sample.
  [[nodiscard]] shape_type const& shape_of(std::size_t layer) const { return nodes_.at(layer).shape; }

  /// Whether it is certain that each sample's result depends on that sample alone. Who batches samples of different
  /// people asks this: a model that mixes them would give one's data to the other.
  [[nodiscard]] bool keeps_samples_apart() const { return nodes_.at(last_).apart; }

  /// Shapes of all weights in order: what their owner has.
  [[nodiscard]] std::vector<shape_type> weight_shapes() const {
    std::vector<shape_type> all;
    for (auto const& of_layer : declared_shapes()) all.insert(all.end(), of_layer.begin(), of_layer.end());
    return all;
  }

  /// Takes weights that are shared already, whoever owns each. Throws bad_argument or shape_mismatch.
  void set_weights(tensors const& weights) {
    plan_again(fold_scales::no);
    distribute(weights, declared_shapes(), &layer<P>::set_weights);
  }

  /// Shapes of what is shared of weights that one owner has in the clear: session::load_weights does all three.
  [[nodiscard]] std::vector<shape_type> shared_shapes() {
    std::vector<shape_type> all;
    for (auto const& of_layer : shared_shapes_by_layer()) all.insert(all.end(), of_layer.begin(), of_layer.end());
    return all;
  }
  /// What is shared of them, at their owner. Throws bad_argument or shape_mismatch.
  [[nodiscard]] std::vector<plain_tensor> shared_weights(std::vector<plain_tensor> weights) {
    plan_again(fold_scales::yes);
    auto own = by_layer(std::move(weights));
    std::vector<plain_tensor> shared;
    for (std::size_t i = 0; i < steps().size(); ++i)
      if (auto const& s = steps()[i]; s.skipped)
        own[s.from[0]] = steps()[s.from[0]].what->scaled_weights(std::move(own[s.from[0]]), s.what->scale_of(own[i]));
    for (std::size_t i = 0; i < steps().size(); ++i)
      if (steps()[i].what && !steps()[i].skipped)
        for (auto& w : steps()[i].what->shared_weights(std::move(own[i]))) shared.push_back(std::move(w));
    return shared;
  }
  void set_shared_weights(tensors const& weights) {
    distribute(weights, shared_shapes_by_layer(), &layer<P>::set_shared_weights);
  }

  /// The shared weights that it uses, as set_weights or set_shared_weights took them.
  [[nodiscard]] tensors const& weights() const noexcept { return weights_; }

  /// The prediction for a batch. Throws bad_argument where the model takes several inputs.
  [[nodiscard]] private_tensor<P> operator()(private_tensor<P> const& x) const { return (*this)(tensors{x}); }
  /// The same for a model with several inputs, in the order in which they were added.
  [[nodiscard]] private_tensor<P> operator()(tensors const& x) const {
    if (x.size() != inputs_.size())
      throw bad_argument(fmt::format("model: it takes {} inputs, {} came", inputs_.size(), x.size()));
    std::vector<value> values(steps().size());
    for (std::size_t i = 0; i < x.size(); ++i) values[inputs_[i]].whole = x[i];
    for (std::size_t i = 0; i < steps().size(); ++i) {
      if (!steps()[i].what || steps()[i].uses == 0) continue;
      auto const scope = x[0].self().scope(nodes_[i].name);
      values[i] = result(i, values);
      if (auto* const by = koi::detail::watcher_of<P>(x[0].self()); by && values[i].whole)
        by->see(*values[i].whole, watched(i));
      for (auto const from : steps()[i].from)  // memory of what nobody needs any more
        if (last_use_[from] == i && from != last_) values[from] = {};
    }
    return *values[last_].whole;
  }

 private:
  struct entry {
    std::string name;
    std::unique_ptr<layer<P>> what;  // none for an input
    std::vector<std::size_t> from;
    shape_type shape;
    bool apart;  ///< see keeps_samples_apart
  };
  [[nodiscard]] std::vector<std::vector<shape_type>> declared_shapes() const {
    std::vector<std::vector<shape_type>> shapes;
    for (auto const& node : nodes_)
      shapes.push_back(node.what ? node.what->weight_shapes() : std::vector<shape_type>());
    return shapes;
  }

  /// What a step gives: a tensor, or a product in half the ring.
  struct value {
    std::optional<private_tensor<P>> whole;
    std::optional<typename layer<P>::narrow_tensor> narrow;
  };

  [[nodiscard]] value result(std::size_t i, std::vector<value> const& values) const {
    if constexpr (NarrowingProtocol<P>) {
      auto const& s = steps()[i];
      if (auto const* const x = s.from.size() == 1 ? &values[s.from[0]].narrow : nullptr; x && *x) {
        if (s.as_narrow) return {{}, s.what->of_narrow(**x)};
        return {s.what->after_narrow(**x), {}};
      }
      auto const whole = whole_result(i, values);
      if (!s.as_narrow) return {whole, {}};
      using half = typename narrowed<P>::ring;
      return {{}, {{whole.self(), P::template narrowed<half>(whole.self(), whole.share(), P::frac_bits)}}};
    } else {
      return {whole_result(i, values), {}};
    }
  }
  [[nodiscard]] private_tensor<P> whole_result(std::size_t i, std::vector<value> const& values) const {
    auto const& s = steps()[i];
    tensors in;
    for (auto const from : s.from) in.push_back(*values[from].whole);
    if (s.skipped) return in[0];
    if (s.what->gives_product() && s.as_product) return s.what->product(in);
    if (s.what->takes_product() && steps()[s.from[0]].as_product) return s.what->after_product(in[0]);
    return s.as_product ? s.what->of_products(in) : s.what->forward(in);
  }

  /// A step's result is not its layer's where it took part in a swap that is not over, or has a scale in it that
  /// comes later.
  [[nodiscard]] watched_as watched(std::size_t i) const {
    auto const swapped = [&](std::size_t at) { return steps()[at].what != nodes_[at].what.get(); };
    watched_as what{steps()[i].as_product ? 2 * P::frac_bits : P::frac_bits};
    for (auto j = i + 1; j < steps().size(); ++j) {
      auto const& after = steps()[j];
      if (after.uses == 0 || after.from.empty() || after.from[0] != i) continue;
      if (after.skipped || (swapped(i) && swapped(j))) what.is_what_it_says = false;
    }
    return what;
  }

  void plan_again(fold_scales fold) {
    fold_ = fold;
    steps_.clear();
  }
  /// One step for each node; planned when it is first asked for.
  std::vector<step<P>> const& steps() const {
    if (!steps_.empty()) return steps_;
    for (auto const& node : nodes_) steps_.push_back({node.what.get(), node.from});
    plan(steps_, last_, fold_);
    last_use_.assign(steps_.size(), 0);
    for (std::size_t i = 0; i < steps_.size(); ++i)
      for (auto const from : steps_[i].from) last_use_[from] = i;
    return steps_;
  }

  /// Weights by layer, of which the shapes are checked.
  [[nodiscard]] std::vector<std::vector<plain_tensor>> by_layer(std::vector<plain_tensor> weights) const {
    check_count(weights.size(), weight_shapes().size());
    std::vector<std::vector<plain_tensor>> own(nodes_.size());
    std::size_t at = 0;
    auto const shapes = declared_shapes();
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      for (auto const& shape : shapes[i]) {
        shape_type const came(weights[at].shape().begin(), weights[at].shape().end());
        if (came != shape)
          throw shape_mismatch::declared(fmt::format("weight {} (layer {})", at + 1, nodes_[i].name), shape, came);
        own[i].push_back(std::move(weights[at++]));
      }
    return own;
  }

  [[nodiscard]] std::vector<std::vector<shape_type>> shared_shapes_by_layer() {
    plan_again(fold_scales::yes);
    for (auto const& s : steps())
      if (s.skipped) steps()[s.from[0]].what->expect_scale();
    std::vector<std::vector<shape_type>> shapes;
    for (auto const& s : steps())
      shapes.push_back(s.skipped || !s.what ? std::vector<shape_type>() : s.what->shared_shapes());
    return shapes;
  }

  static void check_count(std::size_t came, std::size_t wanted) {
    if (came != wanted)
      throw bad_argument(fmt::format("set_weights: the model has {} tensors of weights, {} came", wanted, came));
  }
  void distribute(tensors const& weights, std::vector<std::vector<shape_type>> const& shapes,
                  void (layer<P>::*set)(tensors)) {
    std::size_t count = 0;
    for (auto const& of_layer : shapes) count += of_layer.size();
    check_count(weights.size(), count);
    std::size_t at = 0;
    for (auto const& of_layer : shapes)
      for (auto const& shape : of_layer)
        if (auto const& w = weights[at++]; w.shape() != shape) throw shape_mismatch("set_weights", shape, w.shape());
    weights_ = weights;
    auto next = weights.begin();
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (shapes[i].empty()) continue;
      auto const end = next + static_cast<std::ptrdiff_t>(shapes[i].size());
      (steps()[i].what->*set)(tensors(next, end));
      next = end;
    }
  }

  std::vector<entry> nodes_;
  std::vector<std::size_t> inputs_;
  std::size_t last_ = 0;
  fold_scales fold_ = fold_scales::no;
  mutable std::vector<step<P>> steps_;  // see steps()
  mutable std::vector<std::size_t> last_use_;
  tensors weights_;
};

}  // namespace koi::nn
