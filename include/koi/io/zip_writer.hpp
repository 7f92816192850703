// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/zip.hpp>

namespace koi::io {

/// Whether a zip archive keeps its members as they are or deflated.
enum class zip_packing { stored, deflated };

/// Builds a zip archive in memory. The same members give the same bytes: all are of 1 January 1980.
class zip_writer {
 public:
  /// Throws  bad_option if the name is empty, too long or there already, or the archive would pass 4 GB, which this
  ///         writer's 32-bit sizes cannot say
  void add(std::string_view name, const_byte_span bytes, zip_packing packing) {
    constexpr std::size_t longest_name = 1000;
    if (name.empty() || name.size() > longest_name || name.find('\0') != std::string_view::npos) {
      throw bad_option(fmt::format("zip: a member cannot be called {}", detail::shown(name)));
    }
    if (!names_.emplace(name).second) {
      throw bad_option(fmt::format("zip: two members called {}", detail::shown(name)));
    }
    check(bytes.size());
    std::vector<std::byte> packed;
    if (packing == zip_packing::deflated) packed = deflated(bytes);
    auto const data = packing == zip_packing::deflated ? const_byte_span(packed) : bytes;
    check(data.size() + directory_.size() + 2 * (name.size() + 100));

    auto const begin = static_cast<std::uint32_t>(archive_.size());
    std::vector<std::byte> common;
    append<std::uint16_t>(common, 20);  // version of the format
    append<std::uint16_t>(common, is_ascii(name) ? 0 : 0x800);
    append<std::uint16_t>(common, packing == zip_packing::deflated ? 8 : 0);
    append<std::uint32_t>(common, 0x00210000);  // 1980-01-01, 0:00
    append(common, detail::crc32_of(bytes));
    append(common, static_cast<std::uint32_t>(data.size()));
    append(common, static_cast<std::uint32_t>(bytes.size()));
    append(common, static_cast<std::uint16_t>(name.size()));
    append<std::uint16_t>(common, 0);  // extra bytes

    auto const text = bytes_of(name.data(), name.size());
    append<std::uint32_t>(archive_, 0x04034b50);
    for (auto const& part : {const_byte_span(common), text, data}) put(archive_, part);

    append<std::uint32_t>(directory_, 0x02014b50);
    append<std::uint16_t>(directory_, 20);  // made by
    put(directory_, common);
    append<std::uint32_t>(directory_, 0);                          // comment, disk
    append<std::uint16_t>(directory_, 0);                          // kind of content
    append<std::uint32_t>(directory_, std::uint32_t{0600} << 16);  // access rights
    append(directory_, begin);
    put(directory_, text);
  }

  /// The archive; the writer is empty afterwards.
  [[nodiscard]] std::vector<std::byte> finish() {
    auto const begin = static_cast<std::uint32_t>(archive_.size());
    auto const entries = static_cast<std::uint16_t>(names_.size());
    put(archive_, directory_);
    append<std::uint32_t>(archive_, 0x06054b50);
    append<std::uint32_t>(archive_, 0);  // disks
    append(archive_, entries);
    append(archive_, entries);
    append(archive_, static_cast<std::uint32_t>(directory_.size()));
    append(archive_, begin);
    append<std::uint16_t>(archive_, 0);  // comment
    names_.clear();
    directory_.clear();
    return std::exchange(archive_, {});
  }

 private:
  static void put(std::vector<std::byte>& out, const_byte_span bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  }

  [[nodiscard]] static bool is_ascii(std::string_view name) noexcept {
    return std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }

  void check(std::size_t more) const {
    constexpr std::size_t most = 0xfffffffe;
    if (archive_.size() > most || more > most - archive_.size()) throw bad_option("zip: an archive beyond 4 GB");
    if (names_.size() >= 0xffff) throw bad_option("zip: an archive of more than 65534 members");
  }

  [[nodiscard]] static std::vector<std::byte> deflated(const_byte_span bytes) {
    std::vector<std::byte> out(deflateBound(nullptr, static_cast<uLong>(bytes.size())));
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw error("zip: zlib does not start");
    }
    auto const status = detail::run_zlib(
        stream, bytes, out, [](z_stream& s, bool last) { return deflate(&s, last ? Z_FINISH : Z_NO_FLUSH); });
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END) throw error("zip: zlib does not end");
    return out;
  }

  std::vector<std::byte> archive_;
  std::vector<std::byte> directory_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace koi::io
