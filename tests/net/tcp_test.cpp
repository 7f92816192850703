// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/tcp.hpp>

#include "channel_suite.hpp"

#include <koi/net/detail/asio.hpp>

#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <optional>

namespace {

using koi::detail::tcp;
namespace asio = koi::detail::asio;

struct tcp_ends {
  koi::detail::io_ptr io_a = koi::detail::make_io();
  koi::detail::io_ptr io_b = koi::detail::make_io();
  tcp::socket a{io_a->context};
  tcp::socket b{io_b->context};

  /// Small buffers, so that a few megabytes do not fit whatever the system's settings are.
  tcp_ends()
      : tcp_ends([](auto& socket) {
          socket.set_option(asio::socket_base::send_buffer_size(64 << 10));
          socket.set_option(asio::socket_base::receive_buffer_size(64 << 10));
        }) {}

  template <class Prepare>
  explicit tcp_ends(Prepare prepare) {
    tcp::acceptor acceptor{io_a->context, {asio::ip::address_v4::loopback(), 0}};
    prepare(acceptor);  // what it accepts inherits it
    b.open(tcp::v4());
    prepare(b);
    b.connect(acceptor.local_endpoint());
    acceptor.accept(a);
  }
};

struct tcp_wire {
  static constexpr std::size_t big = 4 << 20;
  static std::pair<koi::tcp_channel, koi::tcp_channel> make(std::string a, std::string b,
                                                            koi::channel_options options) {
    tcp_ends ends;
    return {koi::tcp_channel{ends.io_a, std::move(ends.a), std::move(b), options},
            koi::tcp_channel{ends.io_b, std::move(ends.b), std::move(a), options}};
  }
};

/// A koi channel whose peer is a bare socket, to send it what no channel would.
struct bare_peer {
  tcp_ends ends;
  koi::tcp_channel channel{ends.io_a, std::move(ends.a), "server1"};

  void send(koi::const_byte_span bytes) { asio::write(ends.b, asio::buffer(bytes.data(), bytes.size())); }
  void hang_up() { ends.b.close(); }
};

}  // namespace

namespace koi::test {

TEST_CASE_TEMPLATE_INVOKE(channel_suite, tcp_wire);
TEST_CASE_TEMPLATE_INVOKE(queue_limit_suite, tcp_wire);

TEST_CASE("64 MB both ways at once, with the system's own buffers") {
  constexpr std::size_t size = 64 << 20;
  tcp_ends ends{[](auto&) {}};
  tcp_channel a{ends.io_a, std::move(ends.a), "server1"};
  tcp_channel b{ends.io_b, std::move(ends.b), "server0"};
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

TEST_CASE("a channel tunes its socket so that a machine that is gone is noticed") {
  tcp_ends ends;
  auto const fd = ends.a.native_handle();
  auto const option = [fd](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(fd, level, name, &value, &size) == 0);
    return value;
  };
  channel_options options;
  SUBCASE("as documented") {
    tcp_channel const c{ends.io_a, std::move(ends.a), "server1"};
    CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 15);
    CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 5);
    CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 3);
  }
  SUBCASE("as asked") {
    options.keep_alive_idle = 40s;
    options.keep_alive_interval = 7s;
    options.keep_alive_probes = 2;
    tcp_channel const c{ends.io_a, std::move(ends.a), "server1", options};
    CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) == 40);
    CHECK(option(IPPROTO_TCP, TCP_KEEPINTVL) == 7);
    CHECK(option(IPPROTO_TCP, TCP_KEEPCNT) == 2);
  }
  SUBCASE("not at all") {
    options.keep_alive_idle = 0s;
    tcp_channel const c{ends.io_a, std::move(ends.a), "server1", options};
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 0);
  }
}

TEST_CASE("a tcp channel refuses what is no frame") {
  bare_peer peer;
  std::vector<std::byte> got(16);
  SUBCASE("garbage") {
    peer.send(pattern(200, 1));
    CHECK(contains(thrown<bad_frame>([&] { peer.channel.recv(got, patience); }), "server1 sent bytes that are no koi"));
    CHECK(contains(thrown<bad_frame>([&] { peer.channel.recv(got, patience); }), "closed since"));
  }
  SUBCASE("a length that would fill the memory") {
    peer.send(encode_header({frame_kind::data, tag_of(1, "op"), ~std::uint64_t{0}}));
    CHECK_THROWS_AS(peer.channel.recv(got, patience), bad_frame);
  }
  SUBCASE("an inquiry, which does so too") {
    peer.send(encode_header({frame_kind::inquiry, {}, 0}));
    CHECK(contains(thrown<bad_frame>([&] { peer.channel.recv(got, patience); }), "or an inquiry"));
  }
  SUBCASE("a hello, which belongs before the channel") {
    peer.send(encode_header({frame_kind::hello, {}, 5}));
    CHECK(contains(thrown<bad_frame>([&] { peer.channel.recv(got, patience); }), "second hello"));
  }
  SUBCASE("an abort over its cap") {
    peer.send(encode_header({frame_kind::abort, {}, max_abort_bytes + 1}));
    CHECK_THROWS_AS(peer.channel.recv(got, patience), bad_frame);
  }
}

TEST_CASE("a tcp channel reports a message that is cut as a peer that went away") {
  bare_peer peer;
  std::vector<std::byte> got(1000);
  auto const header = encode_header({frame_kind::data, tag_of(1, "op"), got.size()});
  SUBCASE("in the header") { peer.send(const_byte_span{header}.first(47)); }
  SUBCASE("after the header") { peer.send(header); }
  SUBCASE("in the payload") {
    peer.send(header);
    peer.send(pattern(999, 1));
  }
  peer.hang_up();
  CHECK(contains(thrown<channel_closed>([&] { peer.channel.recv(got, patience); }), "in the middle of a message"));
}

TEST_CASE("a tcp channel waits for the rest of a message, and for no longer than asked") {
  bare_peer peer;
  std::vector<std::byte> got(100'000);
  auto const header = encode_header({frame_kind::data, tag_of(1, "op"), got.size()});
  auto const bytes = pattern(got.size(), 5);
  SUBCASE("bytes that come one by one") {
    auto dribble = in_thread([&] {
      for (auto const& b : header) peer.send({&b, 1});
      for (std::size_t i = 0; i < 2000; ++i) peer.send({&bytes[i], 1});
      peer.send(const_byte_span{bytes}.subspan(2000));
    });
    CHECK(peer.channel.recv(got, patience) == tag_of(1, "op"));
    CHECK(got == bytes);
    dribble.get();
  }
  SUBCASE("a payload that stops") {
    peer.send(header);
    peer.send(const_byte_span{bytes}.first(50'000));
    auto const text = thrown<channel_timeout>([&] { peer.channel.recv(got, 20ms); });
    CHECK(contains(text, "server1"));
  }
  SUBCASE("a header that stops") {
    peer.send(const_byte_span{header}.first(20));
    CHECK_THROWS_AS(peer.channel.recv(got, 5ms), channel_timeout);
  }
  SUBCASE("an abort without its reason") {
    peer.send(encode_header({frame_kind::abort, {}, 10}));
    CHECK(contains(thrown<peer_aborted>([&] { peer.channel.recv(got, 5ms); }), "server1 stopped"));
  }
}

TEST_CASE("a timed-out receive on tcp leaves the queued sends whole") {
  auto [a, b] = tcp_wire::make("server0", "server1", channel_options{});
  a.send(tag_of(1, "op"), pattern(tcp_wire::big, 1));
  std::byte one[1];
  CHECK_THROWS_AS(a.recv(one, 5ms), channel_timeout);  // cancels a write in flight, too
  auto closing = in_thread([&end = a] { end.close(); });
  std::vector<std::byte> got(tcp_wire::big);
  b.recv(got, patience);
  CHECK(got == pattern(tcp_wire::big, 1));
  closing.get();
}

TEST_CASE("a machine that acknowledges nothing is gone, and one whose program reads nothing is not") {
  tcp_ends ends;
  auto const far = ends.b.native_handle();
  channel_options options;
  options.unanswered_wait = 400ms;
  tcp_channel a{ends.io_a, std::move(ends.a), "server1", options};
  tcp_channel b{ends.io_b, std::move(ends.b), "server0"};
  std::byte one[1];
  SUBCASE("a cable is pulled") {
    ::sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    ::sock_fprog const program{1, &nothing};
    REQUIRE(::setsockopt(far, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
    a.send(tag_of(1, "op"), pattern(1, 1));
    auto const from = detail::net_clock::now();
    CHECK(contains(thrown<channel_closed>([&] { a.recv(one, 60s); }), "server1 went away"));
    CHECK(detail::net_clock::now() - from < 30s);
  }
  SUBCASE("it computes while all buffers are full") {
    a.send(tag_of(1, "op"), pattern(tcp_wire::big, 1));
    auto late = in_thread([&, &end = b] {
      std::this_thread::sleep_for(1500ms);
      std::vector<std::byte> got(tcp_wire::big);
      end.recv(got, patience);
      end.send(tag_of(2, "op"), pattern(1, 2));
    });
    CHECK(a.recv(one, patience) == tag_of(2, "op"));
    late.get();
  }
}

TEST_CASE("links that share a context move on while the player waits in another") {
  // server0 owes server1 a big message and waits for server2, which answers only after server1.
  auto const io = detail::make_io();
  tcp_ends one;
  tcp_ends two;
  auto const take_over = [&io](tcp::socket& s) { return tcp::socket{io->context, tcp::v4(), s.release()}; };
  tcp_channel to1{io, take_over(one.a), "server1"};
  tcp_channel to2{io, take_over(two.a), "server2"};
  tcp_channel at1{one.io_b, std::move(one.b), "server0"};
  tcp_channel at2{two.io_b, std::move(two.b), "server0"};

  to1.send(tag_of(1, "op"), pattern(tcp_wire::big, 1));
  auto others = in_thread([&] {
    std::vector<std::byte> got(tcp_wire::big);
    at1.recv(got, patience);
    at2.send(tag_of(2, "op"), const_byte_span{got}.first(10));
    return got == pattern(tcp_wire::big, 1);
  });
  std::vector<std::byte> got(10);
  to2.recv(got, patience);
  CHECK(others.get());
}

TEST_CASE("progress moves a queued message without a receive") {
  auto [a, b] = tcp_wire::make("server0", "server1", channel_options{});
  a.send(tag_of(1, "op"), pattern(tcp_wire::big, 1));
  auto reading = in_thread([&, &end = b] {
    std::vector<std::byte> got(tcp_wire::big);
    end.recv(got, patience);
    return got == pattern(tcp_wire::big, 1);
  });
  while (reading.wait_for(0s) != std::future_status::ready) a.progress();
  CHECK(reading.get());
}

}  // namespace koi::test
