// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core.hpp>
#include <koi/ring/concepts.hpp>
#include <koi/tensor/detail/xtensor.hpp>

#include <initializer_list>
#include <span>

namespace koi {

/// Ring elements in row-major order, held by this process alone: an evaluated xtensor container
/// whose memory is cache-line aligned and wiped on release.
///
/// Threads  distinct objects: safe; one object: one thread at a time
template <Ring R>
class tensor {
 public:
  using ring = R;
  using value_type = typename R::value_type;
  using container_type = xt::xarray_container<xt::uvector<value_type, wiping_allocator<value_type>>,
                                              xt::layout_type::row_major, shape_type>;

  /// No elements, shape [0].
  tensor() : container_(shape_type{0}) {}

  /// Uninitialised elements of a shape.
  explicit tensor(shape_type const& shape) : container_(shape) {}

  /// The same element everywhere.
  tensor(shape_type const& shape, value_type fill) : container_(shape, fill) {}

  /// Elements in row-major order. Throws shape_mismatch if their number is not the shape's.
  tensor(shape_type const& shape, std::initializer_list<value_type> elements) : container_(shape) {
    if (elements.size() != size()) throw shape_mismatch("tensor", shape, {elements.size()});
    std::copy(elements.begin(), elements.end(), data());
  }

  /// Evaluates an xtensor expression of ring words.
  template <class E>
  static tensor evaluated(xt::xexpression<E> const& expression) {
    tensor result;
    xt::noalias(result.container_) = expression.derived_cast();
    return result;
  }

  [[nodiscard]] shape_type const& shape() const noexcept { return container_.shape(); }
  [[nodiscard]] std::size_t rank() const noexcept { return container_.dimension(); }
  [[nodiscard]] std::size_t size() const noexcept { return container_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  [[nodiscard]] value_type* data() noexcept { return container_.data(); }
  [[nodiscard]] value_type const* data() const noexcept { return container_.data(); }
  [[nodiscard]] std::span<value_type> elements() noexcept { return {data(), size()}; }
  [[nodiscard]] std::span<value_type const> elements() const noexcept { return {data(), size()}; }
  [[nodiscard]] value_type& operator[](std::size_t i) noexcept { return data()[i]; }
  [[nodiscard]] value_type operator[](std::size_t i) const noexcept { return data()[i]; }

  /// The container itself, for xtensor expressions.
  [[nodiscard]] container_type& xt() noexcept { return container_; }
  [[nodiscard]] container_type const& xt() const noexcept { return container_; }

  /// The bytes as they go on the wire.
  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes_of(data(), size()); }
  [[nodiscard]] byte_span writable_bytes() noexcept { return writable_bytes_of(data(), size()); }

  /// The same elements under another shape, without a copy.
  [[nodiscard]] tensor reshaped(shape_type const& shape) && {
    if (element_count(shape) != size()) throw shape_mismatch("reshape", this->shape(), shape);
    container_.reshape(shape);
    return std::move(*this);
  }
  [[nodiscard]] tensor reshaped(shape_type const& shape) const& { return tensor(*this).reshaped(shape); }

  friend bool operator==(tensor const& a, tensor const& b) noexcept {
    return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
  }

 private:
  container_type container_;
};

}  // namespace koi
