// expect: koi: this layer needs a protocol that compares
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "linear_only.hpp"

using x_type = koi::private_tensor<linear_only>;

x_type what_it_can_do(x_type const& x) { return koi::matmul(x, x) + x * x; }

koi::nn::sequential<linear_only> model{koi::nn::input{1}, koi::nn::relu{}};
