// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 7, protocol: shares and what can be computed on them. A policy knows its own folder and
/// the blocks in beaver/, never another policy.

#include <koi/protocol/concepts.hpp>
#include <koi/protocol/narrowed.hpp>
#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>
