// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plain_convolution.hpp"

#include <koi/ops/pooling.hpp>

namespace koi::testing::plain {

/// A pooling of channels-last images.
struct pooling {
  shape_type images;
  pool2d_options how{};
  std::array<long, 2> before{}, after{};  ///< what the padding comes to
};

/// f of the numbers of each window; those in the padding are left out.
template <class F>
[[nodiscard]] plain_tensor pooled(plain_tensor const& x, pooling const& p, F f) {
  auto const two = [](std::array<std::size_t, 2> const& a) {
    return std::array<long, 2>{static_cast<long>(a[0]), static_cast<long>(a[1])};
  };
  sliding const how{two(p.how.window), two(p.how.strides.value_or(p.how.window)), two(p.how.dilation), p.before,
                    p.after};
  std::vector<double> out;
  auto shape = each_window(p.images, how, [&](std::size_t n, std::vector<tap> const& taps) {
    for (std::size_t c = 0; c < p.images[3]; ++c) {
      std::vector<double> all;
      for (auto const& t : taps) all.push_back(x.data()[flat_at(p.images, {n, t.row, t.column, c})]);
      out.push_back(f(all));
    }
  });
  shape.push_back(p.images[3]);
  plain_tensor result = plain_tensor::from_shape(shape);
  std::copy(out.begin(), out.end(), result.begin());
  return result;
}

[[nodiscard]] inline double largest_of(std::vector<double> const& all) {
  return *std::max_element(all.begin(), all.end());
}
[[nodiscard]] inline double total(std::vector<double> const& all) {
  double sum = 0;
  for (auto const v : all) sum += v;
  return sum;
}
[[nodiscard]] inline double mean(std::vector<double> const& all) {
  return total(all) / static_cast<double>(all.size());
}

}  // namespace koi::testing::plain
