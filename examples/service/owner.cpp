// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "service.hpp"

#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/set_weights.hpp>
#include <koi/io/onnx/without_weights.hpp>
#include <koi/io/share_pair.hpp>
#include <koi/protocol/pond.hpp>

namespace {

using protocol = koi::pond<koi::ring64, service::fixed::frac_bits>;  // what is shared does not depend on the protocol
using words = koi::tensor<koi::ring64>;

/// All words in a row.
words in_a_row(std::vector<words> const& parts) {
  std::size_t size = 0;
  for (auto const& part : parts) size += part.size();
  words all({size});
  auto* at = all.data();
  for (auto const& part : parts) at = std::copy_n(part.data(), part.size(), at);
  return all;
}

std::vector<words> encoded(std::vector<koi::plain_tensor> const& weights, std::string const& file) {
  std::vector<words> parts;
  for (auto const& weight : weights)
    parts.push_back(koi::encode<service::fixed>(weight, fmt::format("{}: weight {}", file, parts.size() + 1)));
  return parts;
}

}  // namespace

service::shared_model service::read_shared_model(model_files const& files, std::string const& name) {
  auto const file = koi::io::detail::read_file(files.graph, std::size_t{1} << 31);
  auto read = koi::io::onnx::parse_model(file, files.graph);
  if (!files.weights.empty()) koi::io::onnx::set_weights(read, koi::io::read_npz(files.weights), files.weights);
  auto const network = koi::io::onnx::network::of(std::move(read));
  auto model = network.build<protocol>();
  auto const shapes = model.shared_shapes();
  auto graph = koi::io::onnx::without_weights(file, files.graph);
  if (!files.shares.empty()) {
    auto const pieces = koi::io::read_share_pair<protocol>({files.shares.at(0), files.shares.at(1)}, name, shapes);
    return {std::move(graph), koi::serve::split_again(in_a_row(pieces[0]), in_a_row(pieces[1]))};
  }
  auto const& source = files.weights.empty() ? files.graph : files.weights;
  return {std::move(graph), koi::serve::split(in_a_row(encoded(model.shared_weights(network.weights()), source)))};
}
