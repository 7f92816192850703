// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/share.hpp>
#include <koi/protocol/party.hpp>

namespace koi::beaver {

/// Everything here is local: no rounds, no bytes, nothing leaks.

namespace detail {
/// Whether a public value of a shape is there: ahead of its inputs a step has only the shape.
template <PowerOfTwoRing R>
bool known(tensor<R> const& value, shape_type const& shape) {
  return value.size() == element_count(shape);
}
template <PowerOfTwoRing R, class F>
share<R> apply(share<R> const& x, shape_type shape, F f) {
  return x.held() ? share<R>(f(x.piece())) : share<R>(std::move(shape));
}
template <PowerOfTwoRing R, class F>
share<R> apply(share<R> const& x, share<R> const& y, shape_type shape, F f) {
  return x.held() && y.held() ? share<R>(f(x.piece(), y.piece())) : share<R>(std::move(shape));
}
}  // namespace detail

template <PowerOfTwoRing R>
[[nodiscard]] share<R> add(share<R> const& x, share<R> const& y) {
  return detail::apply(x, y, broadcast_shape("add", x.shape(), y.shape()),
                       [](auto const& a, auto const& b) { return a + b; });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> sub(share<R> const& x, share<R> const& y) {
  return detail::apply(x, y, broadcast_shape("sub", x.shape(), y.shape()),
                       [](auto const& a, auto const& b) { return a - b; });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> neg(share<R> const& x) {
  return detail::apply(x, x.shape(), [](auto const& a) { return -a; });
}

/// Adds a value that both servers know: server 0 adds it, server 1 only broadcasts.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> add_public(party const& self, share<R> const& x, tensor<R> const& y, shape_type const& y_shape) {
  auto shape = broadcast_shape("add", x.shape(), y_shape);
  if (!x.held() || !detail::known(y, y_shape)) return share<R>(std::move(shape));
  return share<R>(self.index() == 0 ? x.piece() + y : broadcast_to(x.piece(), shape));
}
/// Multiplies by a value that both servers know.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> mul_public(share<R> const& x, tensor<R> const& y, shape_type const& y_shape) {
  auto shape = broadcast_shape("mul", x.shape(), y_shape);
  if (!detail::known(y, y_shape)) return share<R>(std::move(shape));
  return detail::apply(x, std::move(shape), [&](auto const& a) { return a * y; });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> scale(share<R> const& x, typename R::value_type factor) {
  return detail::apply(x, x.shape(), [&](auto const& a) { return scaled(a, factor); });
}
/// x * y and y * x for a matrix y that both servers know.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> matmul_public(share<R> const& x, tensor<R> const& y, shape_type const& y_shape) {
  auto shape = matmul_shape(x.shape(), y_shape);
  if (!detail::known(y, y_shape)) return share<R>(std::move(shape));
  return detail::apply(x, std::move(shape), [&](auto const& a) { return koi::matmul(a, y); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> matmul_public(tensor<R> const& y, shape_type const& y_shape, share<R> const& x) {
  auto shape = matmul_shape(y_shape, x.shape());
  if (!detail::known(y, y_shape)) return share<R>(std::move(shape));
  return detail::apply(x, std::move(shape), [&](auto const& a) { return koi::matmul(y, a); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> reduce_sum(share<R> const& x, std::size_t axis) {
  return detail::apply(x, reduced_shape(x.shape(), axis), [&](auto const& a) { return koi::reduce_sum(a, axis); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> reduce_sum(share<R> const& x) {
  return detail::apply(x, shape_type{}, [&](auto const& a) { return koi::reduce_sum(a); });
}

/// Any linear map of one value that a server can apply to its piece.
template <PowerOfTwoRing R, class F>
[[nodiscard]] share<R> linear(share<R> const& x, shape_type shape, F f) {
  return detail::apply(x, std::move(shape), f);
}

/// Moves elements, repeats them or puts zeros between them; a mask follows. `how` tells the arrangement from
/// all others. `f` is kept where a mask may come later, so it refers to nothing outside of itself.
template <PowerOfTwoRing R, class F>
[[nodiscard]] share<R> rearrange(share<R> const& x, shape_type shape, std::uint64_t how, F f) {
  return x.rearranged(std::move(shape), how, f);
}

/// Changes of shape; a mask follows.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> reshape(share<R> const& x, shape_type const& shape) {
  if (element_count(shape) != x.size()) throw shape_mismatch("reshape", x.shape(), shape);
  return x.rearranged(shape, mixed(mixed(0, "reshape"), shape),
                      [shape](tensor<R> const& t) { return t.reshaped(shape); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> transpose(share<R> const& x, std::vector<std::size_t> axes = {}) {
  auto shape = transpose_shape(x.shape(), axes);
  return x.rearranged(std::move(shape), mixed(mixed(0, "transpose"), axes),
                      [axes](tensor<R> const& t) { return koi::transpose(t, axes); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> slice(share<R> const& x, std::vector<range> const& ranges) {
  auto how = mixed(0, "slice");
  for (auto const& r : ranges) how = mixed(how, std::array{r.begin, r.end, r.step});
  return x.rearranged(slice_shape(x.shape(), ranges), how,
                      [ranges](tensor<R> const& t) { return koi::slice(t, ranges); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> broadcast(share<R> const& x, shape_type const& shape) {
  if (broadcast_shape("broadcast", x.shape(), shape) != shape) throw shape_mismatch("broadcast", x.shape(), shape);
  return x.rearranged(shape, mixed(mixed(0, "broadcast"), shape),
                      [shape](tensor<R> const& t) { return broadcast_to(t, shape); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> concat(std::vector<share<R>> const& parts, std::size_t axis = 0) {
  std::vector<shape_type> shapes;
  for (auto const& part : parts) shapes.push_back(part.shape());
  return share<R>::joined(parts, concat_shape(shapes, axis), mixed(mixed(0, "concat"), std::uint64_t{axis}),
                          [&](std::vector<tensor<R>> const& all) { return koi::concat(all, axis); });
}
template <PowerOfTwoRing R>
[[nodiscard]] share<R> stack(std::vector<share<R>> const& parts, std::size_t axis = 0) {
  std::vector<share<R>> expanded;
  for (auto const& part : parts) expanded.push_back(reshape(part, expanded_shape(part.shape(), axis)));
  return concat(expanded, axis);
}

}  // namespace koi::beaver
