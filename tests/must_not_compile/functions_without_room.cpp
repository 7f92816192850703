// expect: koi: exp, log and roots need room: from 4 to .l-1./3 - 3 fraction bits in a ring of l bits
// expect: koi: exp, log and roots need `assisted` truncation
// expect: koi: division by private values needs room: at most l/2 - 8 fraction bits in a ring of l bits
// expect: koi: division by private values needs `assisted` truncation
// expect: koi: sigmoid, tanh, erf and gelu need a fixed point that holds numbers up to 16
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

template <std::size_t Bits>
using x_type = koi::private_tensor<koi::pond<koi::ring64, Bits>>;
using free_type = koi::private_tensor<koi::securenn<koi::ring64, 16, koi::local>>;

auto root(x_type<20> const& x) { return koi::sqrt(x); }
auto root(free_type const& x) { return koi::inverse_sqrt(x); }
auto quotient(x_type<25> const& x) { return 1 / x; }
auto quotient(free_type const& x) { return x / x; }
auto curve(koi::private_tensor<koi::pond<koi::ring32, 11>> const& x) { return koi::gelu(x); }
