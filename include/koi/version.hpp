// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The one place that states the version; CMake reads it from here.
#define KOI_VERSION_MAJOR 0
#define KOI_VERSION_MINOR 1
#define KOI_VERSION_PATCH 0
