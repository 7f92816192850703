// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/nn/pooling.hpp>

#include <koi/nn.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/ops/fixed_numbers.hpp"
#include "tests/support/plain_pooling.hpp"

namespace koi::testing {

TEST_CASE_TEMPLATE("maxima of whole images, with the channels first or last, kept or not", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  shape_type const shape{2, 3, 5, 4};
  plain_tensor const images = numbers(shape, 8, 0x1p-16, 1) - 9.0;  // no zero may win
  plain_tensor const first = xt::transpose(images, std::vector<std::size_t>{0, 3, 1, 2});
  auto largest = plain::pooled(images, {shape, {.window = {3, 5}}}, plain::largest_of);
  auto const as = [&](shape_type const& to) {
    auto out = largest;
    out.reshape(to);
    return out;
  };
  run_parties<P>({}, [&](party& self) {
    auto const x = secret<P>(self, images), y = secret<P>(self, first);
    auto const cf = data_format::channels_first;
    check_near(sequential<P>{input{3, 5, 4}, global_max_pooling2d{}}(x), as({2, 4}), 0);
    check_near(sequential<P>{input{3, 5, 4}, global_max_pooling2d{{keep_axes::yes}}}(x), as({2, 1, 1, 4}), 0);
    check_near(sequential<P>{input{4, 3, 5}, global_max_pooling2d{{keep_axes::no, cf}}}(y), as({2, 4}), 0);
    check_near(sequential<P>{input{4, 3, 5}, global_max_pooling2d{{keep_axes::yes, cf}}}(y), as({2, 4, 1, 1}), 0);
  });
}

TEST_CASE_TEMPLATE("means of windows, padded, with the channels first or last", P, KOI_TEST_ONE_PROTOCOL) {
  using namespace nn;
  std::vector<plain::pooling> const all{
      {{2, 5, 4, 3}, {.window = {3, 2}, .strides = {{2, 1}}, .padding = padding2d::same()}, {1, 0}, {1, 1}},
      {{1, 4, 6, 2}, {.window = {3, 2}, .strides = {{2, 2}}, .padding = padding2d::of(2, 0, 1, 1)}, {2, 1}, {0, 1}},
      {{1, 6, 7, 1}, {.window = {2, 2}, .strides = {{1, 2}}, .dilation = {2, 3}}}};
  run_parties<P>({}, [&](party& self) {
    for (auto const& p : all) {
      CAPTURE(to_string(p.images));
      auto const images = numbers(p.images, 8, 0x1p-16, 2);
      plain_tensor const first = xt::transpose(images, std::vector<std::size_t>{0, 3, 1, 2});
      auto const turned = [](plain_tensor const& t) {
        return plain_tensor(xt::transpose(t, std::vector<std::size_t>{0, 3, 1, 2}));
      };
      auto const taps = static_cast<double>(p.how.window[0] * p.how.window[1]);
      auto const left_out = plain::pooled(images, p, plain::mean);
      auto const counted = plain::pooled(images, p, [&](auto const& in) { return plain::total(in) / taps; });
      input const last_in{p.images[1], p.images[2], p.images[3]}, first_in{p.images[3], p.images[1], p.images[2]};
      auto const x = secret<P>(self, images), y = secret<P>(self, first);
      auto const cl = data_format::channels_last, cf = data_format::channels_first;
      check_near(sequential<P>{last_in, average_pooling2d{p.how}}(x), left_out, 1.3);
      check_near(sequential<P>{last_in, average_pooling2d{p.how, cl, count_padding::yes}}(x), counted, 1.3);
      check_near(sequential<P>{first_in, average_pooling2d{p.how, cf}}(y), turned(left_out), 1.3);
      check_near(sequential<P>{first_in, average_pooling2d{p.how, cf, count_padding::yes}}(y), turned(counted), 1.3);
    }
  });
}

}  // namespace koi::testing
