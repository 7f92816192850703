// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/protocol/concepts.hpp>

namespace koi {

/// A tensor of fixed-point numbers that both compute servers know: a constant of the program, or
/// something that was revealed. Other players have its shape alone.
///
/// Threads  one object: one thread at a time
template <Protocol P>
class public_tensor {
 public:
  using ring = typename P::ring;

  /// `value` is read at the servers only.
  public_tensor(party& self, shape_type shape, tensor<ring> value)
      : self_(&self), shape_(std::move(shape)), value_(std::move(value)) {}

  [[nodiscard]] shape_type const& shape() const noexcept { return shape_; }
  [[nodiscard]] party& self() const noexcept { return *self_; }
  /// Whether this player knows the numbers: a compute server does, unless they are still to be revealed.
  [[nodiscard]] bool known() const noexcept { return self_->is_server() && value_.shape() == shape_; }
  [[nodiscard]] tensor<ring> const& value() const noexcept { return value_; }

 private:
  party* self_;
  shape_type shape_;
  tensor<ring> value_;
};

/// A tensor of fixed-point numbers that nobody knows: shared between the compute servers.
///
/// It cannot be compared, printed or converted; `session::output` and `session::reveal` are the exits.
/// Copies are the same value and share its mask.
/// Threads  one object and its copies: one thread at a time
template <Protocol P>
class private_tensor {
 public:
  using share_type = typename P::share_type;

  private_tensor(party& self, share_type value) : self_(&self), share_(std::move(value)) {}

  [[nodiscard]] shape_type const& shape() const noexcept { return share_.shape(); }
  [[nodiscard]] party& self() const noexcept { return *self_; }
  /// For protocols; holds this player's piece at a server.
  [[nodiscard]] share_type const& share() const noexcept { return share_; }

 private:
  party* self_;
  share_type share_;
};

}  // namespace koi
