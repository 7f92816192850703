// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace koi {

/// The name of a comparison policy with its numbers, as they are written in a program: "carry_tree<4, 32>".
class policy_name {
 public:
  consteval policy_name(std::string_view name, std::initializer_list<std::size_t> numbers) {
    add(name);
    char const* before = "<";
    for (auto const n : numbers) {
      add(before);
      add_number(n);
      before = ", ";
    }
    if (numbers.size() != 0) add(">");
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  constexpr void add(std::string_view part) {
    for (char const c : part) text_.at(size_++) = c;
  }
  constexpr void add_number(std::size_t n) {
    if (n >= 10) add_number(n / 10);
    text_.at(size_++) = static_cast<char>('0' + n % 10);
  }

  std::array<char, 48> text_{};
  std::size_t size_ = 0;
};

}  // namespace koi
