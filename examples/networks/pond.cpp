// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "private_onnx.hpp"

networks::predictions networks::with_pond() { return predictions_with<koi::pond<koi::ring64, 16>>(); }
