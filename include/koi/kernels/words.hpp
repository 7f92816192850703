// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace koi::kernels {

__extension__ using uint128 = unsigned __int128;

/// Unsigned machine words that kernels compute with. A 128-bit word is one, with or without GNU extensions.
template <class T>
concept MachineWord = std::same_as<T, std::uint8_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::uint64_t> || std::same_as<T, uint128>;

}  // namespace koi::kernels
