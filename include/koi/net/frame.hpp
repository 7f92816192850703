// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/net/meter.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace koi {

/// What a peer may be made to print here: printable ASCII, cut after `limit` characters.
[[nodiscard]] inline std::string printable(std::string_view text, std::size_t limit = 256) {
  std::string out{text.substr(0, limit)};
  for (auto& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

/// Kind of an operation as it stands in a frame, padded with NUL.
using frame_name = std::array<char, 16>;

/// Cuts what does not fit.
[[nodiscard]] inline frame_name make_frame_name(std::string_view text) noexcept {
  frame_name name{};
  std::copy_n(text.begin(), std::min(text.size(), name.size()), name.begin());
  return name;
}

/// Printable, whoever wrote the name.
[[nodiscard]] inline std::string to_string(frame_name const& name) {
  auto const end = std::find(name.begin(), name.end(), '\0');
  return printable({name.data(), static_cast<std::size_t>(end - name.begin())});
}

/// Says which message of the common program this is. Sender and receiver compute digest, operation,
/// ph and name on their own, from the kinds and shapes of the operations so far; `round` is the
/// sender's and only counts (see meter).
struct frame_tag {
  std::uint64_t digest = 0;
  std::uint32_t operation = 0;
  std::uint32_t round = 0;
  phase ph = phase::online;
  frame_name name{};

  friend bool operator==(frame_tag const&, frame_tag const&) = default;
};

/// "operation 12 'matmul'", for messages.
[[nodiscard]] inline std::string to_string(frame_tag const& tag) {
  return fmt::format("operation {} '{}'", tag.operation, to_string(tag.name));
}

enum class frame_kind : std::uint8_t {
  data,
  hello,
  abort,
  inquiry,  ///< empty: what would your hello say? And the answer: that hello, without a contribution
};

struct frame_header {
  frame_kind kind = frame_kind::data;
  frame_tag tag{};
  std::uint64_t length = 0;  ///< bytes of the payload that follows

  friend bool operator==(frame_header const&, frame_header const&) = default;
};

/// On the wire, little-endian: "koi1", kind, phase, two zero bytes, length (8), digest (8),
/// operation (4), round (4), name (16).
inline constexpr std::size_t frame_header_size = 48;
using header_bytes = std::array<std::byte, frame_header_size>;

/// No more than this is ever accepted before or instead of data. The length of a data frame has no
/// cap of its own: it must equal what the receiver expects, and nothing is allocated from it.
inline constexpr std::size_t max_hello_bytes = 16 * 1024;
inline constexpr std::size_t max_abort_bytes = 1024;

namespace detail {
inline constexpr std::array<char, 4> frame_magic{'k', 'o', 'i', '1'};
}

[[nodiscard]] inline header_bytes encode_header(frame_header const& h) noexcept {
  header_bytes out{};
  auto const put = [&out](std::size_t at, auto const& value) { std::memcpy(out.data() + at, &value, sizeof(value)); };
  put(0, detail::frame_magic);
  put(4, h.kind);
  put(5, h.tag.ph);
  put(8, h.length);
  put(16, h.tag.digest);
  put(24, h.tag.operation);
  put(28, h.tag.round);
  put(32, h.tag.name);
  return out;
}

/// Reads a header that `peer` sent; trusts no byte of it.
///
/// Throws  bad_frame if it is cut, is no koi frame, or a hello, abort or inquiry over its cap
[[nodiscard]] inline frame_header decode_header(const_byte_span in, std::string const& peer) {
  if (in.size() < frame_header_size)
    throw bad_frame(peer,
                    fmt::format("{} sent {} bytes where a header of {} was due", peer, in.size(), frame_header_size));
  if (std::memcmp(in.data(), detail::frame_magic.data(), detail::frame_magic.size()) != 0)
    throw bad_frame(peer, fmt::format("{} sent bytes that are no koi frame", peer));

  auto const kind = load<std::uint8_t>(in, 4);
  auto const ph = load<std::uint8_t>(in, 5);
  if (kind > static_cast<std::uint8_t>(frame_kind::inquiry) || ph >= phase_count || load<std::uint16_t>(in, 6) != 0)
    throw bad_frame(peer, fmt::format("{} sent a frame of unknown kind {} or phase {}", peer, kind, ph));

  frame_header h;
  h.kind = static_cast<frame_kind>(kind);
  h.length = load<std::uint64_t>(in, 8);
  h.tag.digest = load<std::uint64_t>(in, 16);
  h.tag.operation = load<std::uint32_t>(in, 24);
  h.tag.round = load<std::uint32_t>(in, 28);
  h.tag.ph = static_cast<phase>(ph);
  std::memcpy(h.tag.name.data(), in.data() + 32, h.tag.name.size());

  if ((h.kind == frame_kind::hello || h.kind == frame_kind::inquiry) && h.length > max_hello_bytes)
    throw bad_frame(
        peer, fmt::format("{} sent a hello of {} bytes; at most {} are allowed", peer, h.length, max_hello_bytes));
  if (h.kind == frame_kind::abort && h.length > max_abort_bytes)
    throw bad_frame(
        peer, fmt::format("{} sent an abort of {} bytes; at most {} are allowed", peer, h.length, max_abort_bytes));
  return h;
}

}  // namespace koi
