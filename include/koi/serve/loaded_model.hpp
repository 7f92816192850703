// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/model.hpp>
#include <koi/ops/extrema.hpp>
#include <koi/serve/outside.hpp>
#include <koi/session/session.hpp>

#include <span>

namespace koi::serve {

/// A model in a session, at any player: layers, and at the servers shares of the weights with their masks.
template <Protocol P>
class loaded_model {
 public:
  using ring = typename P::ring;

  /// `pieces` are the servers'; the helper has none.
  loaded_model(party& self, nn::model<P> net, std::vector<tensor<ring>> pieces) : net_(std::move(net)) {
    auto const shapes = net_.shared_shapes();
    std::vector<private_tensor<P>> weights;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      weights.emplace_back(
          self, self.is_server() ? typename P::share_type(std::move(pieces.at(i))) : typename P::share_type(shapes[i]));
      weights.back().share().make_lasting();
    }
    net_.set_shared_weights(weights);
    sample_ = net_.shape_of(net_.input());
    if (sample_.empty()) throw bad_option("the model's input has no axis for samples");
    sample_.erase(sample_.begin());
  }

  [[nodiscard]] shape_type const& sample() const noexcept { return sample_; }
  /// Whether samples of several clients may stand in one batch.
  [[nodiscard]] bool keeps_samples_apart() const { return net_.keeps_samples_apart(); }
  /// Shape of one sample's result; known after try_out.
  [[nodiscard]] shape_type const& result() const noexcept { return result_; }
  [[nodiscard]] shape_type batch_shape(std::size_t samples) const {
    auto shape = sample_;
    shape.insert(shape.begin(), samples);
    return shape;
  }

  /// Runs the model on nothing, so that the weights get their masks and its shapes are known to fit.
  ///
  /// Throws  bad_argument at all players alike where it is no model for batches
  void try_out(party& self, std::size_t samples) {
    auto const shape = batch_shape(samples);
    auto const zeros = self.is_server() ? std::optional(tensor<ring>(shape, 0)) : std::nullopt;
    auto const y = net_(shares_from_outside<P>(self, shape, zeros));
    check_rows(y.shape(), samples);
    result_.assign(y.shape().begin() + 1, y.shape().end());
  }

  /// This server's piece of the results for a batch; nothing at the helper and ahead of the inputs.
  [[nodiscard]] std::optional<tensor<ring>> predict(party& self, std::size_t samples, bool label,
                                                    std::optional<tensor<ring>> piece) const {
    auto const y = net_(shares_from_outside<P>(self, batch_shape(samples), std::move(piece)));
    check_rows(y.shape(), samples);
    if (!std::equal(y.shape().begin() + 1, y.shape().end(), result_.begin(), result_.end()))
      throw bad_argument("the model's rows have another shape in this batch than they had alone");
    if (!label) return shares_to_outside(y);
    auto const axis = y.shape().size() - 1;
    if (axis == 0) throw bad_option("a label is a place in a row of results, and this model gives one number a sample");
    return shares_to_outside(argmax(y, axis));
  }

 private:
  static void check_rows(shape_type const& result, std::size_t samples) {
    if (result.empty() || result[0] != samples)
      throw bad_option(fmt::format("the model makes a result of shape {} of {} samples: no row for each",
                                   koi::to_string(result), samples));
  }

  nn::model<P> net_;
  shape_type sample_, result_;
};

}  // namespace koi::serve
