// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 6, net: channels between players, all channels of one player, frames, counters. Knows
/// spans of bytes, not what they mean.

#include <koi/net/channel.hpp>
#include <koi/net/credentials.hpp>
#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>
#include <koi/net/identity.hpp>
#include <koi/net/local.hpp>
#include <koi/net/meter.hpp>
#include <koi/net/network.hpp>
#include <koi/net/tcp.hpp>
#include <koi/net/tls.hpp>
