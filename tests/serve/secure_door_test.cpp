// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/secure_door.hpp>

#include "tests/net/tls_ends.hpp"

#include <koi/serve/secure_link.hpp>

#include <doctest/doctest.h>

#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace serve = koi::serve;
namespace asio = koi::detail::asio;
using koi::detail::tcp;
using koi::test::test_authority;
using namespace std::chrono_literals;

namespace {

void says(std::string const& text, std::string const& part) {
  INFO(text);
  INFO("expected: ", part);
  CHECK(text.find(part) != std::string::npos);
}

/// The type and the text of what is thrown.
template <class F>
std::string thrown(F const& f) {
  try {
    f();
  } catch (koi::bad_identity const& e) {
    return std::string("bad_identity: ") + e.what();
  } catch (koi::channel_closed const& e) {
    return std::string("channel_closed: ") + e.what();
  } catch (koi::channel_timeout const& e) {
    return std::string("channel_timeout: ") + e.what();
  } catch (koi::bad_option const& e) {
    return std::string("bad_option: ") + e.what();
  }
  return "nothing";
}

/// The host of connections that answers every message with who sent it and what.
struct echo {
  using connection_type = serve::connection<serve::secure_door, echo>;

  serve::front_limits allowed;
  std::promise<void> gone_once;
  std::map<std::uint64_t, std::shared_ptr<connection_type>> open;

  [[nodiscard]] serve::front_limits const& limits() const { return allowed; }
  [[nodiscard]] std::size_t cap(serve::message, std::string const&) const { return 32 << 20; }
  [[nodiscard]] std::string objection_to(connection_type&, serve::message) const { return "nothing is refused here"; }
  [[nodiscard]] std::shared_ptr<void> reserve(std::size_t, std::string const&) const { return std::make_shared<int>(0); }
  void take(connection_type& from, serve::message, koi::secret_bytes body, std::shared_ptr<void> const&) {
    from.send(serve::message_writer(serve::message::done).text(from.identity()).bytes(body).finish());
  }
  void gone(connection_type& which) {
    open.erase(which.number());
    if (std::exchange(first_, false)) gone_once.set_value();
  }

 private:
  bool first_ = true;
};

/// A group with keys of one authority, and a player whose door is open; behind it is an echo.
struct guarded_door {
  koi::test::scratch_folder folder;
  test_authority authority;
  std::mutex guard;
  std::string log;
  asio::io_context io{1};
  echo host;
  std::optional<serve::secure_door> door;
  std::optional<tcp::acceptor> acceptor;
  std::future<void> left = host.gone_once.get_future();
  std::jthread running;

  explicit guarded_door(std::chrono::milliseconds greet_wait = 30s) { host.allowed.greet_wait = greet_wait; }

  [[nodiscard]] std::filesystem::path keys() const { return folder.path / "keys"; }
  [[nodiscard]] koi::cluster players(std::string const& more = "", std::string const& of_server0 = "") const {
    return koi::cluster::parse(R"({"players":{"server0":{"address":"127.0.0.1:4440")" + of_server0 +
                                   R"(},"server1":"127.0.0.1:4441"})" + more + "}",
                               (folder.path / "group.json").string());
  }
  /// Opens the door of a player.
  koi::endpoint serve(koi::cluster const& as, std::string const& player = "server0") {
    door.emplace(as, player, [this](std::string const& line) {
      std::scoped_lock const lock(guard);
      log += line + "\n";
    });
    acceptor.emplace(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    accept();
    running = std::jthread([this] { io.run(); });
    return {"127.0.0.1", acceptor->local_endpoint().port()};
  }
  ~guarded_door() {
    asio::post(io, [this] {
      boost::system::error_code ignored;
      if (acceptor) acceptor->close(ignored);
      auto const all = host.open;
      for (auto const& [number, each] : all) each->close();
    });
    if (running.joinable()) running.join();
  }
  /// Waits until the server has hung up on the first caller.
  void hung_up() const { REQUIRE(left.wait_for(30s) == std::future_status::ready); }
  [[nodiscard]] std::string said() {
    std::scoped_lock const lock(guard);
    return log;
  }
  [[nodiscard]] tcp::socket socket_to(koi::endpoint const& where) {
    tcp::socket s(by_hand->context);
    s.connect({asio::ip::address_v4::loopback(), where.port});
    return s;
  }
  /// A link of somebody who looks at the server's authority alone.
  [[nodiscard]] serve::front_link link_of(koi::credentials const& mine, koi::endpoint const& where) {
    koi::detail::tls_stream tls(socket_to(where), mine, koi::detail::tls_end::calling);
    REQUIRE(serve::detail::shake_hands(*by_hand, tls, koi::detail::deadline_after(30s)));
    return {by_hand, serve::front_stream(std::move(tls)), "server0"};
  }

 private:
  void accept() {
    acceptor->async_accept([this](boost::system::error_code ec, tcp::socket socket) {
      if (ec) return;
      auto const made = std::make_shared<echo::connection_type>(io, door->open(std::move(socket)), host, ++last_, "here");
      host.open[last_] = made;
      made->start(*door);
      accept();
    });
  }
  std::uint64_t last_ = 0;
  koi::detail::io_ptr by_hand = koi::detail::make_io();
};

/// What comes back for some bytes: the identity that the server saw, or its refusal.
std::string asked(serve::server_link& link, std::size_t bytes = 3) {
  link.send(serve::message_writer(serve::message::predict).bytes(std::vector<std::byte>(bytes, std::byte{7})).finish(), 30s);
  auto const m = link.receive(64 << 20, 30s);
  serve::message_reader in(m.body, link.server());
  if (m.kind == serve::message::refused) {
    (void)in.id();
    (void)in.word<std::uint16_t>();
    return "refused: " + in.text();
  }
  auto const who = in.text();
  CHECK(in.rest().size() == bytes);
  return who;
}

}  // namespace

TEST_CASE("secure door: a caller is who its certificate says, and the server whom it called") {
  guarded_door at;
  at.authority.write(at.keys(), "server0");
  at.authority.write(at.keys(), "clinic");
  auto const where = at.serve(at.players());
  CHECK(at.door->is_secure());
  auto const link = serve::call_server(serve::caller(at.players(), "clinic"), where, "server0", 30s);
  CHECK(asked(*link) == "clinic");
  CHECK(asked(*link, 20 << 20) == "clinic");
  auto const other = serve::call_server(serve::caller(at.players(), "clinic"), where, "server0", 30s);
  CHECK(asked(*other) == "clinic");
  CHECK(at.said().empty());
}

TEST_CASE("secure door: a caller whose certificate is not accepted hears why, and so does the server") {
  guarded_door at;
  at.authority.write(at.keys(), "server0");
  std::string there, here;
  test_authority const second("other-authority");
  koi::key_files files;
  auto const others = at.folder.path / "others";
  SUBCASE("expired") {
    files = at.authority.write(others, "clinic", -48h, -24h);
    here = "its certificate ('clinic') expired on";
    there = "it refuses this player's certificate as expired";
  }
  SUBCASE("not yet valid") {
    files = at.authority.write(others, "clinic", 24h, 48h);
    here = "its certificate ('clinic') is not valid before";
    there = "not valid yet by its clock";
  }
  SUBCASE("another authority") {
    files = second.write(others, "clinic");
    here = "was signed by another authority ('other-authority')";
    there = "it trusts another authority than 'other-authority'";
  }
  auto const where = at.serve(at.players());
  auto const mine = koi::credentials::load(files);
  // the caller looks at the server's certificate as one of the right authority would
  X509_STORE_add_cert(SSL_CTX_get_cert_store(mine.context()), at.authority.certificate.get());
  auto link = at.link_of(mine, where);
  auto const heard = thrown([&] { (void)asked(link); });
  says(heard, "bad_identity: server0: ");
  says(heard, there);
  at.hung_up();
  says(at.said(), "server0: a caller from 127.0.0.1 was refused: ");
  says(at.said(), here);
}

TEST_CASE("secure door: a certificate that names nobody who could call is refused, in words") {
  guarded_door at;
  at.authority.write(at.keys(), "server0");
  std::string name = "clinic", why, of_server0;
  SUBCASE("a name of the policy's own") {
    name = "*";
    why = "its certificate is for '*', and nobody can be called so";
  }
  SUBCASE("a player with another key than the one that is pinned") {
    name = "server0";
    of_server0 = R"(,"certificate":"sha256:)" + std::string(64, '0') + "\"";
    why = "the certificate of server0 is not the one that the configuration of server0 pins";
  }
  auto const where = at.serve(at.players("", of_server0));
  auto link = at.link_of(koi::credentials::load(at.authority.write(at.folder.path / "others", name)), where);
  says(asked(link), "refused: " + why);
  CHECK(thrown([&] { (void)link.receive(100, 30s); }).starts_with("channel_closed"));
  at.hung_up();
  says(at.said(), "was refused: " + why);
}

TEST_CASE("secure door: callers that do not speak TLS as koi does") {
  guarded_door at;
  at.authority.write(at.keys(), "server0");
  auto const where = at.serve(at.players());
  SUBCASE("plain: an answer in plain words") {
    auto link = serve::call_server(where.host, where.port, "server0", 30s);
    says(asked(link), "refused: the caller speaks plain TCP, and server0 TLS: it needs keys of its own");
    at.hung_up();
    says(at.said(), "it speaks plain TCP, and this player TLS");
  }
  SUBCASE("garbage: hung up") {
    auto s = at.socket_to(where);
    asio::write(s, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")));
    at.hung_up();
    CHECK(at.said().empty());
  }
  SUBCASE("no certificate") {
    auto* const bare = SSL_CTX_new(TLS_method());
    auto s = at.socket_to(where);
    auto* const ssl = SSL_new(bare);
    SSL_set_fd(ssl, s.native_handle());
    CHECK(SSL_connect(ssl) == 1);
    char one = 0;
    CHECK(SSL_read(ssl, &one, 1) <= 0);
    SSL_free(ssl);
    SSL_CTX_free(bare);
    s.close();
    at.hung_up();
    says(at.said(), "it has no certificate");
  }
}

TEST_CASE("secure door: callers who are refused again and again cannot fill the log, and are counted") {
  guarded_door at;
  at.authority.write(at.keys(), "server0");
  auto const where = at.serve(at.players());
  for (int i = 0; i < 12; ++i) {
    auto link = serve::call_server(where.host, where.port, "server0", 30s);
    says(asked(link), "refused: the caller speaks plain TCP");
  }
  std::promise<void> looked;
  asio::post(at.io, [&] {
    at.door->look(koi::detail::net_clock::now() + koi::detail::refusal_log::period);
    looked.set_value();
  });
  looked.get_future().wait();
  auto const log = at.said();
  CHECK(std::count(log.begin(), log.end(), '\n') == 2);
  says(log, "(11 times more in a minute)");
}

TEST_CASE("secure door: a handshake has the connection's time") {
  guarded_door at(50ms);
  at.authority.write(at.keys(), "server0");
  auto const silent = at.socket_to(at.serve(at.players()));
  at.hung_up();  // without a byte from here
}

TEST_CASE("secure link: a server that is not the one that was called is refused") {
  guarded_door at;
  at.authority.write(at.keys(), "clinic");
  auto mine = at.players();
  std::string shown = "server0", why;
  SUBCASE("another player") {
    shown = "server1";
    why = "swapped identity: server0 was expected, but the certificate there is for 'server1'";
  }
  SUBCASE("another key") {
    mine = at.players("", R"(,"certificate":"sha256:)" + std::string(64, '0') + "\"");
    why = "the certificate of server0 is not the one that the configuration of clinic pins";
  }
  at.authority.write(at.keys(), shown);
  auto const where = at.serve(at.players(), shown);
  auto const heard = thrown([&] { (void)serve::call_server(serve::caller(mine, "clinic"), where, "server0", 30s); });
  says(heard, "bad_identity: server0 at 127.0.0.1:");
  says(heard, why);
}

TEST_CASE("secure link: what stands in the way of TLS is said at once") {
  guarded_door at;
  auto const plain = at.serve(at.players(R"(,"transport":"plain")"));
  CHECK_FALSE(at.door->is_secure());
  at.authority.write(at.keys(), "clinic");
  SUBCASE("the server speaks plain TCP") {
    auto const call = [&] { (void)serve::call_server(serve::caller(at.players(), "clinic"), plain, "server0", 30s); };
    says(thrown(call), "it speaks plain TCP, and this player TLS: all need the same \"transport\"");
  }
  SUBCASE("no name") {
    says(thrown([&] { serve::caller const nobody(at.players(R"(,"transport":"tls")"), ""); }),
         "bad_option: the servers speak TLS, and ask who calls");
  }
  SUBCASE("no name, and another machine") {
    serve::caller const nobody(at.players(), "");
    says(thrown([&] { (void)serve::call_server(nobody, {"192.0.2.1", 4440}, "server0", 1s); }),
         "bad_option: server0 is at 192.0.2.1, and links to other machines need TLS");
  }
  SUBCASE("plain on this machine, without a name") {
    auto const link = serve::call_server(serve::caller(at.players(), ""), plain, "server0", 30s);
    CHECK(asked(*link).empty());
  }
  SUBCASE("a door for other machines needs TLS") {
    serve::secure_door const door(at.players(), "server1", {});
    CHECK(thrown([&] { door.check_address("127.0.0.1"); }) == "nothing");
    says(thrown([&] { door.check_address("192.0.2.1"); }), "server1's door for clients is at 192.0.2.1, and links to other machines need TLS");
  }
}

TEST_CASE("secure link: a server that says nothing has until the deadline") {
  guarded_door at;
  at.authority.write(at.keys(), "clinic");
  tcp::acceptor silent(at.io, {asio::ip::address_v4::loopback(), 0});
  koi::endpoint const where{"127.0.0.1", silent.local_endpoint().port()};
  auto const heard = thrown([&] { (void)serve::call_server(serve::caller(at.players(), "clinic"), where, "server0", 50ms); });
  says(heard, "channel_timeout: server0 at 127.0.0.1:");
  says(heard, "did not finish its handshake within 50 ms");
}
