// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

namespace koi::kernels::detail {

static_assert(std::is_same_v<native, baseline>, "compiled with the flags of another instruction set");

table const& baseline_table() noexcept {
  static constexpr auto all = table::of<baseline>();
  return all;
}

}  // namespace koi::kernels::detail
