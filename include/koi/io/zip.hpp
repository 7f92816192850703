// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/io/detail/file.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::io {

/// One file in a zip archive, as the archive's directory describes it.
struct zip_member {
  std::string name;
  bool packed = false;    ///< deflated, else stored
  std::uint32_t crc = 0;  ///< of the unpacked bytes
  std::size_t size = 0;   ///< unpacked
  const_byte_span bytes;  ///< as they lie in the archive
};

namespace detail {

/// zlib takes 32-bit lengths.
inline constexpr std::size_t zlib_step = std::size_t{1} << 30;

[[nodiscard]] inline std::uint32_t crc32_of(const_byte_span bytes) noexcept {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<Bytef const*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

/// Runs inflate or deflate from `in` to `out` until it ends, fails or has no room; returns its last status.
template <class Step>
int run_zlib(z_stream& stream, const_byte_span in, byte_span out, Step step) {
  std::size_t read = 0;
  std::size_t written = 0;
  while (true) {
    auto const more = std::min(in.size() - read, zlib_step);
    auto const room = std::min(out.size() - written, zlib_step);
    std::byte nothing{};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(more == 0 ? &nothing : in.data() + read));
    stream.avail_in = static_cast<unsigned>(more);
    stream.next_out = reinterpret_cast<Bytef*>(room == 0 ? &nothing : out.data() + written);
    stream.avail_out = static_cast<unsigned>(room);
    auto const status = step(stream, read + more == in.size());
    read += more - stream.avail_in;
    written += room - stream.avail_out;
    bool const stuck = more == stream.avail_in && room == stream.avail_out;
    if (status != Z_OK || stuck) return status == Z_OK ? Z_BUF_ERROR : status;
  }
}

/// The directory of an archive. Lies about lengths and places end in bad_option: nothing outside the archive is read.
class zip_directory {
 public:
  zip_directory(const_byte_span archive, std::string_view name) : archive_(archive), name_(name) {}

  [[nodiscard]] std::vector<zip_member> members(std::size_t most) {
    auto const directory = find();
    if (directory.entries > most) fail(fmt::format("{} members, more than {}", directory.entries, most));
    std::vector<zip_member> result;
    std::set<std::string, std::less<>> names;
    auto at = directory.begin;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
      auto member = entry(at, directory);
      if (!names.insert(member.name).second) fail(fmt::format("two members are called {}", shown(member.name)));
      result.push_back(std::move(member));
    }
    if (at != directory.end) fail("the directory has more in it than its members");

    std::sort(extents_.begin(), extents_.end());
    for (std::size_t i = 1; i < extents_.size(); ++i) {
      if (extents_[i].first < extents_[i - 1].second) fail("two members share bytes");
    }
    return result;
  }

 private:
  struct range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t entries = 0;
  };

  [[noreturn]] void fail(std::string_view why) const { throw bad_option(fmt::format("{}: zip: {}", name_, why)); }

  template <class Word>
  [[nodiscard]] Word word(std::size_t at) const {
    if (at > archive_.size() || archive_.size() - at < sizeof(Word)) fail("cut");
    return load<Word>(archive_, at);
  }

  /// The end of the archive names its directory; a comment may follow it.
  [[nodiscard]] range find() const {
    constexpr std::size_t fixed = 22;
    constexpr std::size_t comment = 0xffff;
    auto const size = archive_.size();
    auto const first = size > fixed + comment ? size - fixed - comment : 0;
    for (auto at = size >= fixed ? size - fixed + 1 : 0; at-- > first;) {
      if (word<std::uint32_t>(at) == 0x06054b50 && word<std::uint16_t>(at + 20) == size - at - fixed)
        return read_end(at);
    }
    fail("not a zip archive, or cut");
  }

  [[nodiscard]] range read_end(std::size_t at) const {
    std::uint64_t disks = word<std::uint16_t>(at + 4) | word<std::uint16_t>(at + 6);
    std::uint64_t entries = word<std::uint16_t>(at + 10);
    std::uint64_t length = word<std::uint32_t>(at + 12);
    std::uint64_t begin = word<std::uint32_t>(at + 16);
    auto before = at;
    bool const large = entries == 0xffff || length == 0xffffffff || begin == 0xffffffff;
    if (large && at >= 20 && word<std::uint32_t>(at - 20) == 0x07064b50) {
      auto const zip64 = word<std::uint64_t>(at - 12);
      if (zip64 > at - 20 || word<std::uint32_t>(zip64) != 0x06064b50) fail("its zip64 end is not where it should be");
      before = static_cast<std::size_t>(zip64);
      disks = word<std::uint32_t>(before + 16) | word<std::uint32_t>(before + 20);
      entries = word<std::uint64_t>(before + 32);
      length = word<std::uint64_t>(before + 40);
      begin = word<std::uint64_t>(before + 48);
    }
    if (disks != 0) fail("archives in several parts are not read");
    if (begin > before || length > before - begin) fail("its directory is not where it should be");
    return {static_cast<std::size_t>(begin), static_cast<std::size_t>(begin + length), entries};
  }

  /// The entry at `at`, which moves on to the next one.
  [[nodiscard]] zip_member entry(std::size_t& at, range const& directory) {
    constexpr std::size_t fixed = 46;
    if (directory.end - at < fixed || word<std::uint32_t>(at) != 0x02014b50) fail("its directory is damaged");
    std::size_t const name_bytes = word<std::uint16_t>(at + 28);
    std::size_t const extra_bytes = word<std::uint16_t>(at + 30);
    std::size_t const comment_bytes = word<std::uint16_t>(at + 32);
    if (directory.end - at - fixed < name_bytes + extra_bytes + comment_bytes) fail("its directory is damaged");

    zip_member member;
    member.name = text(at + fixed, name_bytes);
    auto const called = shown(member.name);
    auto const method = word<std::uint16_t>(at + 10);
    if ((word<std::uint16_t>(at + 8) & 1) != 0) fail(fmt::format("{} is encrypted", called));
    if (method != 0 && method != 8) fail(fmt::format("{} is packed by method {}; 0 and 8 are read", called, method));
    member.packed = method == 8;
    member.crc = word<std::uint32_t>(at + 16);

    std::uint64_t size = word<std::uint32_t>(at + 24);
    std::uint64_t stored = word<std::uint32_t>(at + 20);
    std::uint64_t begin = word<std::uint32_t>(at + 42);
    widen({&size, &stored, &begin}, at + fixed + name_bytes, extra_bytes, called);
    locate(member, begin, stored, directory.begin);
    check_size(member, size);
    at += fixed + name_bytes + extra_bytes + comment_bytes;
    return member;
  }

  /// Numbers that do not fit into 32 bits stand in the zip64 part of the extra bytes, in this order.
  void widen(std::initializer_list<std::uint64_t*> numbers, std::size_t at, std::size_t bytes,
             std::string const& called) const {
    auto const is_wide = [](std::uint64_t const* number) { return *number == 0xffffffff; };
    if (std::none_of(numbers.begin(), numbers.end(), is_wide)) return;
    for (auto const end = at + bytes; end - at >= 4;) {
      std::size_t const length = word<std::uint16_t>(at + 2);
      if (end - at - 4 < length) break;
      if (word<std::uint16_t>(at) != 1) {
        at += 4 + length;
        continue;
      }
      auto const part_end = at + 4 + length;
      at += 4;
      for (auto* const number : numbers) {
        if (!is_wide(number)) continue;
        if (part_end - at < 8) fail(fmt::format("the zip64 sizes of {} are cut", called));
        *number = word<std::uint64_t>(at);
        at += 8;
      }
      return;
    }
    fail(fmt::format("the zip64 sizes of {} are missing", called));
  }

  /// Finds the member's bytes behind its own header, which must lie before the directory.
  void locate(zip_member& member, std::uint64_t begin, std::uint64_t stored, std::size_t limit) {
    constexpr std::size_t fixed = 30;
    auto const called = shown(member.name);
    if (begin > limit || limit - begin < fixed || word<std::uint32_t>(begin) != 0x04034b50) {
      fail(fmt::format("{} is not where the directory says", called));
    }
    std::size_t const name_bytes = word<std::uint16_t>(begin + 26);
    std::size_t const extra_bytes = word<std::uint16_t>(begin + 28);
    if (limit - begin - fixed < name_bytes + extra_bytes || text(begin + fixed, name_bytes) != member.name) {
      fail(fmt::format("{} is not where the directory says", called));
    }
    auto const data = static_cast<std::size_t>(begin) + fixed + name_bytes + extra_bytes;
    if (stored > limit - data) fail(fmt::format("{} is cut", called));
    member.bytes = archive_.subspan(data, static_cast<std::size_t>(stored));
    extents_.emplace_back(static_cast<std::size_t>(begin), data + member.bytes.size());
  }

  void check_size(zip_member& member, std::uint64_t size) const {
    constexpr std::uint64_t deflate_ratio = 1032;
    bool const fits = member.packed ? size / deflate_ratio <= member.bytes.size() : size == member.bytes.size();
    if (!fits) {
      fail(fmt::format("{} says that it holds {} bytes, which {} do not", shown(member.name), size,
                       member.bytes.size()));
    }
    member.size = static_cast<std::size_t>(size);
  }

  [[nodiscard]] std::string text(std::size_t at, std::size_t length) const {
    return {reinterpret_cast<char const*>(archive_.data()) + at, length};
  }

  const_byte_span archive_;
  std::string_view name_;
  std::vector<std::pair<std::size_t, std::size_t>> extents_;
};

}  // namespace detail

/// The members of a zip archive in the order of its directory; their bytes point into `archive`.
///
/// Range   stored and deflated members, zip64
/// Throws  bad_option, with `name` for the archive, if it is cut or damaged or has more than `max_members`, or its
///         members overlap or share a name, are encrypted or packed otherwise, or cannot hold as many bytes as they say
[[nodiscard]] inline std::vector<zip_member> zip_members(
    const_byte_span archive, std::string_view name, std::size_t max_members = std::numeric_limits<std::size_t>::max()) {
  return detail::zip_directory(archive, name).members(max_members);
}

/// The member's bytes, unpacked, with their checksum compared. Takes member.size bytes of memory: the caller limits it.
///
/// Throws  bad_option, with `where` for the member, if they are damaged
[[nodiscard]] inline std::vector<std::byte> unzip(zip_member const& member, std::string_view where) {
  std::vector<std::byte> out(member.size);
  if (!member.packed) {
    std::copy(member.bytes.begin(), member.bytes.end(), out.begin());
  } else {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw error(fmt::format("{}: zlib does not start", where));
    auto const status =
        detail::run_zlib(stream, member.bytes, out, [](z_stream& s, bool) { return inflate(&s, Z_NO_FLUSH); });
    bool const whole =
        status == Z_STREAM_END && stream.total_in == member.bytes.size() && stream.total_out == out.size();
    inflateEnd(&stream);
    if (!whole) throw bad_option(fmt::format("{}: its packed bytes are damaged", where));
  }
  if (detail::crc32_of(out) != member.crc) throw bad_option(fmt::format("{}: its checksum is wrong", where));
  return out;
}

}  // namespace koi::io
