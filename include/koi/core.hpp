// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 1, core: errors, shapes, bytes, wiping. Knows no ring, no thread, no socket.

#include <koi/core/block_cache.hpp>
#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/core/shape.hpp>
#include <koi/core/wipe.hpp>
