// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/tls.hpp>

#include "channel_suite.hpp"
#include "tls_ends.hpp"

namespace {

using koi::test::tls_ends;

struct tls_wire {
  static constexpr std::size_t big = 4 << 20;
  static std::pair<koi::tls_channel, koi::tls_channel> make(std::string a, std::string b,
                                                            koi::channel_options options) {
    tls_ends ends;
    return {koi::tls_channel{ends.io_a, std::move(*ends.a), std::move(b), options},
            koi::tls_channel{ends.io_b, std::move(*ends.b), std::move(a), options}};
  }
};

}  // namespace

namespace koi::test {

TEST_CASE_TEMPLATE_INVOKE(channel_suite, tls_wire);
TEST_CASE_TEMPLATE_INVOKE(queue_limit_suite, tls_wire);

TEST_CASE("64 MB both ways at once over TLS, with the system's own buffers") {
  constexpr std::size_t size = 64 << 20;
  tls_ends ends{0};
  tls_channel a{ends.io_a, std::move(*ends.a), "server1"};
  tls_channel b{ends.io_b, std::move(*ends.b), "server0"};
  auto const run = [](auto& c, unsigned mine, unsigned theirs) {
    c.send(tag_of(1, "big"), pattern(size, mine));
    std::vector<std::byte> got(size);
    c.recv(got, patience);
    c.close();
    return got == pattern(size, theirs);
  };
  auto other = in_thread([&] { return run(b, 1, 0); });
  CHECK(run(a, 0, 1));
  CHECK(other.get());
}

TEST_CASE("both ends of a TLS link know who the other is, and what they speak") {
  tls_ends ends;
  CHECK(ends.a->peer().is("server1"));
  CHECK(ends.b->peer().is("server0"));
  CHECK_FALSE(ends.a->peer().is("server0"));
  CHECK(ends.a->peer().fingerprint == ends.two.self().fingerprint);
  CHECK(ends.a->peer().fingerprint != ends.b->peer().fingerprint);
  CHECK(ends.a->version() == "TLSv1.3");
  CHECK(contains(ends.a->cipher(), "GCM"));
}

TEST_CASE("a timed-out receive over TLS leaves the queued sends whole") {
  auto [a, b] = tls_wire::make("server0", "server1", channel_options{});
  a.send(tag_of(1, "op"), pattern(tls_wire::big, 1));
  std::byte one[1];
  CHECK_THROWS_AS(a.recv(one, 5ms), channel_timeout);  // cancels a write in flight, too
  auto closing = in_thread([&end = a] { end.close(); });
  std::vector<std::byte> got(tls_wire::big);
  b.recv(got, patience);
  CHECK(got == pattern(tls_wire::big, 1));
  closing.get();
}

TEST_CASE("a TLS link that is cut, or changed on its way, ends") {
  tls_ends ends;
  auto const fd = ends.b->lowest_layer().native_handle();
  tls_channel a{ends.io_a, std::move(*ends.a), "server1"};
  std::vector<std::byte> got(100);
  SUBCASE("cut between records") {
    ends.b->lowest_layer().close();
    CHECK(contains(thrown<channel_closed>([&] { a.recv(got, patience); }), "server1 went away (Connection reset"));
  }
  SUBCASE("bytes that are no record") {
    auto const garbage = pattern(300, 1);
    REQUIRE(::send(fd, garbage.data(), garbage.size(), 0) == 300);
    CHECK(contains(thrown<channel_closed>([&] { a.recv(got, patience); }), "server1 went away"));
  }
  SUBCASE("a record under another key") {
    std::vector<std::byte> forged(5 + 100);
    forged[0] = std::byte{0x17}, forged[1] = forged[2] = std::byte{3}, forged[4] = std::byte{100};
    REQUIRE(::send(fd, forged.data(), forged.size(), 0) == 105);
    CHECK(contains(thrown<channel_closed>([&] { a.recv(got, patience); }), "server1 went away"));
  }
}

TEST_CASE("progress moves a queued message over TLS without a receive") {
  auto [a, b] = tls_wire::make("server0", "server1", channel_options{});
  a.send(tag_of(1, "op"), pattern(tls_wire::big, 1));
  auto reading = in_thread([&, &end = b] {
    std::vector<std::byte> got(tls_wire::big);
    end.recv(got, patience);
    return got == pattern(tls_wire::big, 1);
  });
  while (reading.wait_for(0s) != std::future_status::ready) a.progress();
  CHECK(reading.get());
}

}  // namespace koi::test
