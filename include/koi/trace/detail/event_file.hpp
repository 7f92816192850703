// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>

#include <fmt/format.h>
#include <protozero/pbf_writer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace koi::trace::detail {

using protobuf = protozero::pbf_writer;

/// A message as bytes: f(writer) adds its fields.
template <class F>
std::string message(F f) {
  std::string bytes;
  protobuf writer(bytes);
  f(writer);
  return bytes;
}

/// CRC-32C (Castagnoli) of some bytes.
inline std::uint32_t crc32c(std::string_view bytes) noexcept {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      auto c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) != 0 ? 0x82f63b78u : 0);
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t c = ~0u;
  for (auto const b : bytes) c = table[(c ^ static_cast<unsigned char>(b)) & 0xff] ^ (c >> 8);
  return ~c;
}

/// A TFRecord: length and bytes, each followed by its checksum.
inline std::string record(std::string_view bytes) {
  auto const word = [](auto value) {
    std::string out;
    for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    return out;
  };
  auto const masked = [](std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; };
  auto const length = word(static_cast<std::uint64_t>(bytes.size()));
  return length + word(masked(crc32c(length))) + std::string(bytes) + word(masked(crc32c(bytes)));
}

/// A file of events for TensorBoard, in a folder that it watches.
class event_file {
 public:
  /// Throws  bad_option if the file cannot be written
  explicit event_file(std::filesystem::path const& folder) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    path_ = folder / fmt::format("events.out.tfevents.{}.koi",
                                 std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    file_.open(path_, std::ios::binary);
    add([](protobuf& e) { e.add_string(3, "brain.Event:2"); });
  }

  /// Adds an event; f(writer) adds what is in it.
  template <class F>
  void add(F f) {
    auto const now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    file_ << record(message([&](protobuf& e) {
      e.add_double(1, now);
      f(e);
    }));
    if (!file_.flush()) throw bad_option(fmt::format("cannot write {}", path_.string()));
  }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace koi::trace::detail
