// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/axes.hpp>
#include <koi/ops/operators.hpp>

#include <set>

namespace koi {

namespace detail {

/// The same arrangement of the elements of a private and of a public tensor.
template <Protocol P, class F>
private_tensor<P> arranged(private_tensor<P> const& x, shape_type shape, std::uint64_t how, F f) {
  return {x.self(), P::rearrange(x.share(), std::move(shape), how, f)};
}
template <Protocol P, class F>
public_tensor<P> arranged(public_tensor<P> const& x, shape_type shape, std::uint64_t, F f) {
  return {x.self(), std::move(shape), x.known() ? f(x.value()) : tensor<typename P::ring>()};
}

/// Tensors joined along an axis, to a shape.
template <Protocol P>
private_tensor<P> joined(std::vector<private_tensor<P>> const& parts, shape_type const&, std::size_t axis) {
  std::vector<typename P::share_type> shares;
  for (auto const& part : parts) shares.push_back(part.share());
  return {parts.front().self(), P::concat(shares, axis)};
}
template <Protocol P>
public_tensor<P> joined(std::vector<public_tensor<P>> const& parts, shape_type const& shape, std::size_t axis) {
  std::vector<tensor<typename P::ring>> values;
  for (auto const& part : parts) {
    if (!part.known()) return {parts.front().self(), shape, tensor<typename P::ring>()};
    values.push_back(part.value());
  }
  return {parts.front().self(), shape, koi::concat(values, axis)};
}

/// A number that tells an arrangement from all others.
inline std::uint64_t arrangement(std::string_view name) { return mixed(0, name); }
template <class First, class... More>
std::uint64_t arrangement(std::string_view name, First const& first, More const&... more) {
  auto how = mixed(arrangement(name), first);
  ((how = mixed(how, more)), ...);
  return how;
}

}  // namespace detail

/// Arrangements of the elements of a private or public tensor. All are local: no rounds, no bytes, nothing
/// leaks; a mask follows. Axes count from 0, the outermost.
///
/// Throws  shape_mismatch; bad_argument for axes, ranges and indices that do not lie in the shape
template <SecureTensor T>
[[nodiscard]] T reshape(T const& x, shape_type const& shape) {
  if (element_count(shape) != element_count(x.shape())) throw shape_mismatch("reshape", x.shape(), shape);
  return detail::arranged(x, shape, detail::arrangement("reshape", shape),
                          [shape](auto const& t) { return t.reshaped(shape); });
}

/// A new axis of extent 1.
template <SecureTensor T>
[[nodiscard]] T expand_dims(T const& x, std::size_t axis) {
  return reshape(x, expanded_shape(x.shape(), axis));
}

/// Without the given axes, each of extent 1; without all such axes where none is given.
template <SecureTensor T>
[[nodiscard]] T squeeze(T const& x, std::vector<std::size_t> axes = {}) {
  if (axes.empty()) {
    for (std::size_t i = 0; i < x.shape().size(); ++i)
      if (x.shape()[i] == 1) axes.push_back(i);
    if (axes.empty()) return x;
  }
  axes = detail::sorted_axes("squeeze", x.shape(), std::move(axes));
  for (auto const axis : axes)
    if (x.shape()[axis] != 1)
      throw bad_argument(fmt::format("squeeze: axis {} of shape {} is not of extent 1", axis, to_string(x.shape())));
  return reshape(x, detail::shape_without(x.shape(), axes, keep_axes::no));
}

/// Axes in another order; reversed where none is given.
template <SecureTensor T>
[[nodiscard]] T transpose(T const& x, std::vector<std::size_t> axes = {}) {
  auto shape = transpose_shape(x.shape(), axes);
  return detail::arranged(x, std::move(shape), detail::arrangement("transpose", axes),
                          [axes](auto const& t) { return koi::transpose(t, axes); });
}

/// One half-open range, with a step, for each leading axis.
template <SecureTensor T>
[[nodiscard]] T slice(T const& x, std::vector<range> const& ranges) {
  auto how = detail::arrangement("slice");
  for (auto const& r : ranges) how = mixed(how, std::array{r.begin, r.end, r.step});
  return detail::arranged(x, slice_shape(x.shape(), ranges), how,
                          [ranges](auto const& t) { return koi::slice(t, ranges); });
}

/// Repeated along axes of extent 1 and missing outer axes, by numpy's rule.
template <SecureTensor T>
[[nodiscard]] T broadcast_to(T const& x, shape_type const& shape) {
  if (broadcast_shape("broadcast_to", x.shape(), shape) != shape)
    throw shape_mismatch("broadcast_to", x.shape(), shape);
  return detail::arranged(x, shape, detail::arrangement("broadcast", shape),
                          [shape](auto const& t) { return koi::broadcast_to(t, shape); });
}

/// The elements at public indices along one axis, in their order; an index may come several times.
template <SecureTensor T>
[[nodiscard]] T gather(T const& x, std::vector<std::size_t> const& indices, std::size_t axis = 0) {
  return detail::arranged(x, take_shape(x.shape(), axis, indices),
                          detail::arrangement("gather", std::uint64_t{axis}, indices),
                          [axis, indices](auto const& t) { return take(t, axis, indices); });
}

/// The elements of the given axes in the opposite order; of all axes where none is given.
template <SecureTensor T>
[[nodiscard]] T reverse(T x, std::vector<std::size_t> const& axes = {}) {
  for (auto const axis : detail::sorted_axes("reverse", x.shape(), axes)) {
    std::vector<std::size_t> indices(x.shape()[axis]);
    std::iota(indices.rbegin(), indices.rend(), std::size_t{0});
    x = gather(x, indices, axis);
  }
  return x;
}

/// The whole tensor so many times along each axis.
template <SecureTensor T>
[[nodiscard]] T tile(T x, std::vector<std::size_t> const& repeats) {
  if (repeats.size() != x.shape().size())
    throw bad_argument(fmt::format("tile: {} counts for shape {}", repeats.size(), to_string(x.shape())));
  for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
    auto const extent = x.shape()[axis];
    if (repeats[axis] == 1) continue;
    std::vector<std::size_t> indices(extent * repeats[axis]);
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = i % extent;
    x = gather(x, indices, axis);
  }
  return x;
}

/// Elements of one public value around the tensor; so many before and after along each axis. With another value than
/// zero no mask follows.
template <SecureTensor T>
[[nodiscard]] T pad(T const& x, std::vector<pad_axis> const& widths, double value = 0) {
  using P = protocol_of<T>;
  auto const shape = pad_shape(x.shape(), widths);
  auto how = detail::arrangement("pad");
  for (auto const& w : widths) how = mixed(how, std::array{w.before, w.after});
  auto const padded = detail::arranged(x, shape, how, [widths](auto const& t) { return koi::pad(t, widths); });
  if (value == 0) return padded;
  auto const word = detail::encode_scalar<P>(value);
  tensor<typename P::ring> border(shape, word);
  auto const inside = koi::pad(tensor<typename P::ring>(x.shape(), word), widths);
  return padded + public_tensor<P>(x.self(), shape, border - inside);
}

/// Parts of the given extents along an axis.
template <SecureTensor T>
[[nodiscard]] std::vector<T> split(T const& x, std::vector<std::size_t> const& extents, std::size_t axis = 0) {
  axis_layout const at("split", x.shape(), axis);
  if (std::accumulate(extents.begin(), extents.end(), std::size_t{0}) != at.extent)
    throw bad_argument(fmt::format("split: extents {} along axis {} of shape {}", extents, axis, to_string(x.shape())));
  std::vector<T> parts;
  std::size_t begin = 0;
  for (auto const extent : extents) {
    std::vector<range> ranges;
    for (std::size_t i = 0; i < axis; ++i) ranges.push_back({0, x.shape()[i]});
    ranges.push_back({begin, begin + extent});
    parts.push_back(slice(x, ranges));
    begin += extent;
  }
  return parts;
}
/// So many equal parts along an axis.
template <SecureTensor T, std::integral N>
[[nodiscard]] std::vector<T> split(T const& x, N parts, std::size_t axis = 0) {
  axis_layout const at("split", x.shape(), axis);
  auto const n = static_cast<std::size_t>(parts);
  if (parts <= 0 || at.extent % n != 0)
    throw bad_argument(
        fmt::format("split: axis {} of shape {} has no {} equal parts", axis, to_string(x.shape()), parts));
  return split(x, std::vector<std::size_t>(n, at.extent / n), axis);
}

/// Tensors joined along an axis that they have. A mask follows if all have one.
///
/// Throws  bad_argument for no tensors or no such axis; shape_mismatch
template <SecureTensor T>
[[nodiscard]] T concat(std::vector<T> const& parts, std::size_t axis = 0) {
  std::vector<shape_type> shapes;
  for (auto const& part : parts) shapes.push_back(part.shape());
  auto const shape = concat_shape(shapes, axis);
  return detail::joined(parts, shape, axis);
}
template <SecureTensor T>
[[nodiscard]] T concat(std::initializer_list<T> parts, std::size_t axis = 0) {
  return concat(std::vector<T>(parts), axis);
}
/// Tensors of one shape joined along a new axis.
template <SecureTensor T>
[[nodiscard]] T stack(std::vector<T> const& parts, std::size_t axis = 0) {
  std::vector<T> expanded;
  for (auto const& part : parts) expanded.push_back(expand_dims(part, axis));
  return concat(expanded, axis);
}
template <SecureTensor T>
[[nodiscard]] T stack(std::initializer_list<T> parts, std::size_t axis = 0) {
  return stack(std::vector<T>(parts), axis);
}

/// Blocks of channels-last images become images of their own: x [n, rows, columns, channels] ->
/// [n * height * width, rows / height, columns / width, channels], after padding with zeros.
template <SecureTensor T>
[[nodiscard]] T space_to_batch(T const& x, std::array<std::size_t, 2> block, std::array<pad_axis, 2> padding = {}) {
  if (x.shape().size() != 4 || block[0] == 0 || block[1] == 0)
    throw shape_mismatch("space_to_batch", x.shape(), {block[0], block[1]});
  auto const whole = pad(x, {{}, padding[0], padding[1], {}});
  auto const& s = whole.shape();
  if (s[1] % block[0] != 0 || s[2] % block[1] != 0) throw shape_mismatch("space_to_batch", s, {block[0], block[1]});
  auto const blocks = reshape(whole, {s[0], s[1] / block[0], block[0], s[2] / block[1], block[1], s[3]});
  return reshape(transpose(blocks, {2, 4, 0, 1, 3, 5}),
                 {s[0] * block[0] * block[1], s[1] / block[0], s[2] / block[1], s[3]});
}
/// The inverse: the blocks are put together again, then rows and columns are cut off.
template <SecureTensor T>
[[nodiscard]] T batch_to_space(T const& x, std::array<std::size_t, 2> block, std::array<pad_axis, 2> crop = {}) {
  auto const& s = x.shape();
  if (s.size() != 4 || block[0] * block[1] == 0 || s[0] % (block[0] * block[1]) != 0)
    throw shape_mismatch("batch_to_space", s, {block[0], block[1]});
  auto const n = s[0] / (block[0] * block[1]), rows = s[1] * block[0], columns = s[2] * block[1];
  if (crop[0].before + crop[0].after > rows || crop[1].before + crop[1].after > columns)
    throw bad_argument(fmt::format("batch_to_space: the crop is larger than the {} x {} images", rows, columns));
  auto const parts = reshape(x, {block[0], block[1], n, s[1], s[2], s[3]});
  auto const whole = reshape(transpose(parts, {2, 3, 0, 4, 1, 5}), {n, rows, columns, s[3]});
  return slice(whole, {{0, n}, {crop[0].before, rows - crop[0].after}, {crop[1].before, columns - crop[1].after}});
}

}  // namespace koi
