// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/lanes.hpp>
#include <koi/ring/z2k.hpp>
#include <koi/tensor/tensor.hpp>

namespace koi {

/// The shape that two operands broadcast to, by numpy's rule. Throws shape_mismatch.
[[nodiscard]] inline shape_type broadcast_shape(std::string_view operation, shape_type const& a, shape_type const& b) {
  shape_type out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const ea = i < a.size() ? a[a.size() - 1 - i] : 1;
    auto const eb = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (ea != eb && ea != 1 && eb != 1) throw shape_mismatch(operation, a, b);
    out[out.size() - 1 - i] = ea == 1 ? eb : ea;
  }
  return out;
}

/// A copy whose size-1 and missing outer axes are repeated to fill the shape.
template <Ring R>
[[nodiscard]] tensor<R> broadcast_to(tensor<R> const& x, shape_type const& shape) {
  if (x.shape() == shape) return x;
  if (broadcast_shape("broadcast_to", x.shape(), shape) != shape)
    throw shape_mismatch("broadcast_to", x.shape(), shape);
  if (x.size() == 1) return tensor<R>(shape, x[0]);
  return tensor<R>::evaluated(xt::broadcast(x.xt(), shape));
}

namespace detail {

/// out[i] = f(a[i], b[i]) over vectors, then over the words that are left.
template <class Word, class F>
void transform(Word* out, Word const* a, Word const* b, std::size_t n, F f) {
  using lanes = kernels::adding_lanes<Word>;
  using one = kernels::scalar_lanes<Word>;
  std::size_t i = 0;
  if constexpr (lanes::width > 1)
    for (; i + lanes::width <= n; i += lanes::width)
      lanes::store(out + i, f.template operator()<lanes>(lanes::load(a + i), lanes::load(b + i)));
  for (; i < n; ++i) out[i] = f.template operator()<one>(a[i], b[i]);
}

struct add_lanes {
  template <class L>
  typename L::reg operator()(typename L::reg a, typename L::reg b) const noexcept {
    return L::add(a, b);
  }
};
struct sub_lanes {
  template <class L>
  typename L::reg operator()(typename L::reg a, typename L::reg b) const noexcept {
    return L::sub(a, b);
  }
};
struct mul_lanes {
  template <class L>
  typename L::reg operator()(typename L::reg a, typename L::reg b) const noexcept {
    return L::mul(a, b);
  }
};

/// out[i] = f(in[i]...); out is none of the others.
template <class Word, class F, class... In>
void zip_words(Word* __restrict out, std::size_t n, F f, In const*... in) {
  for (std::size_t i = 0; i < n; ++i) out[i] = f(in[i]...);
}

/// Whether b repeats over the leading axes of a, as a bias does over the rows of a batch.
inline bool repeats_over_rows(shape_type const& a, shape_type const& b) {
  return b.size() <= a.size() && element_count(b) > 0 && std::equal(b.rbegin(), b.rend(), a.rbegin());
}

template <PowerOfTwoRing R, class F>
tensor<R> broadcasted(std::string_view operation, tensor<R> const& a, tensor<R> const& b, F f) {
  auto const shape = broadcast_shape(operation, a.shape(), b.shape());
  tensor<R> out(shape);
  if (a.shape() == shape && repeats_over_rows(shape, b.shape())) {
    for (std::size_t row = 0; row < a.size(); row += b.size())
      transform(out.data() + row, a.data() + row, b.data(), b.size(), f);
  } else {
    auto const wide_a = broadcast_to(a, shape);
    auto const wide_b = broadcast_to(b, shape);
    transform(out.data(), wide_a.data(), wide_b.data(), out.size(), f);
  }
  return out;
}

template <PowerOfTwoRing R, class F>
void in_place(std::string_view operation, tensor<R>& a, tensor<R> const& b, F f) {
  if (!repeats_over_rows(a.shape(), b.shape())) {
    if (broadcast_shape(operation, a.shape(), b.shape()) != a.shape())
      throw shape_mismatch(operation, a.shape(), b.shape());
    if (a.empty()) return;
    return in_place(operation, a, broadcast_to(b, a.shape()), f);
  }
  for (std::size_t row = 0; row < a.size(); row += b.size())
    transform(a.data() + row, a.data() + row, b.data(), b.size(), f);
}

}  // namespace detail

/// Element-wise sum, difference and product in the ring, with numpy's broadcasting.
///
/// Throws  shape_mismatch
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> operator+(tensor<R> const& a, tensor<R> const& b) {
  return detail::broadcasted("add", a, b, detail::add_lanes{});
}
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> operator-(tensor<R> const& a, tensor<R> const& b) {
  return detail::broadcasted("sub", a, b, detail::sub_lanes{});
}
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> operator*(tensor<R> const& a, tensor<R> const& b) {
  if constexpr (kernels::multiplies_in_vectors<typename R::value_type>) {
    return detail::broadcasted("mul", a, b, detail::mul_lanes{});
  } else {
    auto const shape = broadcast_shape("mul", a.shape(), b.shape());
    auto out = broadcast_to(a, shape);
    auto const wide = broadcast_to(b, shape);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = R::mul(out[i], wide[i]);
    return out;
  }
}

/// In place; the right operand broadcasts to the left one's shape.
template <PowerOfTwoRing R>
tensor<R>& operator+=(tensor<R>& a, tensor<R> const& b) {
  detail::in_place("add", a, b, detail::add_lanes{});
  return a;
}
template <PowerOfTwoRing R>
tensor<R>& operator-=(tensor<R>& a, tensor<R> const& b) {
  detail::in_place("sub", a, b, detail::sub_lanes{});
  return a;
}

/// f of the words at the same place in tensors of one shape, in one pass over all of them. The rings may differ; the
/// result is in `Out`.
///
/// Throws  shape_mismatch
template <PowerOfTwoRing Out, class F, PowerOfTwoRing First, PowerOfTwoRing... More>
[[nodiscard]] tensor<Out> zip_to(F f, tensor<First> const& first, tensor<More> const&... more) {
  [[maybe_unused]] auto const check = [&](auto const& other) {
    if (other.shape() != first.shape()) throw shape_mismatch("zip", first.shape(), other.shape());
  };
  (check(more), ...);
  tensor<Out> out(first.shape());
  detail::zip_words(out.data(), out.size(), f, first.data(), more.data()...);
  return out;
}
/// The same in one ring.
template <PowerOfTwoRing R, class F, std::same_as<tensor<R>>... More>
[[nodiscard]] tensor<R> zip(F f, tensor<R> const& first, More const&... more) {
  return zip_to<R>(f, first, more...);
}

/// The result of a word-by-word function, for instance a shift.
template <PowerOfTwoRing R, class F>
[[nodiscard]] tensor<R> map(tensor<R> const& x, F f) {
  return zip(f, x);
}

/// Additive inverse of every element.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> operator-(tensor<R> const& x) {
  return map(x, [](auto w) { return R::neg(w); });
}

/// Every element times one word.
template <PowerOfTwoRing R>
[[nodiscard]] tensor<R> scaled(tensor<R> const& x, typename R::value_type factor) {
  return map(x, [factor](auto w) { return R::mul(w, factor); });
}

}  // namespace koi
