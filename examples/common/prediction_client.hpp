// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <utility>

namespace mnist {

/// Has images that nobody else may see, and is the only one to learn what they show.
class PredictionClient {
 public:
  PredictionClient(labelled_images set, std::size_t batch)
      : set_(std::move(set)), batch_(batch), logits_(xt::xarray<double>::from_shape({set_.size(), std::size_t{10}})) {}

  /// The i-th batch, [b, 784]; the last one may be smaller than the others.
  [[nodiscard]] xt::xarray<double> provide_input(std::size_t i) const {
    auto const begin = i * batch_;
    auto const end = std::min(begin + batch_, set_.size());
    if (begin >= end) throw koi::bad_argument(fmt::format("PredictionClient: no batch {}", i));
    return xt::cast<double>(xt::view(set_.images, xt::range(begin, end), xt::all()));
  }

  /// Takes the logits [b, 10] of the next batch. Shows the first batch's digits, and of later ones
  /// how far it got.
  template <class Logits>
  void receive_output(Logits const& logits) {
    auto const n = logits.shape()[0];
    if (logits.dimension() != 2 || logits.shape()[1] != 10 || received_ + n > set_.size()) {
      throw koi::bad_argument("PredictionClient: logits of another shape than the images");
    }
    xt::view(logits_, xt::range(received_, received_ + n), xt::all()) = logits;
    received_ += n;
    if (received_ == n) {
      fmt::print("Result: {}\n", fmt::join(argmax_of_rows(logits), " "));
    } else {
      fmt::print("prediction client: {} of {} images\n", received_, set_.size());
    }
    std::fflush(stdout);
  }

  [[nodiscard]] labelled_images const& images() const noexcept { return set_; }

  /// Everything received so far, [n, 10].
  [[nodiscard]] xt::xarray<double> logits() const {
    return xt::view(logits_, xt::range(std::size_t{0}, received_), xt::all());
  }

 private:
  labelled_images set_;
  std::size_t batch_;
  std::size_t received_ = 0;
  xt::xarray<double> logits_;
};

}  // namespace mnist
