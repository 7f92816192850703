// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/translate.hpp>
#include <koi/io/onnx/read.hpp>

namespace koi::io::onnx {

/// What is read of a file.
struct network_options {
  std::string output{};  ///< the name of the output that is predicted; needed where there are several
  read_limits limits{};
};

/// A network that was trained elsewhere: its graph, which every player may see, and, at its owner, its weights.
///
///   auto const network = koi::io::onnx::network::read("lenet.onnx");   // before any connection is opened
///   auto model = network.build<protocol>();                            // at every player
///   on.load_weights(model, "model-owner", [&] { return network.weights(); });
///
/// Floats that stand in the file as initializers are weights and become private. Constants of the graph (operators'
/// settings, shapes, bounds, single numbers that are written into it) are part of the graph: every player must have
/// the same. The other players need no weights: see without_weights. Images have their channels first. What the
/// output does not depend on is left out.
class network {
 public:
  /// Throws  bad_option for a file that is damaged, and one with the list of all parts that koi cannot compute
  [[nodiscard]] static network read(std::filesystem::path const& path, network_options const& options = {}) {
    return network(read_model(path, options.limits), options);
  }
  /// The same for the bytes of a file; `name` stands for it in messages.
  [[nodiscard]] static network parse(const_byte_span bytes, std::string_view name,
                                     network_options const& options = {}) {
    return network(parse_model(bytes, name, options.limits), options);
  }

  /// The same for a model that was read already.
  [[nodiscard]] static network of(onnx::model file, network_options const& options = {}) {
    return network(std::move(file), options);
  }

  /// The layers, without weights yet. Its inputs are those of the file; where their first extent has no number, any
  /// number of samples is taken.
  template <Protocol P>
  [[nodiscard]] nn::model<P> build() const {
    nn::model<P> net;
    (void)translated(net);
    return net;
  }

  /// The weights, at their owner, in the order of nn::model::weight_shapes.
  ///
  /// Throws  bad_option if the file has none: see without_weights
  [[nodiscard]] std::vector<plain_tensor> weights() const {
    std::vector<plain_tensor> all;
    for (auto const& recipe : recipes_) all.push_back(recipe());
    return all;
  }

  /// What the file says.
  [[nodiscard]] onnx::model const& file() const noexcept { return *file_; }

 private:
  network(onnx::model file, network_options options)
      : file_(std::make_shared<onnx::model>(std::move(file))), options_(std::move(options)) {
    detail::shapes_alone shapes;
    recipes_ = translated(shapes);
  }

  template <class Net>
  [[nodiscard]] std::vector<detail::recipe> translated(Net& net) const {
    detail::translation<Net> at(file_, options_.limits.max_elements, net);
    detail::graph_walk<Net>(at, options_.limits.max_operators).run(options_.output);
    return at.recipes();
  }

  std::shared_ptr<onnx::model const> file_;
  network_options options_;
  std::vector<detail::recipe> recipes_;
};

}  // namespace koi::io::onnx
