// expect: :6:[0-9]+: error: (template constraint failure for .*PowerOfTwoRing|constraints not satisfied for class template 'share')
// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/ops.hpp>

koi::share<koi::zp<67>>* x = nullptr;
