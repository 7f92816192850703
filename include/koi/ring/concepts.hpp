// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace koi {

namespace detail {
__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;
}  // namespace detail

/// Words that a ring element may fill. A 128-bit word is one, with or without GNU extensions.
template <class T>
concept RingWord = std::same_as<T, std::uint8_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::uint64_t> || std::same_as<T, detail::uint128>;

/// A commutative ring whose elements each fill one unsigned machine word.
///
/// Syntax is checked here; the laws are checked by tests/support/ring_laws.hpp, which every model
/// must pass. Words handed in are reduced, and so is what comes back. All operations are
/// branch-free on their operands.
template <class R>
concept Ring = RingWord<typename R::value_type> &&
    requires(typename R::value_type x, typename R::value_type y) {
      requires std::same_as<std::remove_cv_t<decltype(R::bits)>, std::size_t>;
      { R::add(x, y) } noexcept -> std::same_as<typename R::value_type>;
      { R::sub(x, y) } noexcept -> std::same_as<typename R::value_type>;
      { R::neg(x) } noexcept -> std::same_as<typename R::value_type>;
      { R::mul(x, y) } noexcept -> std::same_as<typename R::value_type>;
    };

/// A ring of integers modulo a power of two: the one that shares live in.
template <class R>
concept PowerOfTwoRing = Ring<R> && R::is_power_of_two && R::bits == sizeof(typename R::value_type) * 8;

}  // namespace koi
