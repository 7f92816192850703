// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/connect.hpp>

#include "tests/session/tls_town.hpp"

#include <algorithm>
#include <array>

namespace koi::test {

namespace {

/// Passes one connection on and keeps what both sides said.
class wiretap {
 public:
  explicit wiretap(tcp::endpoint to) : to_(to) {}

  /// What the caller said, and what the called, when both have left.
  std::array<std::vector<std::byte>, 2> take() {
    listening_.get();
    return std::move(said_);
  }

  std::uint16_t port() const { return door_.local_endpoint().port(); }

 private:
  void pump(tcp::socket& from, tcp::socket& into, std::vector<std::byte>& kept) {
    std::vector<std::byte> some(64 << 10);
    boost::system::error_code ec, gone;
    while (auto const n = from.read_some(asio::buffer(some), ec)) {
      kept.insert(kept.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(n));
      asio::write(into, asio::buffer(some.data(), n), gone);
    }
    into.shutdown(tcp::socket::shutdown_send, gone);
  }

  asio::io_context io_;
  std::array<std::vector<std::byte>, 2> said_;
  tcp::endpoint to_;
  tcp::acceptor door_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::future<void> listening_ = in_thread([this] {
    tcp::socket caller{io_}, called{io_};
    door_.accept(caller);
    boost::system::error_code ec;
    do {
      called.close(ec);
      called.connect(to_, ec);
    } while (ec);
    auto back = in_thread([&] { pump(called, caller, said_[1]); });
    pump(caller, called, said_[0]);
    back.get();
  });
};

/// Whether all bytes are whole TLS records: type, version, length, content.
bool only_records(std::vector<std::byte> const& bytes) {
  std::size_t at = 0;
  while (at + 5 <= bytes.size()) {
    auto const type = std::to_integer<int>(bytes[at]);
    auto const length = 256 * std::to_integer<std::size_t>(bytes[at + 3]) + std::to_integer<std::size_t>(bytes[at + 4]);
    if (type < 20 || type > 23 || bytes[at + 1] != std::byte{3} || length > (16 << 10) + 256) return false;
    at += 5 + length;
  }
  return at == bytes.size() && at != 0;
}

bool holds(std::vector<std::byte> const& bytes, const_byte_span planted) {
  return std::search(bytes.begin(), bytes.end(), planted.begin(), planted.end()) != bytes.end();
}

/// Two players who pass a message of a planted pattern each way, and what the wire between them saw.
std::array<std::vector<std::byte>, 2> overheard(tls_town const& t, std::string const& settings,
                                                const_byte_span planted) {
  wiretap tap{t.where[0]};
  auto const file = (t.folder.path / "config.json").string();
  auto const here = t.configured(settings);
  auto const there = cluster::parse(
      "{" + settings + R"("server0":"127.0.0.1:)" + std::to_string(tap.port()) + R"(","server1":"127.0.0.1:1"})", file);
  auto const run = [&planted](connected_players c, std::size_t peer) {
    std::vector<std::byte> message;
    for (int i = 0; i < 1000; ++i) message.insert(message.end(), planted.begin(), planted.end());
    c.network.send(peer, tag_of(1, "planted"), message);
    std::vector<std::byte> got(message.size());
    c.network.recv(peer, tag_of(1, "planted"), got, patience);
    CHECK(got == message);
    c.network.close();
  };
  auto first = in_thread([&] { run(meet_in(here, 0), 1); });
  run(meet_in(there, 1), 0);
  first.get();
  return tap.take();
}

}  // namespace

TEST_CASE("a capture of the wire shows TLS records only") {
  tls_town t{{"server0", "server1"}};
  auto const planted = pattern(48, 7);
  for (auto const& said : overheard(t, "", planted)) {
    CHECK(said.size() > 48'000);
    CHECK(only_records(said));
    CHECK_FALSE(holds(said, planted));
    CHECK_FALSE(holds(said, bytes_of("koi1", 4)));
    CHECK_FALSE(holds(said, bytes_of("mnist", 5)));  // the program's name, from the hello
  }
  // the same ears find it on a plain link
  tls_town p{{"server0", "server1"}};
  for (auto const& said : overheard(p, R"("transport":"plain",)", planted)) {
    CHECK_FALSE(only_records(said));
    CHECK(holds(said, planted));
    CHECK(holds(said, bytes_of("mnist", 5)));
  }
}

TEST_CASE("players with keys meet over TLS, in any order") {
  std::vector<std::size_t> order{0, 1, 2};
  do {
    tls_town t{{"server0", "server1", "helper"}};
    std::vector<std::future<connected_players>> meeting(3);
    for (auto const me : order) meeting[me] = in_thread([&t, me] { return meet_in(t.players, me); });
    std::vector<connected_players> all;
    for (auto& m : meeting) all.push_back(m.get());
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b)
        CHECK(all[a].contributions[b] == (a == b ? seed_contribution{} : given(b, a)));
    talk(all);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("callers that are no players disturb nobody at a TLS door") {
  tls_town t{{"server0", "server1"}};
  auto options = quick();
  std::function<void(tcp::socket&)> act;
  SUBCASE("a probe") {
    act = [](tcp::socket& s) { s.shutdown(tcp::socket::shutdown_both); };
  }
  SUBCASE("garbage") {
    act = [](tcp::socket& s) {
      boost::system::error_code hung_up;
      asio::write(s, asio::buffer(pattern(1 << 20, 1)), hung_up);
    };
  }
  SUBCASE("a record that is cut") {
    options.hello_wait = 20ms;
    act = [](tcp::socket& s) { asio::write(s, asio::buffer(std::string("\x16\x03\x01\x02\x00\x01", 6))); };
  }
  SUBCASE("a caller that says nothing") {
    options.hello_wait = 20ms;
    act = [](tcp::socket&) {};
  }
  SUBCASE("a web browser") {
    act = [](tcp::socket& s) { asio::write(s, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: server0\r\n\r\n"))); };
  }
  auto first = in_thread([&] { return meet_in(t.players, 0, options); });
  auto caller = t.call(0);
  act(caller);
  read_to_end(caller);
  auto second = in_thread([&] { return meet_in(t.players, 1); });
  std::vector<connected_players> all;
  all.push_back(first.get());
  all.push_back(second.get());
  CHECK(all[0].dropped == 1);
  talk(all);
}

TEST_CASE("a player that gives up is heard over TLS by those who still wait") {
  tls_town t{{"server0", "server1", "server2"}};
  watched w{"server1 is waiting for server2"};
  auto first = in_thread([&] { return thrown<peer_aborted>([&] { meet_in(t.players, 0); }); });
  auto second = in_thread([&] { return thrown<hello_mismatch>([&] { meet_in(t.players, 1, w.options); }); });
  w.waiting.get();  // so server0 is there
  by_hand third{t.where[1]};
  REQUIRE(third.shake(credentials::load(t.players.keys_of("server2")), detail::tls_end::calling));
  auto wrong = hello_from(t, 2, 1);
  wrong.program = "other";
  third.say(wrong);
  CHECK(contains(third.hear()->second, "do not agree on the program"));
  third.leave();
  CHECK(contains(second.get(), "server1 and server2 do not agree on the program"));
  CHECK(contains(first.get(), "server1 stopped: server1 and server2 do not agree on the program"));
}

TEST_CASE("without keys and without a word about it, links on this machine are plain, and that is said") {
  town t{{"server0", "server1"}};
  listening l;
  auto first = in_thread([&] { return meet(t, 0, l.options); });
  std::vector<connected_players> all;
  all.push_back(meet(t, 1));
  all.push_back(first.get());
  CHECK(contains(l.text(), "server0 speaks plain TCP, on this machine only"));
  CHECK(contains(l.text(), "koi keys"));
}

TEST_CASE("keys that cannot be looked at are not keys that are missing") {
  namespace fs = std::filesystem;
  scratch_folder s;
  auto const players = cluster::parse(R"({"server0":"127.0.0.1:1","server1":"127.0.0.1:2"})", (s.path / "c").string());
  auto const begin = [&players] { detail::link_security(players, "server0", [](std::string const&) {}); };
  begin();  // no folder: plain
  SUBCASE("no folder on the way") { std::ofstream{s.path / "keys"} << "no folder"; }
  SUBCASE("links in a circle") { fs::create_directory_symlink("keys", s.path / "keys"); }
  auto const text = thrown<bad_option>(begin);
  CHECK(contains(text, (s.path / "keys" / "server0").string() + " (the player's keys) cannot be looked at: "));
  CHECK(contains(text, "\"transport\": \"plain\""));
}

TEST_CASE("a player's keys that lie elsewhere now are missing, not absent by intention") {
  scratch_folder s;
  std::filesystem::create_directory(s.path / "keys");
  std::filesystem::create_directory_symlink("gone", s.path / "keys" / "server0");
  auto const players = cluster::parse(R"({"server0":"127.0.0.1:1","server1":"127.0.0.1:2"})", (s.path / "c").string());
  CHECK(contains(thrown<bad_option>([&] { detail::link_security(players, "server0", [](std::string const&) {}); }),
                 "is missing"));
}

TEST_CASE("TLS that is asked for needs keys") {
  town t{{"server0", "server1"}};
  t.players = cluster::parse(R"({"transport":"tls",)" + t.json.substr(1), "/nowhere/config.json");
  auto const text = thrown<bad_option>([&] { meet(t, 0); });
  CHECK(contains(text, "/nowhere/keys/server0/authority.crt"));
  CHECK(contains(text, "koi keys"));
}

TEST_CASE("with keys, links may leave the machine") {
  tls_town t{{"server0", "server1"}};
  auto const far = cluster::parse(R"({"server0":"192.0.2.1:4440","server1":"127.0.0.1:4441"})",
                                  (t.folder.path / "config.json").string());
  auto options = quick();
  options.connect_wait = 20ms;
  CHECK(contains(thrown<channel_timeout>([&] { meet_in(far, 1, options); }), "server0 at 192.0.2.1:4440"));
}

TEST_CASE("a certificate that ends soon is announced at both ends") {
  tls_town t{{"server0", "server1"}};
  (void)t.authority.write(t.folder.path / "keys", "server1", -1h, 24h * 10 + 1h);
  listening here, there;
  auto first = in_thread([&] { return meet_in(t.players, 0, here.options); });
  (void)meet_in(t.players, 1, there.options);
  (void)first.get();
  CHECK(contains(here.text(), "warning: the certificate of server1 expires on"));
  CHECK(contains(here.text(), "in 10 days"));
  CHECK(contains(there.text(), "warning: this player's certificate (server1) expires on"));
  CHECK(here.text().find("server0") == std::string::npos);
}

TEST_CASE("a player may listen elsewhere than others call it, and be pinned") {
  tls_town t{{"server0", "server1"}};
  auto const pin = credentials::load(t.players.keys_of("server0")).self().fingerprint;
  auto const here = cluster::parse(R"({"players":{"server0":{"address":"192.0.2.1:1","listen":")" +
                                       to_string(t.players.endpoint("server0")) + R"("},"server1":"127.0.0.1:2"}})",
                                   (t.folder.path / "config.json").string());
  auto first = in_thread([&] { return meet_in(here, 0); });
  std::vector<connected_players> all;
  all.push_back(meet_in(t.pinned(0, pin), 1));
  all.insert(all.begin(), first.get());
  talk(all);
}

}  // namespace koi::test
