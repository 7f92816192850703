// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace koi_tests {

/// A folder under tests/data.
[[nodiscard]] inline std::filesystem::path data_folder(std::string const& name) {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "data" / name;
}

[[nodiscard]] inline std::string content_of(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read ", path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

[[nodiscard]] inline koi::const_byte_span as_bytes(std::string_view text) {
  return koi::bytes_of(text.data(), text.size());
}

[[nodiscard]] inline std::string as_text(std::vector<std::byte> const& bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// A folder of this test's own, removed at the end.
class scratch_folder {
 public:
  explicit scratch_folder(std::string const& name)
      : path_(std::filesystem::temp_directory_path() / ("koi_" + name + "." + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  ~scratch_folder() { std::filesystem::remove_all(path_); }

  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What bad_option says if `action` throws it, else "none".
template <class Action>
[[nodiscard]] std::string complaint(Action const& action) {
  try {
    action();
  } catch (koi::bad_option const& e) {
    return e.what();
  }
  return "none";
}

inline void says(std::string const& text, std::string const& part) {
  INFO(text);
  INFO("expected: ", part);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace koi_tests
