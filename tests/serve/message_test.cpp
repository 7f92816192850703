// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/message.hpp>

#include "tests/io/files.hpp"

#include <koi/crypto.hpp>
#include <koi/ring.hpp>
#include <koi/tensor.hpp>
#include <koi/tensor/uniform.hpp>

#include <doctest/doctest.h>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

std::string hex(koi::const_byte_span bytes) {
  std::string out;
  for (auto const b : bytes) out += fmt::format("{:02x}", static_cast<unsigned>(b));
  return out;
}

/// The lines of the example in the service's README: what stands behind a name, without blanks.
std::string example(std::string const& name) {
  auto const page = content_of(std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "examples/service/README.md");
  auto const start = page.find("\n" + name + "\n");
  REQUIRE_MESSAGE(start != std::string::npos, name);
  std::string digits;
  for (auto at = start + name.size() + 2; at < page.size() && page[at] == ' '; at = page.find('\n', at) + 1)
    for (auto i = at; page[i] != '\n' && page[i] != '#'; ++i)
      if (page[i] != ' ') digits += page[i];
  return digits;
}

}  // namespace

TEST_CASE("messages: the worked example of the README, byte by byte") {
  using fixed = koi::fixed_point<koi::ring64, 16>;
  serve::request_id id{};
  std::array<std::byte, 32> raw{};
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::byte>(i);
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::byte>(0xa0 + i % 16);
  koi::seed const seed(raw);

  koi::plain_tensor const x{{1.5, -2.0}};
  koi::tensor<koi::ring64> const value({1, 2}, {fixed::encode(1.5), fixed::encode(-2.0)});
  koi::prg stream(seed);
  auto const of_server0 = koi::uniform<koi::ring64>(stream, {1, 2});
  auto const of_server1 = value - of_server0;
  auto const request = [&](koi::const_byte_span payload) {
    serve::message_writer out(serve::message::predict);
    out.bytes(id).model({"net", 1}).word(serve::reveals::scores).shape({1, 2});
    return out.bytes(payload).finish();
  };
  CHECK(hex(request(seed.bytes())) == example("to server 0"));
  CHECK(hex(of_server0.bytes()) == example("server 0 draws"));
  CHECK(hex(value.bytes()) == example("the value"));
  CHECK(hex(request(of_server1.bytes())) == example("to server 1"));
  CHECK(hex(serve::message_writer(serve::message::held).bytes(id).finish()) == example("server 1 holds it"));
  koi::tensor<koi::ring64> const y0({1, 1}, 0x0123456789abcdefu), y1({1, 1}, fixed::encode(3.25) - 0x0123456789abcdefu);
  auto const result = [&](auto const& piece) {
    return serve::message_writer(serve::message::result).bytes(id).shape({1, 1}).bytes(piece.bytes()).finish();
  };
  CHECK(hex(result(y0)) == example("from server 0"));
  CHECK(hex(result(y1)) == example("from server 1"));
  CHECK(fixed::decode(y0[0] + y1[0]) == 3.25);
  CHECK(hex(serve::encode_refusal(id, serve::refusal::busy, "come back")) == example("a refusal"));
}

TEST_CASE("messages: what a server says of itself comes back as it was; each cut of it is refused") {
  serve::server_description d;
  d.index = 1;
  d.up = 1;
  d.ring_bits = 64;
  d.frac_bits = 16;
  d.max_samples = 64;
  d.wire = 7;
  d.config = 0x0123456789abcdef;
  d.clock = std::chrono::nanoseconds((std::int64_t{1} << 62) - 1);
  d.protocol = "pond";
  d.note = "server0 is away";
  d.models = {{{"lenet", 1}, true, "", {1, 28, 28}, {10}}, {{"lenet", 2}, false, "not loaded yet", {}, {}}};
  auto const bytes = serve::encode(d);
  auto const body = koi::const_byte_span(bytes).subspan(serve::message_header_size);
  auto const back = serve::decode_description(body, "server1");
  CHECK(back.index == 1);
  CHECK(back.note == d.note);
  CHECK(back.wire == 7);
  CHECK(back.config == d.config);
  CHECK(back.clock == d.clock);
  CHECK(back.models == d.models);
  for (std::size_t n = 0; n < body.size(); ++n) CHECK_THROWS_AS((void)serve::decode_description(body.first(n), "server1"), koi::bad_frame);
  std::size_t refused = 0;
  for (std::size_t n = 0; n < body.size(); ++n)
    for (int const by : {0x01, 0x80, 0xff}) {
      std::vector<std::byte> changed(body.begin(), body.end());
      changed[n] ^= static_cast<std::byte>(by);
      try {
        (void)serve::decode_description(changed, "server1");
      } catch (koi::bad_frame const&) {
        ++refused;
      }
    }
  auto const may_be_anything = sizeof d.wire + sizeof d.config + sizeof d.clock;
  CHECK(refused > body.size() - may_be_anything);
}

TEST_CASE("messages: a clock at the end of time is refused, as differences of clocks need room") {
  serve::server_description d;
  for (auto const late : {std::int64_t{1} << 62, std::int64_t{-1}}) {
    d.clock = std::chrono::nanoseconds(late);
    auto const bytes = serve::encode(d);
    CHECK_THROWS_AS((void)serve::decode_description(koi::const_byte_span(bytes).subspan(serve::message_header_size), "server1"), koi::bad_frame);
  }
}

TEST_CASE("messages: a text from a peer is printable, whatever was in it") {
  serve::message_writer out(serve::message::refused);
  out.text("\x1b[2J\nred");
  auto const bytes = out.finish();
  serve::message_reader in(koi::const_byte_span(bytes).subspan(serve::message_header_size), "server0");
  CHECK(in.text() == "?[2J?red");
}
