// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Secure tensors: everything but what is optional. Programs that run all players in one process
/// also include koi/session/in_process.hpp; data files have koi/io/*.hpp.

#include <koi/core.hpp>
#include <koi/crypto.hpp>
#include <koi/kernels.hpp>
#include <koi/net.hpp>
#include <koi/nn.hpp>
#include <koi/ops.hpp>
#include <koi/protocol.hpp>
#include <koi/ring.hpp>
#include <koi/session.hpp>
#include <koi/tensor.hpp>
#include <koi/version.hpp>
