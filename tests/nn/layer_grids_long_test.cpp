// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn.hpp>

#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"
#include "tests/support/plain_pooling.hpp"

/// Layers of images over a grid of all that they can be told, in both data formats.
namespace koi::testing {

namespace {

using two = std::array<std::size_t, 2>;

/// How windows slide, as a layer is told and as the reference is.
struct slide {
  two size, strides, dilation;
  padding2d padding = padding2d::valid();
  plain::sliding same_as{};
};

plain::sliding reference_of(two const& size, two const& strides, two const& dilation) {
  auto const signed_of = [](two const& a) {
    return std::array<long, 2>{static_cast<long>(a[0]), static_cast<long>(a[1])};
  };
  return {signed_of(size), signed_of(strides), signed_of(dilation)};
}

/// Every kind of padding around images of these rows and columns.
std::vector<slide> slides(std::vector<two> const& sizes, std::vector<two> const& strides, two const& image) {
  std::vector<slide> all;
  for (auto const& size : sizes)
    for (auto const& stride : strides)
      for (two const dilation : {two{1, 1}, two{1, 2}, two{2, 1}}) {
        auto const plain = reference_of(size, stride, dilation);
        all.push_back({size, stride, dilation, padding2d::valid(), plain});
        for (bool const lower : {false, true}) {
          auto same = plain;
          for (std::size_t axis : {0u, 1u}) {
            auto const padding = plain::least_padding(plain, axis, image[axis]);
            same.before[axis] = lower ? padding - padding / 2 : padding / 2;
            same.after[axis] = padding - same.before[axis];
          }
          all.push_back({size, stride, dilation, lower ? padding2d::same_lower() : padding2d::same(), same});
        }
        auto told = plain;
        told.before = {1, 0};
        told.after = {0, 1};
        if (size[0] > 1 && size[1] > 1) all.push_back({size, stride, dilation, padding2d::of(1, 0, 0, 1), told});
      }
  return all;
}
std::string text_of(slide const& s) {
  return fmt::format("{}x{} by {}x{}, {}x{} apart, padding {} {} {} {}", s.size[0], s.size[1], s.strides[0],
                     s.strides[1], s.dilation[0], s.dilation[1], s.same_as.before[0], s.same_as.after[0],
                     s.same_as.before[1], s.same_as.after[1]);
}

plain_tensor turned(plain_tensor const& x) { return xt::transpose(x, std::vector<std::size_t>{0, 3, 1, 2}); }

shape_type const image_shape{2, 6, 7, 4};
nn::input const last_in{6, 7, 4}, first_in{4, 6, 7};
auto const grid_images = numbers(image_shape, 8, 0x1p-16, 1);

plain_tensor convolved_in_groups(plain_tensor const& w, plain_tensor const& b, slide const& s, std::size_t groups) {
  shape_type const filters(w.shape().begin(), w.shape().end());
  auto const [shape, sums] = plain::conv2d<double>(image_shape, grid_images.data(), filters, w.data(), s.same_as,
                                                   groups, [](double sum, double x, double y) { return sum + x * y; });
  plain_tensor out = plain_tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = sums[i] + b.data()[i % shape[3]];
  return out;
}

/// A layer with these weights gives `expected`, of images with their channels last and first.
template <Protocol P, class Make>
void check_both_formats(party& self, std::vector<plain_tensor> const& weights, plain_tensor const& expected,
                        double units, Make make) {
  std::vector<private_tensor<P>> shared_weights;
  for (auto const& w : weights) shared_weights.push_back(secret<P>(self, w));
  nn::sequential<P> last{last_in, make(nn::data_format::channels_last)},
      first{first_in, make(nn::data_format::channels_first)};
  last.set_weights(shared_weights);
  first.set_weights(shared_weights);
  check_near(last(secret<P>(self, grid_images)), expected, units);
  check_near(first(secret<P>(self, turned(grid_images))), turned(expected), units);
}

std::vector<slide> const convolutions = slides({{1, 1}, {2, 3}, {3, 2}}, {{1, 1}, {2, 1}, {2, 3}}, {6, 7});
std::vector<slide> const windows = slides({{2, 2}, {3, 2}}, {{1, 1}, {2, 3}}, {6, 7});

}  // namespace

TEST_CASE_TEMPLATE("convolution layers over kernels, strides, paddings, dilations, groups and formats", P,
                   KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& s : convolutions)
      for (std::size_t const groups : {1u, 2u, 4u}) {
        CAPTURE(text_of(s));
        CAPTURE(groups);
        auto const w = numbers({s.size[0], s.size[1], 4 / groups, 8}, 2, 0x1p-16, 2), b = numbers({8}, 2, 0x1p-16, 3);
        check_both_formats<P>(self, {w, b}, convolved_in_groups(w, b, s, groups), 0.99999, [&](nn::data_format format) {
          return nn::conv2d{8, s.size, s.strides, s.padding, format, s.dilation, groups};
        });
      }
  });
}

TEST_CASE_TEMPLATE("depthwise layers over kernels, strides, paddings, dilations, multipliers and formats", P,
                   KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& s : convolutions)
      for (std::size_t const multiplier : {1u, 2u}) {
        CAPTURE(text_of(s));
        CAPTURE(multiplier);
        auto const w = numbers({s.size[0], s.size[1], 4, multiplier}, 2, 0x1p-16, 4),
                   b = numbers({4 * multiplier}, 2, 0x1p-16, 5);
        plain_tensor grouped = w;
        grouped.reshape(shape_type{s.size[0], s.size[1], 1, 4 * multiplier});
        check_both_formats<P>(
            self, {w, b}, convolved_in_groups(grouped, b, s, 4), 0.99999, [&](nn::data_format format) {
              return nn::depthwise_conv2d{s.size, s.strides, s.padding, multiplier, format, s.dilation};
            });
      }
  });
}

TEST_CASE_TEMPLATE("pooling layers over windows, strides, paddings, dilations and formats", P, KOI_TEST_PROTOCOLS) {
  run_parties<P>({}, [](party& self) {
    for (auto const& s : windows) {
      CAPTURE(text_of(s));
      pool2d_options const how{s.size, s.strides, s.padding, s.dilation};
      plain::pooling const p{image_shape, how, s.same_as.before, s.same_as.after};
      auto const taps = static_cast<double>(s.size[0] * s.size[1]);
      check_both_formats<P>(self, {}, plain::pooled(grid_images, p, plain::largest_of), 0, [&](nn::data_format format) {
        return nn::max_pooling2d{how, format};
      });
      check_both_formats<P>(self, {}, plain::pooled(grid_images, p, plain::mean), 1.3, [&](nn::data_format format) {
        return nn::average_pooling2d{how, format};
      });
      check_both_formats<P>(self, {},
                            plain::pooled(grid_images, p, [&](auto const& in) { return plain::total(in) / taps; }), 1.3,
                            [&](nn::data_format format) {
                              return nn::average_pooling2d{how, format, count_padding::yes};
                            });
    }
  });
}

}  // namespace koi::testing
