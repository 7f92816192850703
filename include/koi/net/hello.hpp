// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <koi/core/bytes.hpp>
#include <koi/core/error.hpp>
#include <koi/core/wipe.hpp>
#include <koi/net/frame.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// Version of everything on the wire: frames, the hello, the messages of the protocols.
inline constexpr std::uint16_t wire_version = 2;

/// What one player adds to the key that it shares with one peer: fresh randomness, by the caller.
/// Wiped on release.
struct seed_contribution : std::array<std::byte, 32> {
  seed_contribution() noexcept : array{} {}
  seed_contribution(seed_contribution const&) noexcept = default;
  seed_contribution& operator=(seed_contribution const&) noexcept = default;
  ~seed_contribution() { wipe(data(), size()); }
};

/// The first thing that two players tell each other. All but `from`, `to`, `clock` and `contribution` must
/// be equal at both.
struct hello {
  std::uint16_t version = wire_version;
  std::string from;
  std::string to;
  std::string protocol;  ///< with ring, fixed point and policies, as text
  std::uint32_t ring_bits = 0;
  std::uint32_t frac_bits = 0;
  std::string program;
  std::uint64_t config = 0;  ///< digest of whatever else must be equal
  std::vector<std::string> players;
  std::chrono::nanoseconds clock{};  ///< of the sender, since 1970, as it sent this; see clock_offset
  seed_contribution contribution{};

  friend bool operator==(hello const&, hello const&) = default;
};

inline constexpr std::size_t max_hello_text = 512;  ///< bytes of one text
inline constexpr std::size_t max_hello_players = 16;

namespace detail {

class hello_writer {
 public:
  template <class T>
  void word(T value) {
    bytes(bytes_of(&value, 1));
  }
  void bytes(const_byte_span in) { out_.insert(out_.end(), in.begin(), in.end()); }
  void text(std::string_view field, std::string_view value) {
    if (value.size() > max_hello_text)
      throw bad_option(fmt::format("{} has {} characters; a hello holds {}", field, value.size(), max_hello_text));
    word(static_cast<std::uint16_t>(value.size()));
    bytes(bytes_of(value.data(), value.size()));
  }
  secret_bytes take() { return std::move(out_); }

 private:
  secret_bytes out_;
};

/// Reads what a peer wrote; looks at every length before it uses it.
class hello_reader {
 public:
  hello_reader(const_byte_span in, std::string const& peer) : in_(in), peer_(peer) {}

  template <class T>
  T word() {
    return load<T>(bytes(sizeof(T)));
  }
  const_byte_span bytes(std::size_t n) {
    if (in_.size() < n) fail("is cut");
    auto const out = in_.first(n);
    in_ = in_.subspan(n);
    return out;
  }
  std::string text() {
    std::size_t const n = word<std::uint16_t>();
    if (n > max_hello_text) fail("has a text over its cap");
    auto const from = bytes(n);
    return {reinterpret_cast<char const*>(from.data()), from.size()};
  }
  void finish() const {
    if (!in_.empty()) fail("is too long");
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw bad_frame(peer_, fmt::format("the hello of {} {}", peer_, what));
  }

 private:
  const_byte_span in_;
  std::string const& peer_;
};

}  // namespace detail

/// The payload of a hello frame. It holds the contribution, so it is wiped like a share.
///
/// Throws  bad_option if a text or the list of players is longer than a hello can hold
[[nodiscard]] inline secret_bytes encode_hello(hello const& h) {
  if (h.players.size() > max_hello_players)
    throw bad_option(fmt::format("{} players are configured; a hello holds {}", h.players.size(), max_hello_players));
  detail::hello_writer out;
  out.word(h.version);
  out.text("the player's name", h.from);
  out.text("the peer's name", h.to);
  out.text("the protocol", h.protocol);
  out.word(h.ring_bits);
  out.word(h.frac_bits);
  out.text("the program's name", h.program);
  out.word(h.config);
  out.word(static_cast<std::uint16_t>(h.players.size()));
  for (auto const& name : h.players) out.text("a player's name", name);
  out.word(static_cast<std::uint64_t>(h.clock.count()));
  out.bytes(h.contribution);
  return out.take();
}

/// Reads the payload of a hello frame that `peer`, as far as known, sent; trusts no byte of it.
/// Of a hello of another version only version, from and to are read: they stand first in all.
///
/// Throws  bad_frame if it is cut, too long, or holds a length over its cap
[[nodiscard]] inline hello decode_hello(const_byte_span in, std::string const& peer) {
  detail::hello_reader from{in, peer};
  hello h;
  h.version = from.word<std::uint16_t>();
  h.from = from.text();
  h.to = from.text();
  if (h.version != wire_version) return h;
  h.protocol = from.text();
  h.ring_bits = from.word<std::uint32_t>();
  h.frac_bits = from.word<std::uint32_t>();
  h.program = from.text();
  h.config = from.word<std::uint64_t>();
  std::size_t const players = from.word<std::uint16_t>();
  if (players > max_hello_players) from.fail("names too many players");
  for (std::size_t i = 0; i < players; ++i) h.players.push_back(from.text());
  auto const clock = from.word<std::uint64_t>();
  if (clock >> 62 != 0) from.fail("tells no time");  // so that differences of clocks have room
  h.clock = std::chrono::nanoseconds(clock);
  auto const contribution = from.bytes(h.contribution.size());
  std::memcpy(h.contribution.data(), contribution.data(), contribution.size());
  from.finish();
  return h;
}

/// Compares the own hello with the one that came in answer to it, or before it.
///
/// Throws  hello_mismatch, which names both players, the first field that differs, and both values
inline void check_hello(hello const& mine, hello const& theirs) {
  auto const differ = [&](std::string_view field, auto const& here, auto const& there) {
    if (here == there) return;
    throw hello_mismatch(mine.to, fmt::format("{} and {} do not agree on {}: {} has '{}', {} has '{}'", mine.from,
                                              mine.to, field, mine.from, here, mine.to, there));
  };
  auto const text = [](std::string const& s) { return printable(s, max_hello_text); };
  auto const list = [](std::vector<std::string> const& names) {
    return printable(fmt::format("{}", fmt::join(names, ", ")), max_hello_text);
  };
  differ("the wire version", mine.version, theirs.version);
  if (mine.protocol != theirs.protocol) differ("the protocol", text(mine.protocol), text(theirs.protocol));
  differ("the bits of the ring", mine.ring_bits, theirs.ring_bits);
  differ("the fraction bits", mine.frac_bits, theirs.frac_bits);
  if (mine.program != theirs.program) differ("the program", text(mine.program), text(theirs.program));
  if (mine.players != theirs.players) differ("the players", list(mine.players), list(theirs.players));
  differ("the settings (digest)", fmt::format("{:016x}", mine.config), fmt::format("{:016x}", theirs.config));
  if (theirs.from != mine.to || theirs.to != mine.from)
    throw hello_mismatch(mine.to, fmt::format("{} expected a hello of {}, but this is one of '{}' for '{}'", mine.from,
                                              mine.to, text(theirs.from), text(theirs.to)));
}

}  // namespace koi
