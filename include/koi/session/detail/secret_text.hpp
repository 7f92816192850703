// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace koi::detail {

/// A password: taken from any text, and wiped when it goes. The text that it came from is its owner's to wipe.
class secret_text {
 public:
  secret_text() = default;
  secret_text(char const* text) : secret_text(std::string_view{text}) {}
  secret_text(std::string const& text) : secret_text(std::string_view{text}) {}
  secret_text(std::string_view text) {
    auto const bytes = bytes_of(text.data(), text.size());
    bytes_.assign(bytes.begin(), bytes.end());
  }

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::byte* data() noexcept { return bytes_.data(); }
  [[nodiscard]] const_byte_span bytes() const noexcept { return bytes_; }
  operator std::string_view() const noexcept { return {reinterpret_cast<char const*>(bytes_.data()), bytes_.size()}; }

 private:
  secret_bytes bytes_;
};

}  // namespace koi::detail
