// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/ops/arrangement.hpp>
#include <koi/ops/matmul.hpp>
#include <koi/ops/sums.hpp>
