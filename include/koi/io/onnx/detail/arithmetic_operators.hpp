// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/onnx/detail/arrangement_operators.hpp>

/// Arithmetic, activations and matrix products.
namespace koi::io::onnx::detail {

/// One number that stands in the graph, not in its weights.
template <class T>
std::optional<double> literal(T const& at, std::size_t i) {
  auto const n = at.literals(i);
  if (!n || !n->is_real() || element_count(n->shape) != 1 || n->shape.size() > 1) return std::nullopt;
  if (!std::isfinite(n->reals()[0])) throw unsupported("a constant that is no number");
  return n->reals()[0];
}

/// An operator on two values; `with_number(number, place)` is what it is where the input at `place` is one number.
template <class L, class T, class WithNumber>
void of_two(T& at, WithNumber with_number) {
  for (auto const i : {std::size_t{1}, std::size_t{0}})
    if (auto const number = literal(at, i)) return at.give_layer(with_number(*number, i), {at.layer(1 - i)});
  auto const x = at.layer(0), y = at.layer(1);
  at.give_layer(L{}, {x, y});
}
template <class T>
void addition(T& at) {
  of_two<nn::add>(at, [](double number, std::size_t) { return affine{1, number}; });
}
template <class T>
void subtraction(T& at) {
  of_two<subtract>(at, [](double number, std::size_t place) {
    return place == 1 ? affine{1, -number} : affine{-1, number};
  });
}
template <class T>
void multiplication(T& at) {
  of_two<multiply>(at, [](double number, std::size_t) { return affine{number, 0}; });
}
template <class T>
void division(T& at) {
  if (auto const number = literal(at, 1)) {
    if (*number == 0) throw unsupported("division by zero");
    return at.give_layer(divided_by{*number}, {at.layer(0)});
  }
  auto const x = at.layer(0);
  if (auto const divisor = at.known(1)) {  // its owner knows the reciprocals
    at.give_layer(quotient_by_weight{divisor->shape}, {x});
    return at.remember(divisor);
  }
  at.give_layer(quotient{}, {x, at.layer(1)});
}
template <class T>
void sum(T& at) {
  std::vector<std::size_t> from;
  for (std::size_t i = 0; i < at.current().inputs.size(); ++i) from.push_back(at.layer(i));
  if (from.size() == 1) return at.give(from[0]);
  at.give_layer(nn::add{}, from);
}

/// Gemm of two values that both come from layers.
template <class T>
void product_of_values(T& at, std::size_t x, double alpha, double beta, bool turned) {
  auto y = at.layer(1);
  if (turned) y = at.add(permute{{1, 0}}, {y});
  auto z = at.add(matrix_product{}, {x, y});
  if (alpha != 1) z = at.add(affine{alpha, 0}, {z});
  if (at.has(2)) {
    auto c = at.layer(2);
    if (beta != 1) c = at.add(affine{beta, 0}, {c});
    z = at.add(nn::add{}, {z, c});
  }
  at.give(z);
}
template <class T>
void gemm(T& at) {
  auto const& a = at.attributes();
  auto const alpha = a.real("alpha", 1), beta = a.real("beta", 1);
  auto const turned = a.flag("transB", false);
  auto x = at.layer(0);
  if (a.flag("transA", false)) x = at.add(permute{{1, 0}}, {x});
  auto const w = at.known(1), b = at.has(2) ? at.known(2) : nullptr;
  if (!w || (at.has(2) && !b)) return product_of_values(at, x, alpha, beta, turned);
  auto const& shape = at.shape_of(x);
  if (w->shape.size() != 2 || shape.size() != 2 || shape[1] != w->shape[turned ? 1 : 0])
    throw unsupported(fmt::format("matrices of shapes {} and {}", to_string(shape), to_string(w->shape)));
  auto const units = w->shape[turned ? 0 : 1];
  auto const summands = b ? element_count(b->shape) : 0;
  bool const by_unit = b && (summands == 1 || (summands == units && b->shape.back() == units));
  auto layer = at.add(nn::dense{units, by_unit ? nn::bias::yes : nn::bias::no}, {x});
  at.remember(w, [alpha, turned](plain_tensor m) {
    plain_tensor const scaled = m * alpha;
    return turned ? reordered(scaled, {1, 0}) : scaled;
  });
  auto const times_beta = [beta](plain_tensor c) { return plain_tensor(c * beta); };
  if (by_unit)
    at.remember(b, [times_beta, units](plain_tensor c) {
      c.reshape(shape_type{c.size()});
      return plain_tensor(xt::broadcast(times_beta(c), shape_type{units}));
    });
  else if (b)
    layer = at.add(nn::add{}, {layer, at.parameter_of(b, times_beta)});
  at.give(layer);
}

template <class T>
void matrix_multiplication(T& at) {
  auto const w = at.known(1);
  if (w && w->shape.size() == 2 && !at.known(0) && at.shape_of(at.layer(0)).size() >= 2) {
    auto const x = at.layer(0);
    (void)matmul_shape(at.shape_of(x), w->shape);
    at.give_layer(nn::dense{w->shape[1], nn::bias::no}, {x});
    return at.remember(w);
  }
  auto x = at.layer(0), y = at.layer(1);
  bool const row = at.shape_of(x).size() == 1, column = at.shape_of(y).size() == 1;  // vectors, as numpy has them
  if (row) x = at.add(with_axes{{0}}, {x});
  if (column) y = at.add(with_axes{{1}}, {y});
  auto z = at.add(matrix_product{}, {x, y});
  if (column) z = at.add(without_axes{{at.shape_of(z).size() - 1}}, {z});
  if (row) z = at.add(without_axes{{at.shape_of(z).size() - (column ? 1 : 2)}}, {z});
  at.give(z);
}

/// Bounds that no number of a network reaches bound nothing: exporters write the limits of a float.
template <class T>
void clip(T& at) {
  constexpr double none = 1e9;
  auto low = at.number(1, "min"), high = at.number(2, "max");
  if (low && *low <= -none) low.reset();
  if (high && *high >= none) high.reset();
  if (low && high && *low > *high) throw unsupported("bounds in the wrong order");
  auto const x = at.layer(0);
  if (!low && !high) return at.give(x);
  if (low && *low == 0 && !high) return at.give_layer(nn::relu{}, {x});
  at.give_layer(function{clip_to{low, high}}, {x});
}

/// Softmax or its logarithm; before opset 13 all axes from `axis` on count as one.
template <class Along, class T>
void along_axis(T& at) {
  auto const x = at.layer(0);
  auto const shape = at.shape_of(x);
  auto const axis = axis_of(at.attributes().integer("axis", at.opset() < 13 ? 1 : -1), shape.size());
  if (at.opset() >= 13 || axis + 1 == shape.size()) return at.give_layer(function{Along{axis}}, {x});
  for (std::size_t i = axis; i < shape.size(); ++i)
    if (at.depends_on_samples(x, i)) throw unsupported("a softmax over the samples of a batch");
  auto const rows = at.add(flatten_at{axis}, {x});
  auto const each = at.add(function{Along{1}}, {rows});
  at.give_layer(reshape_with_samples(at, each, at.extents_of(x)), {each});
}

/// A function of each element.
template <class F, class T>
void elementwise(T& at) {
  at.give_layer(function<F>{}, {at.layer(0)});
}
template <class L, class T>
void activation(T& at) {
  at.give_layer(L{}, {at.layer(0)});
}
template <class T>
void negation(T& at) {
  at.give_layer(affine{-1, 0}, {at.layer(0)});
}
template <class T>
void leaky_relu(T& at) {
  at.give_layer(nn::leaky_relu{at.attributes().real("alpha", 0.01)}, {at.layer(0)});
}
/// Both of ONNX's forms: the one with tanh is within 0.0005 of the other.
template <class T>
void gelu(T& at) {
  if (auto const form = at.attributes().text("approximate", "none"); form != "none" && form != "tanh")
    throw unsupported(fmt::format("approximate {}", io::detail::shown(form)));
  elementwise<gelu_of>(at);
}

}  // namespace koi::io::onnx::detail
