// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/detail/rows.hpp>
#include <koi/tensor/uniform.hpp>
#include <koi/trace/detail/parity_share.hpp>

namespace koi::detail {

/// A protocol that hides nothing: server0 computes everything in the clear, and the others wait. It has the numbers,
/// names and choices of P, so a program does what it would do under P. For checks alone.
template <Protocol P>
struct in_the_clear : P {
  using share_type = clear_share;
  using ring = typename P::ring;
  using word = typename ring::value_type;

  static std::string name() { return "in the clear"; }

  /// An owner's numbers stay as they are, if they have an encoding.
  static plain_tensor encode(plain_tensor const& x, std::string_view what) {
    (void)koi::encode<typename P::fixed>(x, what);
    return x;
  }

  template <class F>
  static share_type input(party& self, std::size_t owner, shape_type const& shape, F&& value,
                          phase in = phase::online) {
    operation op(self, "input", {shape});
    op.wait_for_owner();
    if (op.ahead()) return share_type(shape);
    plain_tensor x;
    if (self.id() == owner) {
      x = value();
      if (owner != self.server(0)) op.send(self.server(0), bytes_of(x.data(), x.size()), in);
    }
    if (self.id() != self.server(0)) return share_type(shape);
    if (owner != self.server(0)) {
      x = plain_tensor::from_shape(shape);
      op.receive(owner, writable_bytes_of(x.data(), x.size()), in);
    }
    clear_numbers out;
    out.of[0] = mapped_reals(x, [](double v) { return std::ldexp(v, static_cast<int>(P::frac_bits)); });
    auto const rounded = mapped_reals(out.of[0], [](double v) { return std::nearbyint(v); });
    for (std::size_t k = 1; k < out.count; ++k) out.of[k] = rounded;
    return share_type(std::move(out));
  }
  static std::optional<tensor<ring>> output(party& self, std::size_t player, share_type const& x) {
    operation op(self, "output", {x.shape()});
    return op.ahead() ? std::nullopt : handed(op, player, x);
  }
  static std::optional<tensor<ring>> reveal(party& self, share_type const& x) {
    operation op(self, "reveal", {x.shape()});
    if (op.ahead()) return std::nullopt;
    auto const words = handed(op, self.server(1), x);
    return self.id() == self.server(0) ? words_of<ring>(x.numbers().of[1]) : words;
  }

  static share_type add(share_type const& x, share_type const& y) {
    return each_run(
        broadcast_shape("add", x.shape(), y.shape()), [](auto const& a, auto const& b) { return plain_tensor(a + b); },
        x, y);
  }
  static share_type sub(share_type const& x, share_type const& y) { return add(x, neg(y)); }
  static share_type neg(share_type const& x) { return scaled_by(x, -1); }
  static share_type scale(share_type const& x, word factor) {
    return scaled_by(x, static_cast<double>(ring::to_signed(factor)));
  }
  static share_type add_public(party const&, share_type const& x, tensor<ring> const& y, shape_type const& y_shape) {
    auto shape = broadcast_shape("add", x.shape(), y_shape);
    if (!there(y, y_shape)) return share_type(std::move(shape));
    auto const reals = reals_of(y);
    return each_run(
        std::move(shape), [&](auto const& a) { return plain_tensor(a + reals); }, x);
  }
  static share_type mul_public(share_type const& x, tensor<ring> const& y, shape_type const& y_shape) {
    auto shape = broadcast_shape("mul", x.shape(), y_shape);
    if (!there(y, y_shape)) return share_type(std::move(shape));
    auto const reals = reals_of(y);
    return each_run(
        std::move(shape), [&](auto const& a) { return plain_tensor(a * reals); }, x);
  }
  static share_type matmul_public(share_type const& x, tensor<ring> const& y, shape_type const& y_shape) {
    auto shape = matmul_shape(x.shape(), y_shape);
    if (!there(y, y_shape)) return share_type(std::move(shape));
    auto const reals = reals_of(y);
    return each_run(
        std::move(shape), [&](auto const& a) { return matmul_of(a, reals); }, x);
  }
  static share_type matmul_public(tensor<ring> const& y, shape_type const& y_shape, share_type const& x) {
    auto shape = matmul_shape(y_shape, x.shape());
    if (!there(y, y_shape)) return share_type(std::move(shape));
    auto const reals = reals_of(y);
    return each_run(
        std::move(shape), [&](auto const& a) { return matmul_of(reals, a); }, x);
  }
  static share_type reduce_sum(share_type const& x, std::size_t axis) {
    return linear(x, reduced_shape(x.shape(), axis), [&](auto const& t) { return koi::reduce_sum(t, axis); });
  }
  static share_type reduce_sum(share_type const& x) {
    return linear(x, {}, [](auto const& t) { return koi::reduce_sum(t); });
  }

  static share_type reshape(share_type const& x, shape_type const& shape) {
    if (element_count(shape) != x.size()) throw shape_mismatch("reshape", x.shape(), shape);
    return rearrange(x, shape, 0, [&](tensor<ring> const& t) { return t.reshaped(shape); });
  }
  static share_type transpose(share_type const& x, std::vector<std::size_t> axes = {}) {
    auto shape = transpose_shape(x.shape(), axes);
    return rearrange(x, std::move(shape), 0, [&](tensor<ring> const& t) { return koi::transpose(t, axes); });
  }
  static share_type slice(share_type const& x, std::vector<range> const& ranges) {
    return rearrange(x, slice_shape(x.shape(), ranges), 0,
                     [&](tensor<ring> const& t) { return koi::slice(t, ranges); });
  }
  static share_type broadcast(share_type const& x, shape_type const& shape) {
    if (broadcast_shape("broadcast", x.shape(), shape) != shape) throw shape_mismatch("broadcast", x.shape(), shape);
    return rearrange(x, shape, 0, [&](tensor<ring> const& t) { return broadcast_to(t, shape); });
  }
  static share_type concat(std::vector<share_type> const& parts, std::size_t axis) {
    std::vector<shape_type> shapes;
    bool held = true;
    for (auto const& part : parts) {
      shapes.push_back(part.shape());
      held = held && part.held();
    }
    auto const shape = concat_shape(shapes, axis);
    if (!held) return share_type(shape);
    clear_numbers out;
    for (std::size_t k = 0; k < out.count; ++k) {
      std::vector<plain_tensor const*> reals;
      for (auto const& part : parts) reals.push_back(&part.numbers().of[k]);
      out.of[k] = rearranged_reals<ring>(reals, shape, [&](auto const& all) { return koi::concat(all, axis); });
    }
    return share_type(std::move(out));
  }
  static share_type stack(std::vector<share_type> const& parts, std::size_t axis) {
    std::vector<share_type> expanded;
    for (auto const& part : parts) expanded.push_back(reshape(part, expanded_shape(part.shape(), axis)));
    return concat(expanded, axis);
  }
  template <class F>
  static share_type linear(share_type const& x, shape_type const& shape, F f) {
    return each_run(
        shape, [&](auto const& a) { return linear_of<ring>(a, shape, f); }, x);
  }
  template <class F>
  static share_type rearrange(share_type const& x, shape_type const& shape, std::uint64_t, F f) {
    auto const move = [&](std::vector<tensor<ring>> const& one) { return f(one[0]); };
    return each_run(
        shape, [&](auto const& a) { return rearranged_reals<ring>({&a}, shape, move); }, x);
  }

  template <class Accumulate>
  static share_type product(party& self, std::string_view kind, share_type const& x, share_type const& y,
                            shape_type const& shape, Accumulate accumulate, shape_type const& how = {}) {
    operation op(self, kind, {x.shape(), y.shape()});
    if (kind == rows<in_the_clear>::products_kind)  // of very different size, each exact
      return each_run(
          shape, [&](auto const& a, auto const& b) { return row_products_of(a, b, how); }, x, y);
    return each_run(
        shape, [&](auto const& a, auto const& b) { return bilinear_of<ring>(a, b, shape, accumulate); }, x, y);
  }
  static share_type mul(party& self, share_type const& x, share_type const& y) {
    operation op(self, "mul", {x.shape(), y.shape()});
    return each_run(
        broadcast_shape("mul", x.shape(), y.shape()), [](auto const& a, auto const& b) { return plain_tensor(a * b); },
        x, y);
  }
  static share_type square(party& self, share_type const& x) { return mul(self, x, x); }
  static share_type matmul(party& self, share_type const& x, share_type const& y) {
    operation op(self, "matmul", {x.shape(), y.shape()});
    return each_run(matmul_shape(x.shape(), y.shape()), matmul_of, x, y);
  }

  /// Down, or with the probability of what is lost up; reals lose nothing.
  static share_type truncate(party& self, share_type const& x, std::size_t bits) {
    operation op(self, "truncate", {x.shape()});
    if (!x.held()) return share_type(x.shape());
    report(self, x, {"product", ring::bits, 2, bits == P::frac_bits});
    auto coins = op.stream(self.other_server(), "coins");
    std::size_t run = 0;
    return each_run(
        x.shape(),
        [&](plain_tensor const& a) {
          auto y = mapped_reals(a, [&](double v) {
            return std::clamp(std::ldexp(v, -static_cast<int>(bits)), -out_of_all_range, out_of_all_range);
          });
          return run++ == 0 ? y : rounded(y, uniform<ring64>(coins, x.shape()));
        },
        x);
  }

  static share_type is_nonnegative(party& self, share_type const& x) {
    operation op(self, "compare", {x.shape()});
    return compared(self, x, [](double v) { return v >= 0 ? 1.0 : 0.0; });
  }
  static share_type relu(party& self, share_type const& x, std::size_t = 0) {
    operation op(self, "relu", {x.shape()});
    return compared(self, x, [](double v) { return v < 0 ? 0 : v; });
  }
  static share_type truncate_relu(party& self, share_type const& x, std::size_t bits) {
    if (x.held()) report(self, x, comparison_limit());
    return relu(self, truncate(self, x, bits));
  }

 private:
  /// Functions multiply what lies outside of their range by 0: it must remain a number.
  static constexpr double out_of_all_range = 0x1p256;

  static bool there(tensor<ring> const& y, shape_type const& shape) { return y.size() == element_count(shape); }

  static share_type scaled_by(share_type const& x, double factor) {
    return each_run(
        x.shape(), [&](auto const& a) { return plain_tensor(a * factor); }, x);
  }

  static plain_tensor rounded(plain_tensor x, tensor<ring64> const& coins) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      auto const down = std::floor(x.data()[i]);
      x.data()[i] = down + (std::ldexp(static_cast<double>(coins[i] >> 11), -53) < x.data()[i] - down ? 1 : 0);
    }
    return x;
  }

  /// The words of one run, at a player.
  static std::optional<tensor<ring>> handed(operation& op, std::size_t player, share_type const& x) {
    auto& self = op.self();
    op.wait_for_owner();
    if (self.id() == self.server(0)) {
      auto words = words_of<ring>(x.numbers().of[1]);
      if (self.id() == player) return words;
      op.send(player, words);
    } else if (self.id() == player) {
      return op.receive<ring>(self.server(0), x.shape());
    }
    return std::nullopt;
  }

  /// f, which asks for signs.
  template <class F>
  static share_type compared(party& self, share_type const& x, F f) {
    if (x.held()) report(self, x, comparison_limit());
    return each_run(
        x.shape(), [&](auto const& a) { return mapped_reals(a, f); }, x);
  }
  static constexpr size_limit comparison_limit() {
    if constexpr (requires { requires !P::comparison::whole_ring; }) return {"comparison", ring::bits, 2, false};
    if constexpr (requires { requires P::comparison::width != 0; })
      return {"comparison", P::comparison::width, 1, false};
    return {"comparison", ring::bits, 1, false};
  }
  static void report(party& self, share_type const& x, size_limit limit) {
    auto* const by = dynamic_cast<clear_watcher<in_the_clear>*>(self.watched_by());
    if (by) by->see_size(self, x.numbers(), limit);
  }
};

}  // namespace koi::detail
