// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/beaver/linear.hpp>
#include <koi/protocol/beaver/truncate.hpp>
#include <koi/protocol/securenn/compute_msb.hpp>

namespace koi::securenn_policy {

/// One of two values by a shared bit: x where the bit is 0, y where it is 1.
///
/// Cost    one product
/// Source  [WGC19] eprint 2018/442, Algorithm 2
template <PowerOfTwoRing R>
[[nodiscard]] share<R> select_share(party& self, share<R> const& bit, share<R> const& x, share<R> const& y) {
  return beaver::add(x, beaver::mul(self, bit, beaver::sub(y, x)));
}

/// The comparison of the paper, step by step: ShareConvert, ComputeMSB, DReLU, SelectShare. Kept as
/// the reference; three_round gives the same results for less.
///
/// Range   abs(x) < 2^(l-2)
/// Source  [WGC19] eprint 2018/442, Algorithms 6 and 7
struct as_published {
  static constexpr std::string_view name = "as_published";
  static constexpr bool whole_ring = false;  ///< differences of products have no room: abs(x) < 2^(l-2)

  /// DReLU: 1 where x >= 0, else 0.
  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> is_nonnegative(party& self, share<R> const& x) {
    // 2x is even, so never L - 1
    auto const converted = share_convert(self, beaver::scale(x, typename R::value_type{2}));
    auto const msb = compute_msb<R>(self, converted, x.shape());
    if (!msb.held()) return share<R>(x.shape());
    auto positive = -msb.piece();
    if (self.index() == 0) positive += tensor<R>(shape_type{}, 1);
    return share<R>(std::move(positive));
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static share<R> relu(party& self, share<R> const& x, std::size_t = 0) {
    return beaver::mul(self, is_nonnegative(self, x), x);
  }

  template <PowerOfTwoRing R, class Truncation>
  [[nodiscard]] static share<R> truncate_relu(party& self, share<R> const& x, std::size_t bits, Truncation how) {
    return relu(self, beaver::truncate(self, x, bits, how));
  }

  template <PowerOfTwoRing R>
  [[nodiscard]] static cost is_nonnegative_cost(shape_type const& shape) {
    return share_convert_cost<R>(shape) + compute_msb_cost<R>(shape);
  }
  template <PowerOfTwoRing R>
  [[nodiscard]] static cost relu_cost(shape_type const& shape, std::size_t = 0) {
    share<R> const bit{shape}, x{shape};
    return is_nonnegative_cost<R>(shape) + beaver::mul_cost(bit, x);
  }
  template <PowerOfTwoRing R, class Truncation>
  [[nodiscard]] static cost truncate_relu_cost(shape_type const& shape, std::size_t bits, Truncation how) {
    return beaver::truncate_cost<R>(shape, bits, how) + relu_cost<R>(shape);
  }
};

}  // namespace koi::securenn_policy
