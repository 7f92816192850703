// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/npy.hpp>
#include <koi/io/onnx/network.hpp>
#include <koi/session/in_process.hpp>

#include "tests/io/files.hpp"

#include <cmath>
#include <optional>

/// The models of tests/data/onnx as networks under a protocol, against what onnxruntime computed.
namespace koi_tests {

/// One output of a model in the folder, with its inputs.
struct onnx_sample {
  std::string name;
  std::string output;  ///< its name in the graph
  std::vector<koi::plain_tensor> inputs;
  koi::plain_tensor expected;
  bool any_batch = false;

  [[nodiscard]] koi::io::onnx::network network() const {
    return koi::io::onnx::network::read(data_folder("onnx") / (name + ".onnx"), {.output = output});
  }
};

/// All outputs of a model. An array that is missing is an error.
[[nodiscard]] inline std::vector<onnx_sample> samples_of(std::string const& name) {
  auto const array = [&](std::string const& what, std::size_t i, std::size_t count) {
    auto const number = count == 1 ? std::string() : std::to_string(i);
    return koi::io::read_npy(data_folder("onnx") / (name + "." + what + number + ".npy"));
  };
  auto const model = koi::io::onnx::read_model(data_folder("onnx") / (name + ".onnx"));
  auto const &in = model.graph.inputs, &out = model.graph.outputs;
  std::vector<koi::plain_tensor> inputs;
  for (std::size_t i = 0; i < in.size(); ++i) inputs.push_back(array("input", i, in.size()));
  std::vector<onnx_sample> samples;
  for (std::size_t i = 0; i < out.size(); ++i)
    samples.push_back(
        {name, out[i].name, inputs, array("output", i, out.size()), !in.at(0).shape.value().at(0).extent});
  return samples;
}
[[nodiscard]] inline std::vector<onnx_sample> all_samples() {
  std::vector<onnx_sample> all;
  for (auto const& file : std::filesystem::directory_iterator(data_folder("onnx")))
    if (file.path().extension() == ".onnx")
      for (auto& sample : samples_of(file.path().stem().string())) all.push_back(std::move(sample));
  return all;
}

/// Some samples of a batch, in an order of their own.
[[nodiscard]] inline koi::plain_tensor chosen(koi::plain_tensor const& x, std::vector<std::size_t> const& samples) {
  koi::shape_type shape(x.shape().begin(), x.shape().end());
  auto const each = x.size() / shape.at(0);
  shape[0] = samples.size();
  koi::plain_tensor out = koi::plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < samples.size(); ++i)
    std::copy_n(x.data() + samples[i] * each, each, out.data() + i * each);
  return out;
}

/// What a network predicts under P, where the owner and the others may have different files of it.
template <koi::Protocol P>
[[nodiscard]] koi::plain_tensor predicted(koi::io::onnx::network const& at_owner,
                                          koi::io::onnx::network const& elsewhere,
                                          std::vector<koi::plain_tensor> const& inputs) {
  koi::plain_tensor result;
  koi::run<P>(koi::local_cluster({"owner", "client"}), [&](auto& on) {
    auto const& mine = on.me() == "owner" ? at_owner : elsewhere;
    auto model = mine.template build<P>();
    on.load_weights(model, "owner", [&] { return mine.weights(); });
    std::vector<koi::private_tensor<P>> x;
    for (auto const& input : inputs)
      x.push_back(on.private_input("client", {input.shape().begin(), input.shape().end()}, [&] { return input; }));
    on.output("client", model(x), [&](koi::plain_tensor const& y) { result = y; });
  });
  return result;
}

/// The largest difference; nothing for other shapes.
[[nodiscard]] inline std::optional<double> difference(koi::plain_tensor const& x, koi::plain_tensor const& y) {
  if (x.shape() != y.shape()) return std::nullopt;
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x.data()[i] - y.data()[i]));
  return worst;
}

/// How far a model may be off with 128 bits, 32 of them for fractions: by single precision, and by the pieces that
/// functions are made of. koi's gelu is exact, ONNX's formula with tanh is not.
[[nodiscard]] inline double wide_error(onnx_sample const& sample) {
  return sample.name == "gelu_20_tanh" ? 1e-3 : 5e-6;
}

/// Checks a model under P; where the file leaves the number of samples open, also for one and for three.
template <koi::Protocol P>
void check_sample(onnx_sample const& sample, double error) {
  INFO(sample.name, ", output ", sample.output);
  auto const network = sample.network();
  auto const check = [&](std::vector<koi::plain_tensor> const& inputs, koi::plain_tensor const& expected) {
    auto const off = difference(predicted<P>(network, network, inputs), expected);
    CHECK_MESSAGE(off.has_value(), "another shape");
    CHECK(off.value_or(0) < error);
  };
  try {
    check(sample.inputs, sample.expected);
    if (!sample.any_batch) return;
    for (auto const& samples : {std::vector<std::size_t>{1}, std::vector<std::size_t>{1, 0, 1}}) {
      std::vector<koi::plain_tensor> inputs;
      for (auto const& x : sample.inputs) inputs.push_back(chosen(x, samples));
      check(inputs, chosen(sample.expected, samples));
    }
  } catch (koi::error const& e) {
    FAIL_CHECK(std::string(e.what()));
  }
}

}  // namespace koi_tests
