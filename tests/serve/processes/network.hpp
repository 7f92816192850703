// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace koi_tests {

/// Samples in rows, and what they are.
struct digits {
  std::size_t inputs = 0;
  std::vector<float> rows;
  std::vector<std::uint8_t> labels;

  [[nodiscard]] std::size_t size() const noexcept { return labels.size(); }
  [[nodiscard]] float const* row(std::size_t i) const noexcept { return rows.data() + i * inputs; }
};

/// Images from 0 to 1 of a folder with MNIST, or, where there is none, noise around ten drawn centres.
[[nodiscard]] digits load_digits(std::filesystem::path const& folder, bool training, std::size_t most);

/// A network of two dense layers with ReLU between them, in the clear.
struct plain_network {
  std::size_t inputs, hidden, outputs;
  std::vector<float> w1, b1, w2, b2;  ///< w1 [inputs, hidden], w2 [hidden, outputs]

  /// Small drawn weights.
  plain_network(std::size_t in, std::size_t middle, std::size_t out, unsigned seed);

  void train(digits const& on, unsigned epochs);
  [[nodiscard]] std::vector<double> scores(float const* row) const;
  void write_onnx(std::filesystem::path const& file) const;
};

[[nodiscard]] std::size_t argmax(std::vector<double> const& scores);

}  // namespace koi_tests
