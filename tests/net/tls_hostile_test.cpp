// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/net/tls.hpp>

#include "channel_suite.hpp"
#include "tls_ends.hpp"

#include <sys/socket.h>

#include <array>

namespace koi::test {

namespace {

namespace asio = detail::asio;
using detail::tcp;

/// A caller with a good certificate that does with TLS what it likes, and reads nothing.
struct hostile {
  scratch_folder folder;
  test_authority authority;
  detail::io_ptr io = detail::make_io();
  tcp::socket wire{io->context};
  std::optional<detail::tls_stream> called;
  std::optional<detail::tls_engine> calling;

  hostile() {
    auto const one = credentials::load(authority.write(folder.path, "server0"));
    auto const two = credentials::load(authority.write(folder.path, "server1"));
    tcp::acceptor door{io->context, {asio::ip::address_v4::loopback(), 0}};
    door.set_option(asio::socket_base::receive_buffer_size(1 << 20));
    wire.open(tcp::v4());
    wire.set_option(asio::socket_base::send_buffer_size(1 << 20));
    wire.connect(door.local_endpoint());
    wire.non_blocking(true);
    wire.set_option(tcp::no_delay(true));
    called.emplace(door.accept(), one, detail::tls_end::called);
    calling.emplace(wire.native_handle(), two, detail::tls_end::calling);
    std::optional<bool> met;
    called->async_handshake([&met](bool good) { met = good; });
    while (!met || SSL_is_init_finished(calling->ssl()) == 0) {
      pass();
      (void)SSL_do_handshake(calling->ssl());
      pass();
      io->run_one(std::chrono::steady_clock::now() + 1ms);
    }
    REQUIRE(*met);
    pass();
  }

  /// What the caller has written goes to the system.
  void pass() {
    boost::system::error_code ec;
    calling->pipe.begin(wire.native_handle(), 1 << 20);
    calling->pipe.flush(ec);
    REQUIRE_FALSE(ec);
  }
  /// Until so many bytes of the wire can be read.
  void await(std::size_t due) {
    auto const end_of_test = std::chrono::steady_clock::now() + patience;
    while (called->lowest_layer().available() < due)
      if (std::chrono::steady_clock::now() > end_of_test) throw std::runtime_error("bytes for a test did not come");
  }
  void new_keys(int kind) {
    REQUIRE(SSL_key_update(calling->ssl(), kind) == 1);
    REQUIRE(SSL_do_handshake(calling->ssl()) == 1);
    pass();
  }
  void say(std::size_t bytes) {
    std::vector<std::byte> const data(bytes);
    std::size_t written = 0;
    REQUIRE(SSL_write_ex(calling->ssl(), data.data(), bytes, &written) == 1);
    pass();
  }
  boost::system::error_code read(std::size_t& n, std::size_t room = 1000) {
    std::vector<std::byte> into(room);
    boost::system::error_code ec;
    n = called->read_some(asio::buffer(into), ec);
    return ec;
  }
  /// Reads so many bytes, as they come.
  void take(std::size_t bytes) {
    auto const end_of_test = std::chrono::steady_clock::now() + patience;
    for (std::size_t n = 0; bytes != 0; bytes -= n) {
      auto const ec = read(n, bytes);
      REQUIRE((!ec || ec == asio::error::would_block));
      REQUIRE(std::chrono::steady_clock::now() < end_of_test);
    }
  }
};

/// A stream whose read and whose write are both ready in the same turn of the context; the write's end comes first.
struct both_ready : tls_ends {
  std::vector<std::byte> much = std::vector<std::byte>(256 << 10);
  std::array<std::byte, 100> some{};
  std::vector<std::string> order;
  boost::system::error_code read_ended;

  template <class Wrote>
  void run(std::string const& sent_raw, Wrote wrote) {
    boost::system::error_code ec;
    while (!ec) a->write_some(asio::buffer(much), ec);
    REQUIRE(ec == asio::error::would_block);
    a->async_read_some(asio::buffer(some), [this](boost::system::error_code e, std::size_t) {
      order.push_back("read");
      read_ended = e;
    });
    a->async_write_some(asio::buffer(much), [this, wrote](boost::system::error_code, std::size_t) {
      order.push_back("write");
      wrote();
    });
    io_a->context.poll();
    REQUIRE(order.empty());
    auto const far = b->lowest_layer().native_handle();
    REQUIRE(::send(far, sent_raw.data(), sent_raw.size(), 0) == static_cast<ssize_t>(sent_raw.size()));
    std::vector<std::byte> sink(1 << 20);
    while (::recv(far, sink.data(), sink.size(), MSG_DONTWAIT) > 0) {
    }
    io_a->context.restart();
    for (int i = 0; i < 100; ++i) io_a->context.poll();
  }
};

}  // namespace

TEST_CASE("a caller that sends new keys without end is left") {
  hostile h;
  std::size_t n = 0;
  int kind = SSL_KEY_UPDATE_REQUESTED;
  SUBCASE("with answers") {}
  SUBCASE("without") { kind = SSL_KEY_UPDATE_NOT_REQUESTED; }
  constexpr std::size_t record = 27;
  for (int i = 0; i < 32; ++i) h.new_keys(kind);
  h.await(32 * record);
  CHECK(h.read(n) == asio::error::would_block);
  h.new_keys(kind);
  h.await(record);
  CHECK(h.read(n) == asio::error::connection_aborted);
  CHECK(n == 0);
  REQUIRE(h.called->fault());
  CHECK(contains(h.called->fault()->why, "new keys without end"));
  CHECK_FALSE(h.called->fault()->lasting);
  CHECK(h.read(n) == asio::error::connection_aborted);
}

TEST_CASE("new keys now and then, among much data, are no attack") {
  hostile h;
  for (int i = 0; i < 40; ++i) {
    h.new_keys(SSL_KEY_UPDATE_REQUESTED);
    for (int k = 0; k < 4; ++k) {
      h.say(64 << 10);
      h.take(64 << 10);
    }
  }
}

TEST_CASE("answers that nobody reads do not gather") {
  hostile h;
  std::size_t n = 0;
  auto& pipe = h.calling->pipe;
  pipe.begin(h.wire.native_handle(), 0);
  pipe.out.assign(detail::tls_pipe::most_out, 'x');
  CHECK(SSL_key_update(h.calling->ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
  auto const result = SSL_do_handshake(h.calling->ssl());
  CHECK(result != 1);
  CHECK(h.calling->outcome(result) == asio::error::connection_aborted);
  CHECK(pipe.out.size() == detail::tls_pipe::most_out);
  CHECK(h.read(n) == asio::error::would_block);
}

TEST_CASE("a read goes on for a limited time where records hold no data, and the next one goes on there") {
  hostile h;
  std::size_t n = 0;
  REQUIRE(SSL_set_block_padding(h.calling->ssl(), 16 << 10) == 1);
  for (int i = 0; i < 16; ++i) h.new_keys(SSL_KEY_UPDATE_NOT_REQUESTED);
  h.say(1);
  h.await(160 << 10);
  CHECK(h.read(n) == asio::error::would_block);
  CHECK(h.called->lowest_layer().available() > 0);
  std::array<std::byte, 10> some{};
  int turns = 0;
  h.called->async_read_some(asio::buffer(some), [&n](boost::system::error_code, std::size_t came) { n = came; });
  for (; n == 0 && turns < 1000; ++turns) h.io->run_one(std::chrono::steady_clock::now() + 10ms);
  CHECK(n == 1);
  CHECK(turns > 0);
}

TEST_CASE("a read that was ready does not touch a socket that was closed and its number given to another") {
  both_ready r;
  auto const fd = r.a->lowest_layer().native_handle();
  std::array<int, 2> another{-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, another.data()) == 0);
  r.run("\x17\x03\x03", [&] {
    r.a->lowest_layer().close();
    REQUIRE(::dup2(another[0], fd) == fd);
    REQUIRE(::send(another[1], "mine", 4, 0) == 4);
    r.a->end_sending();
    boost::system::error_code ec;
    r.a->read_some(asio::buffer(r.some), ec);
    CHECK(ec);
    r.a->write_some(asio::buffer(r.much), ec);
    CHECK(ec);
  });
  CHECK(r.order == std::vector<std::string>{"write", "read"});
  CHECK(r.read_ended == asio::error::operation_aborted);
  std::array<char, 10> text{};
  CHECK(::recv(fd, text.data(), text.size(), MSG_DONTWAIT) == 4);
  CHECK(::recv(another[1], text.data(), text.size(), MSG_DONTWAIT) == -1);
  for (auto const each : {fd, another[0], another[1]}) ::close(each);
}

TEST_CASE("a read that was ready with half a record, and was cancelled, waits no more") {
  both_ready r;
  r.run("\x17\x03\x03", [&] { r.a->cancel(); });
  CHECK(r.order == std::vector<std::string>{"write", "read"});
  CHECK(r.read_ended == asio::error::operation_aborted);
  r.a->lowest_layer().close();
  r.io_a->context.poll();
}

}  // namespace koi::test
