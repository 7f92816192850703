// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/frame.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace koi::test {

namespace {

frame_header example() {
  frame_header h;
  h.kind = frame_kind::data;
  h.length = 0x0102'0304'0506'0708u;
  h.tag.digest = 0x1112'1314'1516'1718u;
  h.tag.operation = 0x2122'2324u;
  h.tag.round = 0x3132'3334u;
  h.tag.ph = phase::offline;
  h.tag.name = make_frame_name("matmul");
  return h;
}

std::optional<frame_header> decoded(const_byte_span in) {
  try {
    return decode_header(in, "server1");
  } catch (bad_frame const& e) {
    CHECK(e.peer() == "server1");
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("a header lies on the wire as documented") {
  auto const raw = encode_header(example());
  unsigned char const expected[frame_header_size] = {
      'k',  'o',  'i',  '1',  0,    1,    0,    0,    8,    7,    6,    5,    4,    3,    2,    1,
      0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x24, 0x23, 0x22, 0x21, 0x34, 0x33, 0x32, 0x31,
      'm',  'a',  't',  'm',  'u',  'l',  0,    0,    0,    0,    0,    0,    0,    0,    0,    0};
  for (std::size_t i = 0; i < frame_header_size; ++i) {
    CAPTURE(i);
    CHECK(std::to_integer<unsigned char>(raw[i]) == expected[i]);
  }
}

TEST_CASE("a header comes back as it was") {
  auto h = example();
  CHECK(decoded(encode_header(h)) == h);
  h.length = std::numeric_limits<std::uint64_t>::max();
  CHECK(decoded(encode_header(h)) == h);
  CHECK(decoded(encode_header({})) == frame_header{});
  for (auto const kind : {frame_kind::hello, frame_kind::abort, frame_kind::inquiry}) {
    h.kind = kind;
    h.length = kind == frame_kind::abort ? max_abort_bytes : max_hello_bytes;
    CHECK(decoded(encode_header(h)) == h);
    ++h.length;
    CHECK(decoded(encode_header(h)) == std::nullopt);
    h.length = std::numeric_limits<std::uint64_t>::max();
    CHECK(decoded(encode_header(h)) == std::nullopt);
  }
}

TEST_CASE("a header that is cut is refused") {
  auto const raw = encode_header(example());
  for (std::size_t n = 0; n < raw.size(); ++n) CHECK(decoded(const_byte_span{raw}.first(n)) == std::nullopt);
}

TEST_CASE("every changed bit of a header is refused or changes what is read") {
  auto const h = example();
  for (std::size_t i = 0; i < frame_header_size; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto raw = encode_header(h);
      raw[i] ^= std::byte{1} << bit;
      auto const got = decoded(raw);
      CAPTURE(i);
      CAPTURE(bit);
      CHECK_FALSE(got == h);
      if (i < 4 || i == 6 || i == 7) CHECK_FALSE(got.has_value());
    }
  }
}

TEST_CASE("kinds and phases that do not exist are refused") {
  for (unsigned value = 0; value < 256; ++value) {
    auto raw = encode_header(frame_header{});
    raw[4] = static_cast<std::byte>(value);
    CHECK(decoded(raw).has_value() == (value < 4));
    raw = encode_header(frame_header{});
    raw[5] = static_cast<std::byte>(value);
    CHECK(decoded(raw).has_value() == (value < phase_count));
  }
}

TEST_CASE("random bytes never decode to more than they say") {
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    auto raw = encode_header(example());
    for (std::size_t at = i % 2 == 0 ? 0 : 4; at < raw.size(); ++at) raw[at] = static_cast<std::byte>(random());
    if (i % 4 == 3) raw[6] = raw[7] = std::byte{0};
    if (auto const got = decoded(raw)) CHECK(encode_header(*got) == raw);
  }
}

TEST_CASE("names are cut to what fits and printed without harm") {
  CHECK(to_string(make_frame_name("relu")) == "relu");
  CHECK(to_string(make_frame_name("")) == "");
  CHECK(to_string(make_frame_name("sixteen-letters!")) == "sixteen-letters!");
  CHECK(to_string(make_frame_name("sixteen-letters!x")) == "sixteen-letters!");
  CHECK(to_string(make_frame_name("a\x1b[2J\n\xff")) == "a?[2J??");
  CHECK(printable("abcdef", 3) == "abc");
  frame_tag tag;
  tag.operation = 12;
  tag.name = make_frame_name("matmul");
  CHECK(to_string(tag) == "operation 12 'matmul'");
}

}  // namespace koi::test
