// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/model.hpp>

namespace koi::nn {

/// The shape of one sample, without the axis that counts samples: input{784}, input{28, 28, 1}.
struct input {
  shape_type shape;
  input(std::initializer_list<std::size_t> extents) : shape(extents) {}
  explicit input(shape_type sample) : shape(std::move(sample)) {}
};

/// Layers one after the other.
///
///   koi::nn::sequential<protocol> net{input{784}, dense{512}, relu{}, dense{10}};
///   on.load_weights(net, "model-owner", [] { return weights; });
///   auto logits = net(x);
///
/// Threads  one object: one thread at a time
template <Protocol P>
class sequential : public model<P> {
 public:
  /// Throws  bad_argument where a layer does not fit what comes before it
  template <Description... Layers>
  explicit sequential(input const& of, Layers const&... layers) : model<P>(of.shape) {
    [[maybe_unused]] auto last = this->input();
    ((last = this->add(layers, {last})), ...);
  }
};

}  // namespace koi::nn
