// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/error.hpp>
#include <koi/core/shape.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace koi {

/// Unsigned bytes with a shape, as an idx file holds them: MNIST's images are [n, 28, 28], its
/// labels [n].
struct idx_array {
  shape_type shape;
  std::vector<std::uint8_t> bytes;
};

namespace detail {

/// The bytes of a file, unpacked on the way if it is a gzip file, whatever its name says.
class maybe_gzip_file {
 public:
  explicit maybe_gzip_file(std::filesystem::path const& path) : name_(path.string()) {
    if (!std::filesystem::exists(path)) throw bad_option(fmt::format("{}: no such file", name_));
    if (!std::filesystem::is_regular_file(path)) {
      throw bad_option(fmt::format("{}: not a file", name_));
    }
    file_.open(path, std::ios::binary);
    if (!file_) throw bad_option(fmt::format("{}: cannot be opened", name_));
    refill();
    packed_ = stream_.avail_in >= 2 && input_[0] == 0x1f && input_[1] == 0x8b;
    constexpr int gzip_only = 15 + 16;
    if (packed_ && inflateInit2(&stream_, gzip_only) != Z_OK) {
      throw error(fmt::format("{}: zlib does not start", name_));
    }
  }

  maybe_gzip_file(maybe_gzip_file const&) = delete;
  maybe_gzip_file& operator=(maybe_gzip_file const&) = delete;
  ~maybe_gzip_file() {
    if (packed_) inflateEnd(&stream_);
  }

  /// Reads until `out` is full or the content ends; returns how many bytes it read.
  [[nodiscard]] std::size_t read(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size() && !ended_) {
      if (stream_.avail_in == 0) refill();
      done += packed_ ? unpack(out.subspan(done)) : copy(out.subspan(done));
    }
    return done;
  }

  /// True if neither content nor anything behind it is left.
  [[nodiscard]] bool at_end() {
    std::uint8_t more = 0;
    if (read({&more, 1}) != 0) return false;
    if (stream_.avail_in == 0) refill();
    return stream_.avail_in == 0;
  }

 private:
  void refill() {
    file_.read(reinterpret_cast<char*>(input_.data()), static_cast<std::streamsize>(input_.size()));
    if (file_.bad()) throw bad_option(fmt::format("{}: cannot be read", name_));
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<unsigned>(file_.gcount());
  }

  std::size_t copy(std::span<std::uint8_t> out) {
    auto const n = std::min<std::size_t>(out.size(), stream_.avail_in);
    std::copy_n(stream_.next_in, n, out.begin());
    stream_.next_in += n;
    stream_.avail_in -= static_cast<unsigned>(n);
    ended_ = n == 0;
    return n;
  }

  std::size_t unpack(std::span<std::uint8_t> out) {
    auto const space = std::min<std::size_t>(out.size(), std::size_t{1} << 30);
    bool const cut = stream_.avail_in == 0;
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(space);
    auto const status = inflate(&stream_, Z_NO_FLUSH);
    auto const n = space - stream_.avail_out;
    if (status == Z_STREAM_END) {
      ended_ = true;
    } else if (cut && n == 0) {
      throw bad_option(fmt::format("{}: cut gzip file", name_));
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw bad_option(fmt::format("{}: damaged gzip file", name_));
    }
    return n;
  }

  std::string name_;
  std::ifstream file_;
  std::array<std::uint8_t, 1 << 16> input_{};
  z_stream stream_{};
  bool packed_ = false;
  bool ended_ = false;
};

}  // namespace detail

/// Reads an idx file of unsigned bytes, gzip-packed or not. Link ZLIB::ZLIB to use this header.
///
/// Shapes  `rank` dimensions, as the caller expects them
/// Throws  bad_option, naming the file, if it is missing, cut, damaged, longer than it says, not
///         idx, of another element type or rank, or holds more than `max_bytes`; memory is taken
///         as the bytes come
[[nodiscard]] inline idx_array load_idx(std::filesystem::path const& path, std::size_t rank,
                                        std::size_t max_bytes = std::size_t{1} << 30) {
  auto const name = path.string();
  detail::maybe_gzip_file file(path);

  std::array<std::uint8_t, 4> magic{};
  constexpr std::uint8_t unsigned_bytes = 0x08;
  if (file.read(magic) != magic.size() || magic[0] != 0 || magic[1] != 0 || magic[3] == 0) {
    throw bad_option(fmt::format("{}: not an idx file", name));
  }
  if (magic[2] != unsigned_bytes) {
    throw bad_option(fmt::format("{}: elements of type {:#04x}; only unsigned bytes ({:#04x}) are read", name, magic[2],
                                 unsigned_bytes));
  }
  if (magic[3] != rank) {
    throw bad_option(fmt::format("{}: rank {}, expected {}", name, magic[3], rank));
  }

  idx_array result;
  std::size_t count = 1;
  bool empty = false;
  for (std::size_t i = 0; i < rank; ++i) {
    std::array<std::uint8_t, 4> word{};
    if (file.read(word) != word.size()) {
      throw bad_option(fmt::format("{}: cut within its {} sizes", name, rank));
    }
    auto const extent = (std::size_t{word[0]} << 24) | (std::size_t{word[1]} << 16) | (std::size_t{word[2]} << 8) |
                        std::size_t{word[3]};
    result.shape.push_back(extent);
    empty = empty || extent == 0;
    if (extent != 0 && count > max_bytes / extent) {
      throw bad_option(fmt::format("{}: says it holds more than {} bytes", name, max_bytes));
    }
    count *= std::max<std::size_t>(extent, 1);
  }
  if (empty) count = 0;

  constexpr std::size_t first_step = std::size_t{1} << 16;
  while (result.bytes.size() < count) {
    auto const there = result.bytes.size();
    auto const step = std::min(count - there, std::max(there, first_step));
    result.bytes.resize(there + step);
    auto const came = file.read(std::span(result.bytes).last(step));
    if (came != step)
      throw bad_option(fmt::format("{}: cut, {} of the {} bytes of {} are there", name, there + came, count,
                                   to_string(result.shape)));
  }
  if (!file.at_end()) {
    throw bad_option(fmt::format("{}: more follows behind the {} bytes of {}", name, count, to_string(result.shape)));
  }
  return result;
}

}  // namespace koi
