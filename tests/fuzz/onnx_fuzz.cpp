// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/io/onnx/network.hpp>

/// A model is read, or refused in koi's own words.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  koi::const_byte_span const bytes{reinterpret_cast<std::byte const*>(data), size};
  try {
    (void)koi::io::onnx::network::parse(bytes, "fuzz");
  } catch (koi::error const&) {
  }
  return 0;
}
