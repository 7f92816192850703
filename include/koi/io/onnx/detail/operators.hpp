// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/arithmetic_operators.hpp>
#include <koi/io/onnx/detail/arrangement_operators.hpp>
#include <koi/io/onnx/detail/block_operators.hpp>
#include <koi/io/onnx/detail/reduction_operators.hpp>
#include <koi/io/onnx/detail/window_operators.hpp>

namespace koi::io::onnx::detail {

template <class T>
void identity(T& at) {
  at.give(at.input(0));
}
template <class T>
void dropout(T& at) {
  if (at.current().has_output(1)) throw unsupported("the mask of a dropout");
  if (at.has(2) && at.known_integers(2) != std::vector<std::int64_t>{0}) throw unsupported("a dropout that trains");
  identity(at);
}

/// Numbers in the graph; where there are many they may be weights, and are kept as such.
template <class T>
void literal_numbers(T& at) {
  auto const& a = at.attributes();
  tensor t;
  t.where = at.current().where;
  auto const fill = [&](element_type type, auto numbers, bool one) {
    t.type = type;
    t.shape = one ? shape_type{} : shape_type{numbers.size()};
    t.values = std::move(numbers);
  };
  if (a.has("value")) {
    t = a.constant("value");
  } else if (a.has("value_float")) {
    fill(element_type::float32, std::vector{a.real("value_float")}, true);
  } else if (a.has("value_floats")) {
    fill(element_type::float32, a.reals("value_floats"), false);
  } else if (a.has("value_int")) {
    fill(element_type::int64, std::vector{a.integer("value_int")}, true);
  } else if (a.has("value_ints")) {
    fill(element_type::int64, a.ints("value_ints"), false);
  } else {
    throw unsupported("a constant that is neither a tensor nor numbers");
  }
  at.give(constant{std::make_shared<tensor const>(std::move(t))});
}
template <class T>
void cast(T& at) {
  auto const from = at.known(0);
  bool const withheld = from && from->withheld;
  auto const numbers = withheld ? std::nullopt : at.known_integers(0);
  auto const number = at.attributes().integer("to");
  bool const is_type = number > 0 && number <= static_cast<std::int64_t>(element_type::bfloat16);
  auto const to = static_cast<element_type>(is_type ? number : 0);
  if (!is_real(to)) {
    if ((numbers || (withheld && !from->is_real())) && is_integer(to)) return identity(at);
    throw unsupported(fmt::format("a conversion into {}", to_string(to)));
  }
  if (!numbers && (!withheld || from->is_real())) return identity(at);
  if (numbers && depends_on_samples(*numbers)) throw unsupported("its input depends on the number of samples");
  auto t = *from;
  t.type = to;
  t.values = numbers ? std::vector<double>(numbers->begin(), numbers->end()) : std::vector<double>();
  auto const floats = std::make_shared<tensor const>(std::move(t));
  if (std::holds_alternative<weight>(at.input(0))) return at.give(graph_value(weight{floats}));
  at.give(constant{floats});
}

/// What koi does with an operator, and which attributes it knows of it.
template <class T>
struct operator_entry {
  void (*translate)(T&);
  std::vector<std::string_view> attributes{};
};

/// The operators of ONNX that koi knows.
template <class T>
[[nodiscard]] std::map<std::string_view, operator_entry<T>> const& operators() {
  using names = std::vector<std::string_view>;
  names const indexes{"axis", "keepdims", "select_last_index"};
  names const reduces{"axes", "keepdims", "noop_with_empty_axes"};
  names const pools{"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "strides"};
  auto const and_also = [](names all, std::string_view one) {
    all.push_back(one);
    return all;
  };
  static std::map<std::string_view, operator_entry<T>> const table{
      {"Abs", {elementwise<abs_of, T>}},
      {"Add", {addition<T>}},
      {"ArgMax", {index_along<largest_along, T>, indexes}},
      {"ArgMin", {index_along<smallest_along, T>, indexes}},
      {"AveragePool", {average_pool<T>, and_also(pools, "count_include_pad")}},
      {"BatchNormalization", {batch_normalization<T>, {"epsilon", "momentum", "spatial", "training_mode"}}},
      {"Cast", {cast<T>, {"saturate", "to"}}},
      {"Clip", {clip<T>, {"max", "min"}}},
      {"Concat", {concat<T>, {"axis"}}},
      {"Constant", {literal_numbers<T>, {"value", "value_float", "value_floats", "value_int", "value_ints"}}},
      {"Conv", {convolution<T>, {"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"}}},
      {"DepthToSpace", {depth_to_space<T>, {"blocksize", "mode"}}},
      {"Div", {division<T>}},
      {"Dropout", {dropout<T>, {"ratio", "seed"}}},
      {"Erf", {elementwise<erf_of, T>}},
      {"Exp", {elementwise<exp_of, T>}},
      {"Flatten", {flatten<T>, {"axis"}}},
      {"Gather", {gather<T>, {"axis"}}},
      {"Gelu", {gelu<T>, {"approximate"}}},
      {"Gemm", {gemm<T>, {"alpha", "beta", "transA", "transB"}}},
      {"GlobalAveragePool", {global_pool<nn::global_average_pooling2d, T>}},
      {"GlobalMaxPool", {global_pool<nn::global_max_pooling2d, T>}},
      {"Identity", {identity<T>}},
      {"LeakyRelu", {leaky_relu<T>, {"alpha"}}},
      {"Log", {elementwise<log_of, T>}},
      {"LogSoftmax", {along_axis<log_softmax_along, T>, {"axis"}}},
      {"MatMul", {matrix_multiplication<T>}},
      {"MaxPool", {max_pool<T>, and_also(pools, "storage_order")}},
      {"Mul", {multiplication<T>}},
      {"Neg", {negation<T>}},
      {"Pad", {pad<T>, {"mode", "pads", "value"}}},
      {"Reciprocal", {elementwise<reciprocal_of, T>}},
      {"ReduceMax", {reduce<maximum_over, T>, reduces}},
      {"ReduceMean", {reduce<mean_over, T>, reduces}},
      {"ReduceMin", {reduce<minimum_over, T>, reduces}},
      {"ReduceSum", {reduce<sum_over, T>, reduces}},
      {"Relu", {activation<nn::relu, T>}},
      {"Reshape", {reshape<T>, {"allowzero"}}},
      {"Shape", {shape<T>, {"end", "start"}}},
      {"Sigmoid", {activation<nn::sigmoid, T>}},
      {"Slice", {slice<T>, {"axes", "ends", "starts"}}},
      {"Softmax", {along_axis<softmax_along, T>, {"axis"}}},
      {"SpaceToDepth", {space_to_depth<T>, {"blocksize"}}},
      {"Split", {split<T>, {"axis", "num_outputs", "split"}}},
      {"Sqrt", {elementwise<sqrt_of, T>}},
      {"Squeeze", {squeeze<T>, {"axes"}}},
      {"Sub", {subtraction<T>}},
      {"Sum", {sum<T>}},
      {"Tanh", {activation<nn::tanh, T>}},
      {"Transpose", {transpose<T>, {"perm"}}},
      {"Unsqueeze", {unsqueeze<T>, {"axes"}}},
  };
  return table;
}

}  // namespace koi::io::onnx::detail
