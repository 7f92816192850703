// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 4, crypto: seeds of the operating system, streams, derivation. Knows no party.

#include <koi/crypto/comparison_key.hpp>
#include <koi/crypto/derive.hpp>
#include <koi/crypto/entropy.hpp>
#include <koi/crypto/prg.hpp>
#include <koi/crypto/seed.hpp>
#include <koi/crypto/sha256.hpp>
#include <koi/crypto/uniform.hpp>
#include <koi/ring.hpp>
