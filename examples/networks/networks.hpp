// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/nn.hpp>

#include <string>
#include <variant>
#include <vector>

namespace networks {

/// What these networks are made of.
using layer = std::variant<koi::nn::conv2d, koi::nn::dense, koi::nn::flatten, koi::nn::max_pooling2d, koi::nn::relu>;

/// A network by its layers. It is no secret: every player knows it.
struct network {
  std::string name;
  koi::shape_type sample;  ///< shape of what it takes
  std::vector<layer> layers;
};

/// The networks for digits that papers on private prediction measure themselves by.
inline std::vector<network> const& all_networks() {
  using namespace koi::nn;
  static koi::shape_type const image{28, 28, 1};
  static std::vector<network> const all{
      {"A", image, {flatten{}, dense{128}, relu{}, dense{128}, relu{}, dense{10}}},
      {"B",
       image,
       {conv2d{16, {5, 5}}, relu{}, max_pooling2d{}, conv2d{16, {5, 5}}, relu{}, max_pooling2d{}, flatten{}, dense{100},
        relu{}, dense{10}}},
      {"C",
       image,
       {conv2d{20, {5, 5}}, relu{}, max_pooling2d{}, conv2d{50, {5, 5}}, relu{}, max_pooling2d{}, flatten{}, dense{500},
        relu{}, dense{10}}},
      {"D",
       image,
       {conv2d{5, {5, 5}, {2, 2}, koi::padding2d::same()}, relu{}, flatten{}, dense{100}, relu{}, dense{10}}},
      {"H", image, {flatten{}, dense{512}, relu{}, dense{10}}},
  };
  return all;
}

}  // namespace networks
