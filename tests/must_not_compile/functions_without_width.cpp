// expect: koi: exp compares with numbers of the fixed point: this comparison's width is below them
// expect: koi: log and roots compare with mantissas: a comparison's width must be 0 or at least l/2 - 1 in a ring of l bits
// expect: koi: division by private values compares with mantissas: a comparison's width must be 0 or at least l/2 - 2
// expect: koi: softmax and log_softmax compare sums of exponentials: a comparison's width must be 0 or at least l/2
// expect: koi: sigmoid, tanh, erf and gelu compare with numbers up to 14
// expect: koi: long_division compares numbers of the whole ring
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

template <std::size_t Width>
using x_type = koi::private_tensor<koi::pond<koi::ring64, 16, koi::assisted, koi::pond_policy::carry_tree<4, Width>>>;

auto power(x_type<21> const& x) { return koi::exp(x); }
auto logarithm(x_type<30> const& x) { return koi::log(x); }
auto root(x_type<24> const& x) { return koi::sqrt(x); }
auto quotient(x_type<29> const& x) { return 1 / x; }
auto shares(x_type<31> const& x) { return koi::softmax(x, 0); }
auto curve(x_type<21> const& x) { return koi::gelu(x); }
auto digits(x_type<63> const& x) { return koi::long_division(x, x); }
