// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/core/shape.hpp>
#include <koi/io/detail/file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace koi::io::detail {

/// Kind and bytes of an element, in numpy's letters.
enum class npy_type { b1, f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 };

struct npy_header {
  npy_type type = npy_type::f8;
  bool big_endian = false;
  bool columns_first = false;
  shape_type shape;
  std::size_t data_at = 0;

  [[nodiscard]] std::size_t element_bytes() const noexcept {
    switch (type) {
      case npy_type::b1:
      case npy_type::i1:
      case npy_type::u1:
        return 1;
      case npy_type::f2:
      case npy_type::i2:
      case npy_type::u2:
        return 2;
      case npy_type::f4:
      case npy_type::i4:
      case npy_type::u4:
        return 4;
      case npy_type::f8:
      case npy_type::i8:
      case npy_type::u8:
        break;
    }
    return 8;
  }
};

/// Reads the one Python dictionary that a header is: strings, True and False, a tuple of numbers.
class npy_dictionary {
 public:
  npy_dictionary(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  void read_into(npy_header& header) {
    std::array<bool, 3> seen{};
    expect('{');
    while (!found('}')) {
      auto const key = string();
      expect(':');
      std::size_t which = 0;
      if (key == "descr") {
        read_type(header);
      } else if (key == "fortran_order") {
        header.columns_first = boolean();
        which = 1;
      } else if (key == "shape") {
        header.shape = tuple();
        which = 2;
      } else {
        fail(fmt::format("an unknown key {}", shown(key)));
      }
      if (std::exchange(seen[which], true)) fail(fmt::format("the key {} twice", shown(key)));
      if (!found(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (at_ != text_.size()) fail("text behind the dictionary");
    if (!seen[0] || !seen[1] || !seen[2]) fail("not all of descr, fortran_order and shape");
  }

 private:
  [[noreturn]] void fail(std::string_view why) const {
    throw bad_option(fmt::format("{}: npy header: {} (character {})", name_, why, at_));
  }

  void skip_space() noexcept {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  [[nodiscard]] bool found(char wanted) noexcept {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!found(wanted)) fail(fmt::format("no {} where one is due", wanted));
  }

  [[nodiscard]] std::string_view string() {
    skip_space();
    char const quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("no string where one is due");
    auto const end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("a string without an end");
    auto const inner = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inner;
  }

  [[nodiscard]] bool boolean() {
    skip_space();
    for (auto const& [word, value] : {std::pair(std::string_view("True"), true), {"False", false}}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    fail("neither True nor False");
  }

  [[nodiscard]] std::size_t number() {
    skip_space();
    auto const begin = at_;
    std::size_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      auto const digit = static_cast<std::size_t>(text_[at_] - '0');
      if (value > (std::numeric_limits<std::size_t>::max() - digit) / 10) fail("an extent beyond 64 bits");
      value = value * 10 + digit;
    }
    if (at_ == begin) fail("no extent where one is due");
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote them
    return value;
  }

  [[nodiscard]] shape_type tuple() {
    constexpr std::size_t most = 64;  // numpy's own
    shape_type shape;
    expect('(');
    while (!found(')')) {
      if (shape.size() == most) fail(fmt::format("more than {} dimensions", most));
      shape.push_back(number());
      if (!found(',')) {
        if (shape.size() == 1) fail("a number in brackets, not a tuple");
        expect(')');
        break;
      }
    }
    return shape;
  }

  void read_type(npy_header& header) {
    if (found('[') || found('(')) fail("elements with fields are not read");
    auto const descr = string();
    auto const letters = descr.substr(descr.empty() ? 0 : 1);
    if (letters.starts_with('O')) fail("pickled objects are not read");
    constexpr std::array<std::string_view, 12> names{"b1", "f2", "f4", "f8", "i1", "i2",
                                                     "i4", "i8", "u1", "u2", "u4", "u8"};
    auto const* const type = std::find(names.begin(), names.end(), letters);
    bool const ordered = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    if (!ordered || type == names.end()) fail(fmt::format("elements of type {} are not read", shown(descr)));
    header.type = static_cast<npy_type>(type - names.begin());
    header.big_endian = descr[0] == '>';
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
};

/// What stands in front of the numbers. Throws bad_option if it is not a header of version 1, 2 or 3.
[[nodiscard]] inline npy_header parse_npy_header(const_byte_span bytes, std::string_view name) {
  constexpr std::string_view magic = "\x93NUMPY";
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) throw bad_option(fmt::format("{}: not an npy file", name));
  if (bytes.size() < 8) throw bad_option(fmt::format("{}: cut within its npy header", name));
  auto const version = std::to_integer<int>(bytes[6]);
  if (version < 1 || version > 3 || bytes[7] != std::byte{0}) {
    throw bad_option(
        fmt::format("{}: npy version {}.{}; 1.0 to 3.0 are read", name, version, std::to_integer<int>(bytes[7])));
  }

  std::size_t const begin = version == 1 ? 10 : 12;
  if (bytes.size() < begin) throw bad_option(fmt::format("{}: cut within its npy header", name));
  std::size_t const length = version == 1 ? load<std::uint16_t>(bytes, 8) : load<std::uint32_t>(bytes, 8);
  if (length > bytes.size() - begin) throw bad_option(fmt::format("{}: cut within its npy header", name));

  npy_header header;
  header.data_at = begin + length;
  npy_dictionary(text.substr(begin, length), name).read_into(header);
  return header;
}

/// A version 1 header of little-endian doubles, rows first, filled up to 64 bytes.
[[nodiscard]] inline std::string format_npy_header(shape_type const& shape) {
  auto const tuple = fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  auto text = fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': {}, }}", tuple);
  constexpr std::size_t front = 10;
  constexpr std::size_t line = 64;
  text.append(line - 1 - (front + text.size()) % line, ' ').append(1, '\n');

  if (text.size() > 0xffff) throw bad_argument(fmt::format("npy: rank {} is too high", shape.size()));
  std::string header = "\x93NUMPY";
  header += {'\1', '\0', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace koi::io::detail
