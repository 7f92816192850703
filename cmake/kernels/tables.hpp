// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/table.hpp>

/// The tables of koi::kernels, each from a translation unit with the flags of its instruction set.
namespace koi::kernels::detail {

[[nodiscard]] table const& baseline_table() noexcept;
[[nodiscard]] table const& avx2_table() noexcept;
[[nodiscard]] table const& avx512_table() noexcept;
[[nodiscard]] table const& avx512_vbmi2_table() noexcept;

}  // namespace koi::kernels::detail
