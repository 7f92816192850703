// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0

// Hostile bytes: what the decoders make of mutated and of random input. Run under sanitizers with --long.
#include <koi/net/frame.hpp>
#include <koi/net/hello.hpp>

#include "tests/fuzz/wire.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

namespace {

using namespace koi;

/// A valid message with a few bytes changed, inserted, removed, or all of it random.
std::vector<std::byte> mutated(std::mt19937_64& random, std::vector<std::byte> bytes) {
  auto const byte = [&] { return static_cast<std::byte>(random() & 0xff); };
  auto const position = [&] { return static_cast<std::ptrdiff_t>(bytes.empty() ? 0 : random() % bytes.size()); };
  if (random() % 16 == 0) {
    bytes.resize(random() % 300);
    for (auto& b : bytes) b = byte();
    return bytes;
  }
  for (auto changes = 1 + random() % 6; changes-- > 0 && !bytes.empty();) switch (random() % 5) {
      case 0: bytes[static_cast<std::size_t>(position())] = byte(); break;
      case 1: bytes.insert(bytes.begin() + position(), byte()); break;
      case 2: bytes.erase(bytes.begin() + position()); break;
      case 3: bytes.resize(static_cast<std::size_t>(position())); break;
      default: bytes[static_cast<std::size_t>(position())] ^= static_cast<std::byte>(1u << (random() % 8)); break;
    }
  return bytes;
}

template <class Decode>
void feed(std::vector<std::byte> const& valid, std::size_t times, Decode decode) {
  std::mt19937_64 random(20261121);
  std::size_t refused = 0, taken = 0;
  for (std::size_t i = 0; i < times; ++i) {
    auto const bytes = mutated(random, valid);
    try {
      decode(bytes);
      ++taken;
    } catch (bad_frame const&) {
      ++refused;
    }
  }
  CHECK(refused + taken == times);  // nothing else came out
  CHECK(refused > times / 4);
  CHECK(taken > 0);  // and the mutations reach beyond the first check
}

}  // namespace

TEST_CASE("fuzz: a header is taken or refused, never more") {
  frame_tag tag;
  tag.name = make_frame_name("matmul");
  auto const valid = encode_header({frame_kind::data, tag, 4096});
  feed({valid.begin(), valid.end()}, 200'000, [](std::vector<std::byte> const& bytes) {
    auto const h = decode_header(bytes, "peer");
    if (h.kind == frame_kind::hello || h.kind == frame_kind::inquiry) CHECK(h.length <= max_hello_bytes);
    if (h.kind == frame_kind::abort) CHECK(h.length <= max_abort_bytes);
    CHECK(to_string(h.tag).size() < 64);
  });
}

TEST_CASE("fuzz: a hello is taken or refused, never more") {
  hello h;
  h.from = "server0";
  h.to = "server1";
  h.protocol = "pond<ring64, 16, assisted, carry_tree>";
  h.program = "mnist";
  h.players = {"server0", "server1", "crypto-producer", "model-owner", "prediction-client"};
  auto const valid = encode_hello(h);
  feed({valid.begin(), valid.end()}, 100'000, [](std::vector<std::byte> const& bytes) {
    auto const decoded = decode_hello(bytes, "peer");
    CHECK(decoded.players.size() <= max_hello_players);
    CHECK(decoded.program.size() <= max_hello_text);
  });
}

TEST_CASE("fuzz: every case that is kept, and every beginning of it, is taken or refused") {
  std::size_t cases = 0;
  for (auto const& entry : std::filesystem::directory_iterator(std::filesystem::path(__FILE__).parent_path() / "../fuzz/wire")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const kept(std::istreambuf_iterator<char>(file), {});
    for (std::size_t n = 0; n <= kept.size(); ++n) koi::test::take_from_stranger(koi::bytes_of(kept.data(), n));
    ++cases;
  }
  CHECK(cases >= 4);
}
