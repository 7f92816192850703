// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/input.hpp>
#include <koi/protocol/beaver/linear.hpp>
#include <koi/protocol/beaver/narrow.hpp>
#include <koi/protocol/beaver/output.hpp>
#include <koi/protocol/beaver/product.hpp>
#include <koi/protocol/beaver/truncate.hpp>

namespace koi::beaver {

/// The operations that protocols with two compute servers and one helper have in common: additive
/// shares, masks and dealt products. A policy adds who helps, and how to compare.
template <PowerOfTwoRing R, std::size_t FracBits, class Truncation, class Comparison>
struct operations {
  using ring = R;
  using fixed = fixed_point<R, FracBits>;
  using truncation = Truncation;
  using comparison = Comparison;
  using share_type = share<R>;
  static constexpr std::size_t frac_bits = FracBits;
  static_assert(sizeof(fixed) > 0);  // a protocol exists only where its numbers do

  template <class F>
  static share_type input(party& self, std::size_t owner, shape_type const& shape, F&& value,
                          phase in = phase::online) {
    return beaver::input<R>(self, owner, shape, std::forward<F>(value), in);
  }
  static std::optional<tensor<R>> output(party& self, std::size_t player, share_type const& x) {
    return beaver::output(self, player, x);
  }
  static std::optional<tensor<R>> reveal(party& self, share_type const& x) { return beaver::reveal(self, x); }

  static share_type add(share_type const& x, share_type const& y) { return beaver::add(x, y); }
  static share_type sub(share_type const& x, share_type const& y) { return beaver::sub(x, y); }
  static share_type neg(share_type const& x) { return beaver::neg(x); }
  static share_type scale(share_type const& x, typename R::value_type factor) { return beaver::scale(x, factor); }
  static share_type add_public(party& self, share_type const& x, tensor<R> const& y, shape_type const& y_shape) {
    return beaver::add_public(self, x, y, y_shape);
  }
  static share_type mul_public(share_type const& x, tensor<R> const& y, shape_type const& y_shape) {
    return beaver::mul_public(x, y, y_shape);
  }
  static share_type matmul_public(share_type const& x, tensor<R> const& y, shape_type const& y_shape) {
    return beaver::matmul_public(x, y, y_shape);
  }
  static share_type matmul_public(tensor<R> const& y, shape_type const& y_shape, share_type const& x) {
    return beaver::matmul_public(y, y_shape, x);
  }
  static share_type reduce_sum(share_type const& x, std::size_t axis) { return beaver::reduce_sum(x, axis); }
  static share_type reduce_sum(share_type const& x) { return beaver::reduce_sum(x); }
  static share_type reshape(share_type const& x, shape_type const& shape) { return beaver::reshape(x, shape); }
  static share_type transpose(share_type const& x, std::vector<std::size_t> axes) {
    return beaver::transpose(x, std::move(axes));
  }
  static share_type slice(share_type const& x, std::vector<range> const& ranges) { return beaver::slice(x, ranges); }
  static share_type broadcast(share_type const& x, shape_type const& shape) { return beaver::broadcast(x, shape); }
  static share_type concat(std::vector<share_type> const& parts, std::size_t axis) {
    return beaver::concat(parts, axis);
  }
  static share_type stack(std::vector<share_type> const& parts, std::size_t axis) { return beaver::stack(parts, axis); }

  template <class F>
  static share_type linear(share_type const& x, shape_type shape, F f) {
    return beaver::linear(x, std::move(shape), f);
  }
  template <class F>
  static share_type rearrange(share_type const& x, shape_type shape, std::uint64_t how, F f) {
    return beaver::rearrange(x, std::move(shape), how, f);
  }
  template <class Accumulate>
  static share_type product(party& self, std::string_view kind, share_type const& x, share_type const& y,
                            shape_type const& shape, Accumulate accumulate, shape_type const& how = {}) {
    return beaver::product(self, kind, x, y, shape, accumulate, how);
  }

  static share_type mul(party& self, share_type const& x, share_type const& y) { return beaver::mul(self, x, y); }
  static share_type square(party& self, share_type const& x) { return beaver::square(self, x); }
  static share_type matmul(party& self, share_type const& x, share_type const& y) { return beaver::matmul(self, x, y); }
  static share_type truncate(party& self, share_type const& x, std::size_t bits) {
    return beaver::truncate(self, x, bits, Truncation{});
  }

  static share_type is_nonnegative(party& self, share_type const& x) {
    return Comparison::template is_nonnegative<R>(self, x);
  }
  static share_type relu(party& self, share_type const& x, std::size_t ignored = 0) {
    return Comparison::template relu<R>(self, x, ignored);
  }
  static share_type truncate_relu(party& self, share_type const& x, std::size_t bits) {
    return Comparison::template truncate_relu<R>(self, x, bits, Truncation{});
  }
  /// x >> bits in a smaller ring, and max(x, 0) in a wider one: see NarrowingProtocol.
  template <PowerOfTwoRing N>
  static share<N> narrowed(party& self, share_type const& x, std::size_t bits) {
    return beaver::narrowed<N>(self, x, bits);
  }
  template <PowerOfTwoRing Wide>
  static share<Wide> widened_relu(party& self, share_type const& x) {
    return Comparison::template truncate_relu<Wide>(self, x, 0, assisted{});
  }

  static cost input_cost(party const& self, std::size_t owner, shape_type const& shape) {
    return beaver::input_cost<R>(self, owner, shape);
  }
  static cost output_cost(party const& self, std::size_t player, shape_type const& shape) {
    return beaver::output_cost<R>(self, player, shape);
  }
  static cost reveal_cost(shape_type const& shape) { return beaver::reveal_cost<R>(shape); }
  static cost product_cost(share_type const& x, share_type const& y, shape_type const& shape) {
    return beaver::product_cost<R>(x, y, shape);
  }
  static cost mul_cost(share_type const& x, share_type const& y) { return beaver::mul_cost(x, y); }
  static cost square_cost(share_type const& x) { return beaver::square_cost(x); }
  static cost matmul_cost(share_type const& x, share_type const& y) { return beaver::matmul_cost(x, y); }
  static cost truncate_cost(shape_type const& shape, std::size_t bits) {
    return beaver::truncate_cost<R>(shape, bits, Truncation{});
  }
  static cost is_nonnegative_cost(shape_type const& shape) {
    return Comparison::template is_nonnegative_cost<R>(shape);
  }
  static cost relu_cost(shape_type const& shape, std::size_t ignored = 0) {
    return Comparison::template relu_cost<R>(shape, ignored);
  }
  static cost truncate_relu_cost(shape_type const& shape, std::size_t bits) {
    return Comparison::template truncate_relu_cost<R>(shape, bits, Truncation{});
  }
  template <PowerOfTwoRing Wide>
  static cost widened_relu_cost(shape_type const& shape) {
    return Comparison::template truncate_relu_cost<Wide, R>(shape, 0, assisted{});
  }

 protected:
  static std::string describe(std::string_view policy) {
    return fmt::format("{}<ring{}, {}, {}, {}>", policy, R::bits, FracBits, Truncation::name, Comparison::name);
  }
};

}  // namespace koi::beaver
