// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Layer 10, session: players, clusters, connections, and the programs that run on them. All players
/// in one process: include koi/session/in_process.hpp.

#include <koi/session/cluster.hpp>
#include <koi/session/connect.hpp>
#include <koi/session/disclosure.hpp>
#include <koi/session/keys.hpp>
#include <koi/session/roster.hpp>
#include <koi/session/run.hpp>
#include <koi/session/session.hpp>
