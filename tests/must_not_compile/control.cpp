// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/koi.hpp>

int main() { return KOI_VERSION_MAJOR; }
