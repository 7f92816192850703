// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/serve.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  koi::test::take_from_client({reinterpret_cast<std::byte const*>(data), size});
  return 0;
}
