// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/crypto/entropy.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace koi::io::detail {

/// A name that stands in a file, for a message: quoted, at most 80 bytes of it, unprintable ones escaped.
[[nodiscard]] inline std::string shown(std::string_view name) {
  constexpr std::size_t longest = 80;
  std::string text = "'";
  for (auto const c : name.substr(0, longest)) {
    auto const byte = static_cast<unsigned char>(c);
    bool const printable = byte >= 0x20 && byte != 0x7f;
    text += printable ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return text + (name.size() > longest ? "...'" : "'");
}

/// All bytes of a file.
///
/// Throws  bad_option, naming the file, if it is missing, no file, unreadable or longer than `max_bytes`;
///         the length is checked before memory is taken
[[nodiscard]] inline std::vector<std::byte> read_file(std::filesystem::path const& path, std::size_t max_bytes) {
  auto const name = path.string();
  if (!std::filesystem::exists(path)) throw bad_option(fmt::format("{}: no such file", name));
  if (!std::filesystem::is_regular_file(path)) throw bad_option(fmt::format("{}: not a file", name));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw bad_option(fmt::format("{}: cannot be opened", name));

  auto const size = std::filesystem::file_size(path);
  if (size > max_bytes) throw bad_option(fmt::format("{}: {} bytes, more than {}", name, size, max_bytes));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(file.gcount()) != bytes.size()) {
    throw bad_option(fmt::format("{}: cannot be read to its end", name));
  }
  return bytes;
}

/// Where a file is written before it takes the place of `path`: beside it, under a name that no other writer has.
[[nodiscard]] inline std::filesystem::path part_beside(std::filesystem::path path) {
  std::array<std::byte, 8> own{};
  fill_from_os(own);
  path += fmt::format(".{:016x}.part", load<std::uint64_t>(own));
  return path;
}

/// Writes a file as a whole or not at all: under another name in the same folder, which then takes the place of
/// `path`.
///
/// Throws  bad_option, naming the file, if the folder is missing, full or closed to this process
inline void write_file(std::filesystem::path const& path, const_byte_span bytes) {
  auto const part = part_beside(path);
  std::error_code code;
  {
    std::ofstream file(part, std::ios::binary | std::ios::trunc);
    if (!file) throw bad_option(fmt::format("{}: cannot be created", path.string()));
    file.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      std::filesystem::remove(part, code);
      throw bad_option(fmt::format("{}: cannot be written, {} bytes", path.string(), bytes.size()));
    }
  }
  std::filesystem::rename(part, path, code);
  if (code) {
    auto const why = code.message();
    std::filesystem::remove(part, code);
    throw bad_option(fmt::format("{}: cannot be replaced: {}", path.string(), why));
  }
}

}  // namespace koi::io::detail
