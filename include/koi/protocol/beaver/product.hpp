// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/mask.hpp>

namespace koi::beaver {

/// Which factor was open before the product's online half, so that the term with the other one's
/// mask needs no input.
enum class known_factor : std::uint8_t { none, x, y };

template <PowerOfTwoRing R>
struct dealt_product {
  tensor<R> z;  ///< server j's piece of a * b, plus the term that is ready
  known_factor ready = known_factor::none;
  mask_origin x{}, y{};  ///< the masks that it was dealt for
  [[nodiscard]] auto parts() const { return std::tie(z); }
};

/// The offline half of a product: the helper's a * b in shares, and at the servers the term of a
/// factor that was opened before, as weights are.
template <PowerOfTwoRing R, class Accumulate>
[[nodiscard]] dealt_product<R> deal_product(operation& op, share<R> const& x, share<R> const& y,
                                            shape_type const& shape, Accumulate accumulate) {
  auto& self = op.self();
  dealt_product<R> out;
  out.x = x.mask().origin;
  out.y = y.mask().origin;
  if (self.is_helper()) {
    tensor<R> whole(shape, 0);
    accumulate(whole, x.mask().mask.value(), y.mask().mask.value());
    (void)deal<R>(op, shape, phase::offline, to_deal{"product", [&](std::size_t i) { return whole[i]; }});
  } else if (self.is_server()) {
    if (y.mask().opened) {
      out.z = tensor<R>(shape, 0);
      out.ready = known_factor::y;
      accumulate(out.z, *x.mask().mask, *y.mask().opened);
    } else if (x.mask().opened) {
      out.z = tensor<R>(shape, 0);
      out.ready = known_factor::x;
      accumulate(out.z, *x.mask().opened, *y.mask().mask);
    }
    auto [ab] = deal<R>(op, shape, phase::offline, to_deal{"product", known_to_the_helper<R>});
    if (out.ready == known_factor::none)
      out.z = std::move(ab);
    else
      out.z += ab;
  }
  return out;
}

/// A value that got its mask in a prepared run has no other: the helper did not keep it.
///
/// Throws  bad_argument, at all players alike
template <PowerOfTwoRing R>
void check_operand(party const& self, std::string_view kind, share<R> const& x) {
  auto const* const base = x.unmasked_base();
  auto const& masked = base ? *base : x;
  bool const spent = masked.is_masked() && masked.mask().origin.prepared && (x.held() || !self.is_server());
  if (spent && self.now() != pass::online)
    throw bad_argument(
        fmt::format("{}: a value that was multiplied in a prepared run takes part in no product after "
                    "it; add a public zero to it, which makes a new value",
                    kind));
  if (self.now() != pass::offline && self.is_server()) (void)x.piece();
}

/// Products that are added up for an element of the result: of a matrix product, a convolution; of other maps one.
[[nodiscard]] inline std::uint64_t terms_of(std::string_view kind, shape_type const& x, shape_type const& y) {
  if (kind == "matmul") return x.empty() ? 1 : x.back();
  if (kind == "conv2d" && y.size() == 4) return y[0] * y[1] * y[2];
  if (kind == "depthwise_conv2d" && y.size() == 4) return y[0] * y[1];
  return 1;
}

/// What a product's players do.
template <PowerOfTwoRing R>
void describe_product(course& does, std::string_view kind, share<R> const& x, share<R> const& y,
                      shape_type const& shape, masking<R> const& masks) {
  auto const bytes = bytes_of_shape<R>(shape);
  auto const macs = element_count(shape) * terms_of(kind, x.shape(), y.shape());
  bool const one_is_open = !masks.awaits(x) || !masks.awaits(y);
  does.offline().work(does.helper(), {.multiply_adds = macs});
  if (one_is_open) does.servers_work({.multiply_adds = macs});
  describe_deal(does, bytes);
  for (auto const* factor : {&x, &y}) {
    if (factor->lasts()) continue;  // held with its mask and what it opened
    does.servers_hold(3 * bytes_of_shape<R>(factor->shape())).hold(does.helper(), bytes_of_shape<R>(factor->shape()));
  }
  does.servers_keep(bytes).servers_hold(bytes).hold(does.helper(), bytes);
  masks.describe_finish(does.online());
  does.servers_work({.multiply_adds = one_is_open ? macs : 2 * macs, .touched = bytes});
}

/// Product of two shared values under a bilinear map, from masks and a product that the helper deals.
///
/// `accumulate(sum, u, v)` adds the map's value to sum, `accumulate(sum, u, v, s, t)` those of two pairs;
/// `how` are the map's public numbers, such as strides.
/// Cost    online: the masks that are missing (see masking); offline one word per element of the result
/// Leaks   shapes
/// Throws  bad_argument for a value of an earlier prepared run, or for other operands than prepared
///         ones; channel_error
/// Source  [Beaver91]; [DMD18] arXiv 1810.08130, section 3
/// Differs the term alpha * b_j + j * alpha * beta is written alpha * y_j, which needs no mask of y
template <PowerOfTwoRing R, class Accumulate>
[[nodiscard]] share<R> product(party& self, std::string_view kind, share<R> const& x, share<R> const& y,
                               shape_type const& shape, Accumulate accumulate, shape_type const& how = {}) {
  check_operand(self, kind, x);
  check_operand(self, kind, y);
  masking<R> masks(self, {&x, &y});
  operation op(self, kind, {x.shape(), y.shape(), how});
  op.declare([&] { return deal_cost<R>(shape, {R::bits}); });
  op.describe([&](course& does) { describe_product(does, kind, x, y, shape, masks); });
  auto dealt = op.offline([&] { return deal_product(op, x, y, shape, accumulate); });
  if (!op.computes()) return share<R>(shape);
  if (dealt.x != x.mask().origin || dealt.y != y.mask().origin)
    throw bad_argument(
        fmt::format("{}: this product was prepared for other operands: a prepared run uses the weights "
                    "and other lasting values that it was prepared with",
                    kind));
  masks.finish();
  auto& z = dealt.z;
  switch (dealt.ready) {
    case known_factor::y:  // z_j = (a * b)_j + a_j * beta, and alpha * y_j
      accumulate(z, *x.mask().opened, y.piece());
      break;
    case known_factor::x:  // z_j = (a * b)_j + alpha * b_j, and x_j * beta
      accumulate(z, x.piece(), *y.mask().opened);
      break;
    case known_factor::none:
      accumulate(z, *x.mask().mask, *y.mask().opened, *x.mask().opened, y.piece());
  }
  return share<R>(std::move(z));
}

template <PowerOfTwoRing R>
[[nodiscard]] cost product_cost(share<R> const& x, share<R> const& y, shape_type const& shape) {
  return mask_cost<R>({&x, &y}) + deal_cost<R>(shape, {R::bits});
}

/// Element-wise product, at the sum of the operands' fraction bits.
///
/// Shapes  x, y: broadcast by numpy's rule
/// Cost    see product
/// Throws  shape_mismatch; see product
template <PowerOfTwoRing R>
[[nodiscard]] share<R> mul(party& self, share<R> const& x, share<R> const& y) {
  return product(self, "mul", x, y, broadcast_shape("mul", x.shape(), y.shape()),
                 []<class... Pair>(tensor<R>& sum, tensor<R> const& u, tensor<R> const& v, Pair const&... more) {
                   sum += u * v;
                   if constexpr (sizeof...(more) != 0) sum += (... * more);
                 });
}
template <PowerOfTwoRing R>
[[nodiscard]] cost mul_cost(share<R> const& x, share<R> const& y) {
  return product_cost<R>(x, y, broadcast_shape("mul", x.shape(), y.shape()));
}

/// Element-wise square: one mask, one dealt product.
template <PowerOfTwoRing R>
[[nodiscard]] share<R> square(party& self, share<R> const& x) {
  return mul(self, x, x);
}
template <PowerOfTwoRing R>
[[nodiscard]] cost square_cost(share<R> const& x) {
  return mul_cost(x, x);
}

/// Matrix product, at the sum of the operands' fraction bits.
///
/// Shapes  x: [..., n], y: [n, v] -> [..., v]
/// Cost    see product
/// Throws  shape_mismatch; see product
template <PowerOfTwoRing R>
[[nodiscard]] share<R> matmul(party& self, share<R> const& x, share<R> const& y) {
  return product(self, "matmul", x, y, matmul_shape(x.shape(), y.shape()),
                 [](tensor<R>& sum, auto const&... factors) { matmul_add(sum, factors...); });
}
template <PowerOfTwoRing R>
[[nodiscard]] cost matmul_cost(share<R> const& x, share<R> const& y) {
  return product_cost<R>(x, y, matmul_shape(x.shape(), y.shape()));
}

}  // namespace koi::beaver
