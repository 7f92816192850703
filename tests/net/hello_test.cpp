// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/hello.hpp>

#include <koi/net/clock_offset.hpp>

#include "channel_suite.hpp"

#include <random>

namespace koi::test {

namespace {

hello example() {
  hello h;
  h.from = "server0";
  h.to = "server1";
  h.protocol = "pond<ring64,16,assisted>";
  h.ring_bits = 64;
  h.frac_bits = 16;
  h.program = "mnist";
  h.config = 0x0123'4567'89ab'cdefu;
  h.players = {"server0", "server1", "crypto-producer"};
  h.clock = std::chrono::seconds(1'800'000'000);
  h.contribution.fill(std::byte{0xa5});
  return h;
}

hello answer() {
  auto h = example();
  std::swap(h.from, h.to);
  h.clock += std::chrono::hours(5);
  h.contribution.fill(std::byte{0x5a});
  return h;
}

/// Whether it decodes; anything but bad_frame fails the test.
bool decodes(const_byte_span in) {
  try {
    (void)decode_hello(in, "server1");
    return true;
  } catch (bad_frame const&) {
    return false;
  }
}

}  // namespace

TEST_CASE("a hello comes back as it was") {
  CHECK(decode_hello(encode_hello(example()), "server0") == example());
  CHECK(decode_hello(encode_hello(hello{}), "server0") == hello{});
}

TEST_CASE("the largest hello fits its frame") {
  hello h;
  h.players.assign(max_hello_players, std::string(max_hello_text, 'p'));
  h.from = h.to = h.protocol = h.program = std::string(max_hello_text, 'x');
  auto const raw = encode_hello(h);
  CHECK(raw.size() <= max_hello_bytes);
  CHECK(decode_hello(raw, "server0") == h);
}

TEST_CASE("what a hello cannot hold is an option error") {
  auto h = example();
  SUBCASE("a long protocol") { h.protocol.assign(max_hello_text + 1, 'x'); }
  SUBCASE("a long name") { h.players[1].assign(max_hello_text + 1, 'x'); }
  SUBCASE("many players") { h.players.resize(max_hello_players + 1); }
  CHECK_THROWS_AS((void)encode_hello(h), bad_option);
}

TEST_CASE("a hello that is cut or too long is refused") {
  auto raw = encode_hello(example());
  for (std::size_t n = 0; n < raw.size(); ++n) CHECK_FALSE(decodes(const_byte_span{raw}.first(n)));
  raw.push_back(std::byte{0});
  CHECK_FALSE(decodes(raw));
}

TEST_CASE("lengths over their caps are refused, even if the bytes are there") {
  auto raw = encode_hello(example());
  raw[2] = std::byte{(max_hello_text + 1) & 0xff};  // length of `from`
  raw[3] = std::byte{(max_hello_text + 1) >> 8};
  raw.resize(raw.size() + 2000);
  CHECK(contains(thrown<bad_frame>([&] { (void)decode_hello(raw, "server1"); }), "over its cap"));

  hello h;
  auto none = encode_hello(h);
  none[26] = std::byte{max_hello_players + 1};  // the number of players, after what is empty or zero
  none.resize(none.size() + 2000);
  CHECK(contains(thrown<bad_frame>([&] { (void)decode_hello(none, "server1"); }), "too many players"));
}

TEST_CASE("a clock that leaves no room for differences is refused") {
  auto raw = encode_hello(example());
  auto const high = raw.size() - example().contribution.size() - 1;
  raw[high] = std::byte{0x3f};
  CHECK(decodes(raw));
  for (auto const b : {0x40, 0x80, 0xff}) {
    raw[high] = static_cast<std::byte>(b);
    CHECK_FALSE(decodes(raw));
  }
}

TEST_CASE("a peer's clock is known to half the round trip in which it was read") {
  using std::chrono::nanoseconds;
  auto const off = offset_of(nanoseconds(1000), nanoseconds(90'300), nanoseconds(1600));
  CHECK(off.ahead.count() == 89'000);
  CHECK(off.error.count() == 300);
  CHECK(offset_of(nanoseconds(1000), nanoseconds(400), nanoseconds(1000)).ahead.count() == -600);
  CHECK(offset_of(nanoseconds(1000), nanoseconds(400), nanoseconds(900)).error.count() == 0);  // a clock set back
}

TEST_CASE("hostile hellos are refused or read, nothing else") {
  std::mt19937_64 random{7};
  auto const good = encode_hello(example());
  std::size_t read = 0;
  for (int i = 0; i < 50'000; ++i) {
    auto raw = good;
    switch (i % 3) {
      case 0:
        for (auto& b : raw) b = static_cast<std::byte>(random());
        break;
      case 1:
        raw[random() % raw.size()] = static_cast<std::byte>(random());
        break;
      default:
        for (int k = 0; k < 4; ++k) raw[random() % raw.size()] ^= std::byte{1} << (random() % 8);
    }
    if (i % 5 == 0) raw.resize(random() % (2 * raw.size()));
    read += decodes(raw);
  }
  CHECK(read > 1000);  // changed texts and numbers still read
  CHECK(read < 45'000);
}

TEST_CASE("of another version only the names are read") {
  auto h = example();
  h.version = wire_version + 1;
  auto raw = encode_hello(h);
  raw.resize(2 + 2 + 7 + 2 + 7);
  auto const got = decode_hello(raw, "server0");
  CHECK(got.version == wire_version + 1);
  CHECK(got.from == "server0");
  CHECK(got.to == "server1");
  CHECK(got.protocol.empty());
}

TEST_CASE("equal hellos pass, whatever the randomness and the clocks") { CHECK_NOTHROW(check_hello(example(), answer())); }

TEST_CASE("a difference names both players, the field and both values") {
  auto theirs = answer();
  std::string field;
  std::string here;
  std::string there;
  SUBCASE("version") { theirs.version = 9, field = "wire version", here = "2", there = "9"; }
  SUBCASE("protocol") {
    theirs.protocol = "securenn<ring64,16>", field = "protocol", here = "pond<ring64,16,assisted>",
    there = theirs.protocol;
  }
  SUBCASE("ring") { theirs.ring_bits = 32, field = "bits of the ring", here = "64", there = "32"; }
  SUBCASE("fraction") { theirs.frac_bits = 12, field = "fraction bits", here = "16", there = "12"; }
  SUBCASE("program") { theirs.program = "other\x1b", field = "program", here = "mnist", there = "other?"; }
  SUBCASE("config") { theirs.config = 1, field = "settings", here = "0123456789abcdef", there = "0000000000000001"; }
  SUBCASE("players") {
    theirs.players.pop_back(), field = "players", here = "server0, server1, crypto-producer",
                               there = "server0, server1";
  }
  SUBCASE("order of players") {
    std::swap(theirs.players[0], theirs.players[1]), field = "players", here = "server0, server1",
                                                     there = "server1, server0";
  }
  auto const text = thrown<hello_mismatch>([&] { check_hello(example(), theirs); });
  CHECK(contains(text, "server0 and server1 do not agree on the " + field));
  CHECK(contains(text, "server0 has '" + here));
  CHECK(contains(text, "server1 has '" + there));
}

TEST_CASE("a hello of or for somebody else is refused") {
  auto theirs = answer();
  SUBCASE("of") { theirs.from = "crypto-producer"; }
  SUBCASE("for") { theirs.to = "crypto-producer"; }
  CHECK(contains(thrown<hello_mismatch>([&] { check_hello(example(), theirs); }), "crypto-producer"));
}

}  // namespace koi::test
