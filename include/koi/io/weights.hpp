// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/detail/private_file.hpp>
#include <koi/io/npz.hpp>

namespace koi::io {

namespace detail {
/// As numpy.savez calls arrays that come without a name.
[[nodiscard]] inline std::string weight_name(std::size_t i) { return fmt::format("arr_{}", i); }
}  // namespace detail

/// A model's weights from an npz file, in the clear, for their owner: `shapes` are nn::model::weight_shapes(), whose
/// order is Keras's. Arrays called arr_0, arr_1, ... are taken by number, as `numpy.savez(file, *model.get_weights())`
/// writes them; others in the order in which they stand in the file, as it writes variables by their names.
///
///   on.load_weights(model, "model-owner", [&] { return read_weights("lenet.npz", model.weight_shapes()); });
///
/// Throws  bad_option as read_npz, and where the number of arrays or a shape is another
[[nodiscard]] inline std::vector<plain_tensor> read_weights(std::filesystem::path const& path,
                                                            std::vector<shape_type> const& shapes,
                                                            npz_limits const& limits = {}) {
  auto const arrays = read_npz(path, limits);
  if (arrays.size() != shapes.size())
    throw bad_option(fmt::format("{}: {} arrays, and the model has {} tensors of weights", path.string(), arrays.size(),
                                 shapes.size()));
  bool numbered = true;
  for (std::size_t i = 0; i < shapes.size(); ++i) numbered = numbered && arrays.find(detail::weight_name(i)) != nullptr;
  std::vector<plain_tensor> weights;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    auto const& [name, array] = *(arrays.begin() + static_cast<std::ptrdiff_t>(i));
    auto const& weight = numbered ? arrays.at(detail::weight_name(i)) : array;
    shape_type const shape(weight.shape().begin(), weight.shape().end());
    if (shape != shapes[i])
      throw bad_option(fmt::format("{}: weight {}, the array {}, has shape {}; the model has {}", path.string(), i + 1,
                                   detail::shown(numbered ? detail::weight_name(i) : name), to_string(shape),
                                   to_string(shapes[i])));
    weights.push_back(weight);
  }
  return weights;
}

/// Writes weights as arrays arr_0, arr_1, ..., to a file that only its owner may use. Throws bad_option as write_npz.
inline void write_weights(std::filesystem::path const& path, std::vector<plain_tensor> const& weights) {
  named_arrays arrays;
  for (std::size_t i = 0; i < weights.size(); ++i) arrays.add(detail::weight_name(i), weights[i]);
  detail::pending_file(path, detail::npz_bytes(arrays, zip_packing::stored)).commit();
}

}  // namespace koi::io
