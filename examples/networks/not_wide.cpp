// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "predict.hpp"

/// In the place of wide_pond.cpp and wide_securenn.cpp, in a build without them.
std::optional<networks::predictions> networks::with_wide_pond() { return std::nullopt; }
std::optional<networks::predictions> networks::with_wide_securenn() { return std::nullopt; }
