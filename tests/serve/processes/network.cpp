// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/serve/processes/network.hpp"

#include "tests/io/onnx_bytes.hpp"

#include <koi/io/idx.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

namespace koi_tests {

digits load_digits(std::filesystem::path const& folder, bool training, std::size_t most) {
  digits out;
  out.inputs = 784;
  if (!folder.empty()) {
    auto const name = [&](char const* what) {
      return folder / (std::string(training ? "train-" : "t10k-") + what + "-ubyte.gz");
    };
    auto const images = koi::load_idx(name("images-idx3"), 3);
    auto const labels = koi::load_idx(name("labels-idx1"), 1);
    auto const count = std::min(most, labels.bytes.size());
    out.labels.assign(labels.bytes.begin(), labels.bytes.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count * out.inputs; ++i)
      out.rows.push_back(static_cast<float>(images.bytes[i]) / 255.0F);
    return out;
  }
  std::mt19937 centres(1), noise(training ? 2 : 3);
  std::uniform_real_distribution<float> unit(0, 1);
  std::vector<float> middle(10 * out.inputs);
  for (auto& v : middle) v = unit(centres) > 0.8F ? 1.0F : 0.0F;
  for (std::size_t i = 0; i < most; ++i) {
    out.labels.push_back(static_cast<std::uint8_t>(noise() % 10));
    for (std::size_t k = 0; k < out.inputs; ++k)
      out.rows.push_back(unit(noise) < 0.7F ? middle[out.labels.back() * out.inputs + k] : 0.0F);
  }
  return out;
}

plain_network::plain_network(std::size_t in, std::size_t middle, std::size_t out, unsigned seed)
    : inputs(in), hidden(middle), outputs(out), w1(in * middle), b1(middle), w2(middle * out), b2(out) {
  std::mt19937 random(seed);
  auto const fill = [&](std::vector<float>& w, std::size_t fan_in) {
    std::normal_distribution<float> draw(0, std::sqrt(2.0F / static_cast<float>(fan_in)));
    for (auto& v : w) v = draw(random);
  };
  fill(w1, in);
  fill(w2, middle);
}

void plain_network::train(digits const& on, unsigned epochs) {
  std::vector<std::size_t> order(on.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::mt19937 random(5);
  std::vector<float> h(hidden), dh(hidden), z(outputs);
  for (unsigned epoch = 0; epoch < epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    float const rate = 0.05F / static_cast<float>(1 + epoch);
    for (auto const i : order) {
      auto const* const x = on.row(i);
      h = b1;
      for (std::size_t k = 0; k < inputs; ++k)
        if (x[k] != 0)
          for (std::size_t j = 0; j < hidden; ++j) h[j] += x[k] * w1[k * hidden + j];
      for (auto& v : h) v = std::max(v, 0.0F);
      z = b2;
      for (std::size_t j = 0; j < hidden; ++j)
        for (std::size_t c = 0; c < outputs; ++c) z[c] += h[j] * w2[j * outputs + c];
      auto const top = *std::max_element(z.begin(), z.end());
      float sum = 0;
      for (auto& v : z) sum += v = std::exp(v - top);
      for (std::size_t c = 0; c < outputs; ++c) z[c] = rate * (z[c] / sum - (c == on.labels[i] ? 1.0F : 0.0F));
      std::fill(dh.begin(), dh.end(), 0.0F);
      for (std::size_t j = 0; j < hidden; ++j)
        for (std::size_t c = 0; h[j] > 0 && c < outputs; ++c) {
          dh[j] += z[c] * w2[j * outputs + c];
          w2[j * outputs + c] -= z[c] * h[j];
        }
      for (std::size_t c = 0; c < outputs; ++c) b2[c] -= z[c];
      for (std::size_t j = 0; j < hidden; ++j) b1[j] -= dh[j];
      for (std::size_t k = 0; k < inputs; ++k)
        if (x[k] != 0)
          for (std::size_t j = 0; j < hidden; ++j) w1[k * hidden + j] -= x[k] * dh[j];
    }
  }
}

std::vector<double> plain_network::scores(float const* x) const {
  std::vector<double> h(b1.begin(), b1.end()), z(b2.begin(), b2.end());
  for (std::size_t k = 0; k < inputs; ++k)
    if (x[k] != 0)
      for (std::size_t j = 0; j < hidden; ++j)
        h[j] += static_cast<double>(x[k]) * static_cast<double>(w1[k * hidden + j]);
  for (std::size_t j = 0; j < hidden; ++j)
    if (h[j] > 0)
      for (std::size_t c = 0; c < outputs; ++c) z[c] += h[j] * static_cast<double>(w2[j * outputs + c]);
  return z;
}

void plain_network::write_onnx(std::filesystem::path const& file) const {
  auto const n = [](std::size_t extent) { return static_cast<std::int64_t>(extent); };
  graph_parts parts;
  parts.nodes = {node_proto("Gemm", {"x", "w1", "b1"}, {"h"}), node_proto("Relu", {"h"}, {"r"}),
                 node_proto("Gemm", {"r", "w2", "b2"}, {"y"})};
  parts.initializers = {
      tensor_proto("w1", {n(inputs), n(hidden)}, 1, raw(w1)), tensor_proto("b1", {n(hidden)}, 1, raw(b1)),
      tensor_proto("w2", {n(hidden), n(outputs)}, 1, raw(w2)), tensor_proto("b2", {n(outputs)}, 1, raw(b2))};
  parts.inputs = {shaped_value_proto("x", {-1, n(inputs)})};
  parts.outputs = {shaped_value_proto("y", {-1, n(outputs)})};
  std::ofstream(file, std::ios::binary) << model_proto(parts);
}

std::size_t argmax(std::vector<double> const& scores) {
  return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace koi_tests
