// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 2, kernels: machine words and instruction sets. Knows no ring, no shape, no randomness.

#include <koi/core.hpp>
#include <koi/kernels/dispatch.hpp>
#include <koi/kernels/instruction_sets.hpp>
#include <koi/kernels/lanes.hpp>
#include <koi/kernels/threads.hpp>
#include <koi/kernels/words.hpp>
