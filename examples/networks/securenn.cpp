// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "private_onnx.hpp"

networks::predictions networks::with_securenn() { return predictions_with<koi::securenn<koi::ring64, 16>>(); }
