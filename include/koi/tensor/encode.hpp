// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ring/fixed_point.hpp>
#include <koi/tensor/tensor.hpp>

namespace koi {

/// Real numbers as ring elements.
///
/// `what` names the tensor and its owner in the error.
/// Error   at most half a unit in the last place
/// Throws  out_of_range naming `what` and the index of the first number that has no encoding
template <class Fixed>
[[nodiscard]] tensor<typename Fixed::ring> encode(plain_tensor const& x, std::string_view what) {
  tensor<typename Fixed::ring> out(shape_type(x.shape().begin(), x.shape().end()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto const v = x.data()[i];
    auto const fault = Fixed::check(v);
    if (fault != encoding_fault::none) [[unlikely]] {
      shape_type index(out.rank());
      for (std::size_t axis = out.rank(), rest = i; axis-- > 0; rest /= out.shape()[axis])
        index[axis] = rest % out.shape()[axis];
      auto const why = fault == encoding_fault::not_a_number ? std::string("is not a number")
                       : fault == encoding_fault::infinite
                           ? std::string("is infinite")
                           : fmt::format("reaches the bound {:g} of a {}-bit ring with {} fraction bits",
                                         Fixed::bound(), Fixed::ring::bits, Fixed::frac_bits);
      throw out_of_range(
          fmt::format("{}: the element at {} of shape {} {}", what, to_string(index), to_string(out.shape()), why));
    }
    out[i] = Fixed::encode(v);
  }
  return out;
}

/// Ring elements as real numbers.
template <class Fixed>
[[nodiscard]] plain_tensor decode(tensor<typename Fixed::ring> const& x) {
  plain_tensor out = plain_tensor::from_shape(x.shape());
  for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = Fixed::decode(x[i]);
  return out;
}

}  // namespace koi
