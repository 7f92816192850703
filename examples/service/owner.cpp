// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "service.hpp"

#include <koi/io/onnx/network.hpp>
#include <koi/io/onnx/without_weights.hpp>
#include <koi/protocol/pond.hpp>

service::shared_model service::read_shared_model(std::filesystem::path const& onnx) {
  using protocol = koi::pond<koi::ring64, fixed::frac_bits>;  // what weights are shared does not depend on the protocol
  auto const file = koi::io::detail::read_file(onnx, std::size_t{1} << 31);
  auto const network = koi::io::onnx::network::parse(file, onnx.string());
  auto model = network.build<protocol>();
  (void)model.shared_shapes();
  shared_model out;
  out.graph = koi::io::onnx::without_weights(file, onnx.string());
  std::vector<koi::tensor<koi::ring64>> parts;
  std::size_t size = 0;
  for (auto const& weight : model.shared_weights(network.weights())) {
    parts.push_back(koi::encode<fixed>(weight, fmt::format("{}: weight {}", onnx.string(), parts.size() + 1)));
    size += parts.back().size();
  }
  out.weights = koi::tensor<koi::ring64>({size});
  auto* at = out.weights.data();
  for (auto const& part : parts) at = std::copy_n(part.data(), part.size(), at);
  return out;
}
