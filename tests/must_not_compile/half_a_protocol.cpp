// expect: :14:[0-9]+: error: (template constraint failure for .*Protocol|constraints not satisfied for class template 'private_tensor')
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

/// Names and numbers, but no operations.
struct half {
  using ring = koi::ring64;
  using fixed = koi::fixed_point<ring, 16>;
  using share_type = koi::share<ring>;
  static constexpr std::size_t frac_bits = 16;
};

koi::private_tensor<half>* x = nullptr;
