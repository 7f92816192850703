// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

namespace koi::kernels {

// Code depends on the flags that a translation unit is compiled with. So do the names of the sets below, and with them
// the symbols of all kernels: two units never share a symbol that each would compile in its own way.
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#if defined(__AVX512VBMI__) && defined(__AVX512VBMI2__) && defined(__AVX512IFMA__) && defined(__GFNI__)
inline namespace compiled_for_avx512_vbmi2 {
inline constexpr int compiled_level = 3;
#else
inline namespace compiled_for_avx512 {
inline constexpr int compiled_level = 2;
#endif
#elif defined(__AVX2__)
inline namespace compiled_for_avx2 {
inline constexpr int compiled_level = 1;
#else
inline namespace compiled_for_baseline {
inline constexpr int compiled_level = 0;
#endif

/// What any processor of the architecture has: SSE2 on x86-64.
struct baseline {
  static constexpr char const* name = "baseline";
  /// Whether this translation unit is compiled for it, so that its kernels can be named.
  static constexpr bool compiled = true;
  /// Whether this processor has it.
  [[nodiscard]] static bool supported() noexcept { return true; }
};

/// Haswell, Zen, and later.
struct avx2 {
  static constexpr char const* name = "avx2";
  static constexpr bool compiled = compiled_level >= 1;
  [[nodiscard]] static bool supported() noexcept {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
  }
};

/// F, DQ, BW and VL: Skylake-X and later.
struct avx512 {
  static constexpr char const* name = "avx512";
  static constexpr bool compiled = compiled_level >= 2;
  [[nodiscard]] static bool supported() noexcept {
#if defined(__x86_64__)
    return avx2::supported() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
  }
};

/// VBMI, VBMI2, IFMA and GFNI as well: Ice Lake, Zen 4, and later.
struct avx512_vbmi2 {
  static constexpr char const* name = "avx512_vbmi2";
  static constexpr bool compiled = compiled_level >= 3;
  [[nodiscard]] static bool supported() noexcept {
#if defined(__x86_64__)
    return avx512::supported() && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("gfni");
#else
    return false;
#endif
  }
};

/// The best set that this translation unit is compiled for.
using native = std::conditional_t<
    avx512_vbmi2::compiled, avx512_vbmi2,
    std::conditional_t<avx512::compiled, avx512, std::conditional_t<avx2::compiled, avx2, baseline>>>;

}  // inline namespace

}  // namespace koi::kernels
