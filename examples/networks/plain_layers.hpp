// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../common/training.hpp"

#include <koi/nn.hpp>

#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xarray.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <random>
#include <utility>
#include <vector>

/// The layers once more, in the clear and in floats: what trains, and what private predictions are held against. It
/// takes descriptions and window positions from koi, and no arithmetic.
namespace networks {

using mnist::adam_parameter;
using mnist::matrix;
using mnist::training_step;

/// A parameter, and the shape that koi gives it.
struct parameter_and_shape {
  adam_parameter* parameter;
  koi::shape_type shape;
};

class plain_layer {
 public:
  plain_layer() = default;
  plain_layer(plain_layer const&) = delete;
  plain_layer& operator=(plain_layer const&) = delete;
  virtual ~plain_layer() = default;

  [[nodiscard]] virtual matrix forward(matrix const& x) = 0;

  /// The gradient with respect to x from that with respect to y = forward(x), the last that was computed. Parameters
  /// take their step.
  virtual matrix backward(matrix const& x, matrix const& y, matrix dy, training_step const& step) = 0;

  [[nodiscard]] virtual std::vector<parameter_and_shape> parameters() { return {}; }

  /// Nobody needs the gradient of the network's input: the first layer may leave it out.
  void is_first() noexcept { first_ = true; }

 protected:
  bool first_ = false;
};

/// y = x W + b, with x: [n, inputs].
class plain_dense final : public plain_layer {
 public:
  plain_dense(std::size_t inputs, std::size_t outputs, std::mt19937& random)
      : kernel_(mnist::initial_weights(inputs, outputs, random)), bias_(matrix(xt::zeros<float>({outputs}))) {}

  matrix forward(matrix const& x) override {
    matrix y = xt::linalg::dot(x, kernel_.value());
    auto const& b = bias_.value();
    for (auto* row = y.data(); row != y.data() + y.size(); row += b.size())
      for (std::size_t i = 0; i < b.size(); ++i) row[i] += b.data()[i];
    return y;
  }

  matrix backward(matrix const& x, matrix const&, matrix dy, training_step const& step) override {
    matrix dx;
    if (!first_) dx = xt::linalg::dot(dy, xt::transpose(kernel_.value()));
    matrix const dw = xt::linalg::dot(xt::transpose(x), dy);
    matrix db = xt::zeros<float>({dy.shape()[1]});
    for (auto const* row = dy.data(); row != dy.data() + dy.size(); row += db.size())
      for (std::size_t i = 0; i < db.size(); ++i) db.data()[i] += row[i];
    kernel_.update(dw, step);
    bias_.update(db, step);
    return dx;
  }

  std::vector<parameter_and_shape> parameters() override {
    auto const& s = kernel_.value().shape();
    return {{&kernel_, {s[0], s[1]}}, {&bias_, {s[1]}}};
  }

 private:
  adam_parameter kernel_;
  adam_parameter bias_;
};

/// Images as the rows of a matrix, one for each place of a filter, with all that lies under it there; and a dense layer
/// on those.
class plain_conv2d final : public plain_layer {
 public:
  /// `in` and `out` with an axis that counts images.
  plain_conv2d(koi::nn::conv2d const& what, koi::shape_type in, koi::shape_type out, std::mt19937& random)
      : in_(std::move(in)),
        out_(std::move(out)),
        window_(what.padding.around(
            {{what.kernel_size[0], what.strides[0], 1}, {what.kernel_size[1], what.strides[1], 1}}, in_[1], in_[2])),
        filters_(window_.rows.size * window_.columns.size * in_[3], what.filters, random) {}

  matrix forward(matrix const& x) override {
    lay_out(x);
    auto y = filters_.forward(patches_);
    y.reshape({x.shape()[0], out_[1], out_[2], out_[3]});
    return y;
  }

  matrix backward(matrix const& x, matrix const& y, matrix dy, training_step const& step) override {
    dy.reshape({dy.size() / out_[3], out_[3]});
    if (first_) filters_.is_first();
    auto const of_patches = filters_.backward(patches_, y, std::move(dy), step);
    matrix dx;
    if (first_) return dx;
    dx = xt::zeros_like(x);
    each_run(x.shape()[0], [&](std::size_t image, std::size_t patch, std::size_t n) {
      for (std::size_t i = 0; i < n; ++i) dx.data()[image + i] += of_patches.data()[patch + i];
    });
    return dx;
  }

  std::vector<parameter_and_shape> parameters() override {
    auto both = filters_.parameters();
    both[0].shape = {window_.rows.size, window_.columns.size, in_[3], out_[3]};
    return both;
  }

 private:
  [[nodiscard]] std::size_t patch_size() const noexcept { return window_.rows.size * window_.columns.size * in_[3]; }

  void lay_out(matrix const& x) {
    auto const count = x.shape()[0] * out_[1] * out_[2];
    if (patches_.dimension() != 2 || patches_.shape()[0] != count)
      patches_ = xt::zeros<float>({count, patch_size()});  // what lies in the padding stays zero
    each_run(x.shape()[0], [&](std::size_t image, std::size_t patch, std::size_t n) {
      std::copy_n(x.data() + image, n, patches_.data() + patch);
    });
  }

  /// Calls `use(place in the images, place in the patches, length)` for every run of numbers that neighbours in both.
  template <class Use>
  void each_run(std::size_t images, Use use) const {
    auto const rows = in_[1], columns = in_[2], channels = in_[3];
    std::size_t patch = 0;
    for (std::size_t image = 0; image < images; ++image)
      for (std::size_t i = 0; i < out_[1]; ++i)
        for (std::size_t j = 0; j < out_[2]; ++j, patch += patch_size()) {
          auto const down = window_.rows.inside(i, rows), across = window_.columns.inside(j, columns);
          for (auto tap = down.first; tap < down.last; ++tap) {
            auto const row = image * rows + window_.rows.source(i, tap);
            auto const column = window_.columns.source(j, across.first);
            use((row * columns + column) * channels, patch + (tap * window_.columns.size + across.first) * channels,
                across.size() * channels);
          }
        }
  }

  koi::shape_type in_, out_;
  koi::window2d window_;
  plain_dense filters_;
  matrix patches_;
};

class plain_relu final : public plain_layer {
 public:
  matrix forward(matrix const& x) override {
    auto y = x;
    for (auto* v = y.data(); v != y.data() + y.size(); ++v) *v = std::max(*v, 0.0F);
    return y;
  }
  matrix backward(matrix const&, matrix const& y, matrix dy, training_step const&) override {
    for (std::size_t i = 0; i < y.size(); ++i) dy.data()[i] *= y.data()[i] > 0 ? 1.0F : 0.0F;
    return dy;
  }
};

/// Maximum over squares of 2 x 2; an odd last row or column belongs to none.
class plain_max_pooling2d final : public plain_layer {
 public:
  matrix forward(matrix const& x) override {
    auto const& s = x.shape();
    auto y = matrix::from_shape({s[0], s[1] / 2, s[2] / 2, s[3]});
    each_square(s, [&](std::array<std::size_t, 4> const& from, std::size_t to) {
      auto const* v = x.data();
      y.data()[to] = std::max(std::max(v[from[0]], v[from[1]]), std::max(v[from[2]], v[from[3]]));
    });
    return y;
  }

  /// The gradient goes to the first of the largest.
  matrix backward(matrix const& x, matrix const& y, matrix dy, training_step const&) override {
    matrix dx = xt::zeros_like(x);
    each_square(x.shape(), [&](std::array<std::size_t, 4> const& from, std::size_t to) {
      float left = dy.data()[to];
      for (auto const at : from) {
        auto const given = x.data()[at] == y.data()[to] ? left : 0.0F;
        dx.data()[at] = given;
        left -= given;
      }
    });
    return dx;
  }

 private:
  template <class Shape, class Use>
  static void each_square(Shape const& s, Use use) {
    std::size_t to = 0;
    for (std::size_t image = 0; image < s[0]; ++image)
      for (std::size_t i = 0; i + 1 < s[1]; i += 2)
        for (std::size_t j = 0; j + 1 < s[2]; j += 2)
          for (std::size_t c = 0; c < s[3]; ++c) {
            auto const at = ((image * s[1] + i) * s[2] + j) * s[3] + c;
            use(std::array{at, at + s[3], at + s[2] * s[3], at + (s[2] + 1) * s[3]}, to++);
          }
  }
};

class plain_flatten final : public plain_layer {
 public:
  matrix forward(matrix const& x) override {
    auto y = x;
    y.reshape({x.shape()[0], x.size() / x.shape()[0]});
    return y;
  }
  matrix backward(matrix const& x, matrix const&, matrix dy, training_step const&) override {
    dy.reshape(x.shape());
    return dy;
  }
};

}  // namespace networks
