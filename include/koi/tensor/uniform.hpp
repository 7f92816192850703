// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/crypto/uniform.hpp>
#include <koi/tensor/tensor.hpp>

namespace koi {

/// Uniform elements from a stream, evaluated at once.
template <Ring R>
[[nodiscard]] tensor<R> uniform(prg& stream, shape_type const& shape) {
  tensor<R> out(shape);
  fill_uniform<R>(stream, out.elements());
  return out;
}

}  // namespace koi
