// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/kernels/instruction_sets.hpp>

#include <doctest/doctest.h>

/// The instruction sets that this program is compiled for, as template arguments.
#if defined(__AVX512VBMI2__) && defined(__AVX512IFMA__) && defined(__GFNI__)
#define KOI_TEST_SETS kernels::baseline, kernels::avx2, kernels::avx512, kernels::avx512_vbmi2
#elif defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define KOI_TEST_SETS kernels::baseline, kernels::avx2, kernels::avx512
#elif defined(__AVX2__)
#define KOI_TEST_SETS kernels::baseline, kernels::avx2
#else
#define KOI_TEST_SETS kernels::baseline
#endif

namespace koi::test {

/// Whether this processor runs the set's kernels.
template <class Set>
bool runs() {
  static_assert(Set::compiled);
  return Set::supported();
}

}  // namespace koi::test
