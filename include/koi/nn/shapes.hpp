// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn/data_format.hpp>
#include <koi/nn/layer.hpp>

#include <numeric>

namespace koi::nn {

/// All axes of a sample as one, row by row. Where the channels come first they are put last before, as Keras does: both
/// formats then give the same numbers in the same order.
struct flatten {
  data_format format = data_format::channels_last;

  static constexpr std::string_view name = "flatten";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    return flat(detail::only(name, in));
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    auto const& shape = x[0].shape();
    auto const to = flat(shape);
    if (format == data_format::channels_last || shape.size() < 3) return koi::reshape(x[0], to);
    std::vector<std::size_t> axes(shape.size());
    std::iota(axes.begin() + 1, axes.end() - 1, std::size_t{2});
    axes.back() = 1;
    return koi::reshape(transpose(x[0], axes), to);
  }

 private:
  static shape_type flat(shape_type const& shape) {
    if (shape.empty()) throw bad_argument("flatten: takes a batch");
    return {shape[0], element_count({shape.begin() + 1, shape.end()})};
  }
};

/// The elements of a sample under another shape.
struct reshape {
  shape_type sample;

  explicit reshape(shape_type of_a_sample) : sample(std::move(of_a_sample)) {}
  static constexpr std::string_view name = "reshape";
  static constexpr bool keeps_samples_apart = true;
  static constexpr bool keeps_products = true;
  [[nodiscard]] shape_type output_shape(std::vector<shape_type> const& in) const {
    auto const& from = detail::only(name, in);
    auto const to = batch(from);
    if (element_count(to) != element_count(from)) throw shape_mismatch(name, from, to);
    return to;
  }
  template <Protocol P>
  [[nodiscard]] private_tensor<P> apply(std::vector<private_tensor<P>> const& x) const {
    return koi::reshape(x[0], batch(x[0].shape()));
  }

 private:
  [[nodiscard]] shape_type batch(shape_type const& shape) const {
    if (shape.empty()) throw bad_argument("reshape: takes a batch");
    shape_type to{shape[0]};
    to.insert(to.end(), sample.begin(), sample.end());
    return to;
  }
};

}  // namespace koi::nn
