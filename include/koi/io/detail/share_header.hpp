// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/io/detail/file.hpp>
#include <koi/io/detail/numbers.hpp>

#include <charconv>
#include <optional>

namespace koi::io {

/// What stands in front of a server's shares in a share file.
struct share_file_header {
  std::string model;        ///< the name under which they were saved
  std::string id;           ///< 128 random bits as hex, of this save: the same at both servers
  std::uint64_t saved = 0;  ///< seconds since 1970, by server 0's clock
  unsigned party = 0;       ///< 0 or 1
  std::size_t ring_bits = 0;
  std::size_t frac_bits = 0;
  std::vector<shape_type> shapes;

  friend bool operator==(share_file_header const&, share_file_header const&) = default;
};

namespace detail {

inline constexpr std::string_view share_file_magic = "koi share file, version ";
inline constexpr std::size_t share_file_version = 1;
inline constexpr std::size_t longest_share_header = std::size_t{1} << 20;

[[nodiscard]] inline std::string to_text(share_file_header const& h) {
  auto text =
      fmt::format("{}{}\nmodel {}\nid {}\nsaved {}\nparty {}\nsharing additive\nring {}\nfraction {}\n",
                  share_file_magic, share_file_version, h.model, h.id, h.saved, h.party, h.ring_bits, h.frac_bits);
  for (auto const& shape : h.shapes)
    text += shape.empty() ? "tensor\n" : fmt::format("tensor {}\n", fmt::join(shape, " "));
  return text + "\n";
}

/// Reads the lines of a header, which anyone may have written. Throws bad_option.
class share_header_reader {
 public:
  share_header_reader(std::string_view bytes, std::string_view file) : rest_(bytes), file_(file) {}

  [[nodiscard]] share_file_header read() {
    share_file_header h;
    if (!rest_.starts_with(share_file_magic)) fail("is no share file");
    if (auto const version = number(after(share_file_magic)); version != share_file_version)
      fail(fmt::format("has version {}; version {} is read", version, share_file_version));
    h.model = after("model ");
    h.id = after("id ");
    h.saved = number(after("saved "));
    auto const party = number(after("party "));
    if (party > 1) fail("is damaged: the party is neither 0 nor 1");
    h.party = static_cast<unsigned>(party);
    if (after("sharing ") != "additive") fail("holds shares of another kind");
    h.ring_bits = number(after("ring "));
    h.frac_bits = number(after("fraction "));
    while (!rest_.starts_with('\n')) h.shapes.push_back(shape(after("tensor")));
    rest_.remove_prefix(1);
    return h;
  }
  /// How many bytes follow of those that came.
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  [[noreturn]] void fail(std::string_view why) const { throw bad_option(fmt::format("{}: {}", file_, why)); }

  /// What stands behind a word, up to the end of its line.
  [[nodiscard]] std::string_view after(std::string_view key) {
    auto const end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.substr(0, end).starts_with(key))
      fail(fmt::format("is cut or damaged: no '{}' in its header", key));
    auto const value = rest_.substr(key.size(), end - key.size());
    rest_.remove_prefix(end + 1);
    return value;
  }
  [[nodiscard]] std::size_t number(std::string_view text) const {
    constexpr std::size_t most = std::size_t{1} << 48;
    std::size_t value = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || value > most)
      fail("is damaged: a number in its header");
    return value;
  }
  /// " 2 3", or nothing for a scalar.
  [[nodiscard]] shape_type shape(std::string_view line) const {
    shape_type extents;
    while (!line.empty()) {
      if (line.front() != ' ') fail("is damaged: a shape in its header");
      line.remove_prefix(1);
      auto const end = std::min(line.find(' '), line.size());
      extents.push_back(number(line.substr(0, end)));
      line.remove_prefix(end);
    }
    if (!checked_element_count(extents)) fail("is damaged: a shape in its header");
    return extents;
  }

  std::string_view rest_;
  std::string_view file_;
};

/// Throws bad_option for a name that a file should not have.
inline void check_model_name(std::string_view name) {
  auto const plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (name.empty() || name.size() > 100 || name.front() == '.' || !std::all_of(name.begin(), name.end(), plain))
    throw bad_option("a model's name has 1 to 100 letters, digits, '-', '_' and '.', and does not start with '.'");
}

/// The 16 bytes of an id, or nothing if it is none.
[[nodiscard]] inline std::optional<std::array<std::byte, 16>> id_bytes(std::string_view hex) {
  std::array<std::byte, 16> bytes{};
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    auto const* const at = hex.data() + 2 * i;
    if (std::from_chars(at, at + 2, value, 16).ptr != at + 2) return std::nullopt;
    bytes[i] = static_cast<std::byte>(value);
  }
  return bytes;
}
[[nodiscard]] inline std::string id_text(std::array<std::byte, 16> const& bytes) {
  std::string text;
  for (auto const byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

}  // namespace detail

}  // namespace koi::io
