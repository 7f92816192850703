// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/core/shape.hpp>

#include <fmt/format.h>
#include <xtensor/xarray.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace networks {

/// Has samples for a model that was trained elsewhere, and is the only one to learn what it makes of them. Samples are
/// counted by the first axis.
class OnnxClient {
 public:
  /// Throws bad_option if there are none.
  OnnxClient(xt::xarray<double> samples, std::size_t batch)
      : samples_(std::move(samples)), batch_(std::min(batch, count())) {
    if (samples_.size() == 0 || batch_ == 0)
      throw koi::bad_option(fmt::format("an input of shape {}: no samples", koi::to_string(shape())));
  }

  [[nodiscard]] std::size_t count() const { return samples_.dimension() == 0 ? 0 : samples_.shape()[0]; }
  [[nodiscard]] std::size_t batch() const noexcept { return batch_; }
  [[nodiscard]] koi::shape_type shape() const { return {samples_.shape().begin(), samples_.shape().end()}; }

  /// The i-th batch; the last one may be smaller than the others.
  [[nodiscard]] xt::xarray<double> provide_input(std::size_t i) const {
    auto part = shape();
    auto const each = samples_.size() / count(), begin = i * batch_;
    part[0] = std::min(batch_, count() - begin);
    xt::xarray<double> result = xt::xarray<double>::from_shape(part);
    std::copy_n(samples_.data() + begin * each, result.size(), result.data());
    return result;
  }

  /// Takes the next batch's results. Throws bad_argument where there are several batches and no result for each sample.
  template <class Result>
  void receive_output(Result const& result) {
    xt::xarray<double> const part = result;
    koi::shape_type shape(part.shape().begin(), part.shape().end());
    auto const due = std::min(batch_, count() - received_);
    if (batch_ < count()) {
      if (shape.empty() || shape[0] != due)
        throw koi::bad_argument(
            fmt::format("--batch: {} samples give a result of shape {}, not one each", due, koi::to_string(shape)));
      shape[0] = count();
    }
    if (received_ == 0) result_ = xt::xarray<double>::from_shape(shape);
    std::copy_n(part.data(), part.size(), result_.data() + received_ * (part.size() / due));
    received_ += due;
  }

  /// All results, by the first axis.
  [[nodiscard]] xt::xarray<double> const& result() const noexcept { return result_; }

 private:
  xt::xarray<double> samples_;
  std::size_t batch_;
  std::size_t received_ = 0;
  xt::xarray<double> result_;
};

}  // namespace networks
