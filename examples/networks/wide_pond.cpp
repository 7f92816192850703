// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "private_onnx.hpp"

std::optional<networks::predictions> networks::with_wide_pond() {
  return predictions_with<koi::pond<koi::ring128, 32>>();
}
