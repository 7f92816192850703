// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/doctor.hpp>

#include "tests/session/tls_town.hpp"

namespace serve = koi::serve;

namespace koi::test {

namespace {

/// Everything that a doctor found, a line each.
struct report {
  std::string text;
  std::size_t broken = 0;
};
report examined(cluster const& players, std::string const& me, serve::doctor_options options = {},
                std::chrono::milliseconds wait = patience) {
  options.wait = wait;
  report out;
  std::size_t lines = 0;
  options.each = [&lines](auto const&) { ++lines; };
  auto const all = serve::doctor(players, me, std::move(options)).examine();
  CHECK(lines == all.size());
  for (auto const& f : all) {
    out.text += to_string(f) + "\n";
    out.broken += f.is == serve::verdict::broken ? 1 : 0;
  }
  return out;
}

/// A port at which something else than a player answers: each caller once, in a thread.
struct somebody {
  asio::io_context io;
  tcp::acceptor door{io};
  std::jthread running;

  template <class F>
  somebody(tcp::endpoint const& at, F talk) {
    door.open(at.protocol());
    door.set_option(asio::socket_base::reuse_address(true));
    door.bind(at);
    door.listen();
    running = std::jthread([this, talk](std::stop_token const& stop) {
      for (;;) {
        tcp::socket s(io);
        boost::system::error_code ec;
        door.accept(s, ec);
        if (ec || stop.stop_requested()) return;
        try {
          talk(s);
        } catch (std::exception const&) {  // the caller has left
        }
      }
    });
  }
  ~somebody() {
    running.request_stop();
    asio::io_context other;
    tcp::socket last(other);
    boost::system::error_code ignored;
    last.connect(door.local_endpoint(), ignored);
    running.join();
  }
};

/// What a server says to a client that asks for its models.
void describe(tcp::socket& to, serve::server_description const& d) {
  std::array<std::byte, serve::message_header_size> head;
  asio::read(to, asio::buffer(head));
  if (std::to_integer<char>(head[0]) == 'k')
    asio::write(to, asio::buffer(serve::encode(d)));
  else
    asio::write(to, asio::buffer(serve::encode_refusal({}, serve::refusal::bad_request, "no message of koi")));
  read_to_end(to);
}

endpoint at(tcp::endpoint const& e) { return {e.address().to_string(), e.port()}; }

}  // namespace

TEST_CASE("doctor: a player that waits is found well, and goes on waiting") {
  tls_town t{{"server0", "server1"}};
  auto first = in_thread([&] { return meet_in(t.players, 0); });
  t.call(0).close();  // it listens
  auto const r = examined(t.players, "server1");
  CHECK(contains(r.text, "ok     server1: keys: sha256:"));
  CHECK(contains(r.text, "ok     server1: clock: this machine's clock says"));
  CHECK(contains(r.text, "ok     server1 and server0: name: 127.0.0.1 is 127.0.0.1"));
  CHECK(contains(r.text, "ok     server1 and server0: route: "));
  CHECK(contains(r.text, " has proven to be server0; its certificate is valid until"));
  CHECK(r.broken == 0);
  std::vector<connected_players> all;
  all.push_back(meet_in(t.players, 1));
  all.insert(all.begin(), first.get());
  talk(all);
}

TEST_CASE("doctor: the one that is called looks at its own port") {
  tls_town t{{"server0", "server1"}};
  serve::doctor_options o;
  SUBCASE("free") {
    auto const r = examined(t.players, "server0");
    CHECK(contains(r.text, "ok     server0: port for players: " + to_string(at(t.where[0])) + " is free"));
    CHECK(contains(r.text, "ok     server0 and server1: port: server1 is the one that calls"));
    CHECK(r.broken == 0);
  }
  SUBCASE("used by another program") {
    somebody const other(t.where[0], [](tcp::socket& s) { asio::write(s, asio::buffer(std::string("220 mail\r\n"))); });
    auto const r = examined(t.players, "server0");
    CHECK(contains(r.text, "BROKEN server0: port for players: " + to_string(at(t.where[0])) + " is in use by another program"));
    CHECK(r.broken == 1);
  }
  SUBCASE("used by this player") {
    auto running = in_thread([&] { return meet_in(t.players, 0); });
    t.call(0).close();
    CHECK(contains(examined(t.players, "server0").text, "this player runs already, and listens there"));
    auto const two = meet_in(t.players, 1);
    (void)running.get();
  }
  SUBCASE("not of this machine") {
    o.clients = {{"server0", {"192.0.2.1", 5440}}};
    auto const r = examined(t.players, "server0", o, 50ms);
    CHECK(contains(r.text, "BROKEN server0: port for clients: 192.0.2.1:5440: cannot be listened on"));
  }
}

TEST_CASE("doctor: own keys and the own folder") {
  tls_town t{{"server0", "server1"}};
  serve::doctor_options o;
  SUBCASE("keys that others may read") {
    std::filesystem::permissions(t.players.keys_of("server0").key, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    CHECK(contains(examined(t.players, "server0").text, "can be read or written by others than its owner. Run chmod 600"));
  }
  SUBCASE("expired keys") {
    (void)t.authority.write(t.folder.path / "keys", "server0", -48h, -24h);
    CHECK(contains(examined(t.players, "server0").text, "BROKEN server0: keys: "));
    CHECK(contains(examined(t.players, "server0").text, "expired on"));
  }
  SUBCASE("keys that are not the pinned ones") {
    auto const r = examined(t.pinned(0, "sha256:" + std::string(64, '0')), "server0");
    CHECK(contains(r.text, "BROKEN server0: keys: the configuration pins sha256:0000"));
  }
  SUBCASE("keys that end soon") {
    (void)t.authority.write(t.folder.path / "keys", "server0", -1h, 24h * 5);
    auto const r = examined(t.players, "server0");
    CHECK(contains(r.text, "look   server0: keys: warning: this player's certificate (server0) expires on"));
    CHECK(r.broken == 0);
  }
  SUBCASE("a folder that can be made") {
    o.data = t.folder.path / "models" / "server0";
    auto const r = examined(t.players, "server0", o);
    CHECK(contains(r.text, "ok     server0: folder: " + o.data->string() + " can be made"));
    CHECK_FALSE(std::filesystem::exists(t.folder.path / "models"));
  }
  SUBCASE("a folder that cannot be made") {
    o.data = t.players.keys_of("server0").certificate / "models";
    CHECK(contains(examined(t.players, "server0", o).text, "BROKEN server0: folder: "));
  }
}

TEST_CASE("doctor: a link that is broken before TLS is named, with the cause") {
  tls_town t{{"server0", "server1"}};
  auto const port = std::to_string(t.where[0].port());
  auto const configured = [&](std::string const& address) {
    auto const keys = (t.folder.path / "config.json").string();
    return cluster::parse(R"({"players":{"server0":")" + address + R"(","server1":"127.0.0.1:4441"}})", keys);
  };
  SUBCASE("no such name") {
    auto const r = examined(configured("no-such-host.invalid:4440"), "server1", {}, 200ms);
    CHECK(contains(r.text, "BROKEN server1 and server0: name: no-such-host.invalid is not found: "));
    CHECK(r.broken == 1);
  }
  SUBCASE("nobody there") {
    auto const r = examined(t.players, "server1", {}, 50ms);
    CHECK(contains(r.text, "BROKEN server1 and server0: port: nobody listens at 127.0.0.1:" + port));
    CHECK(r.broken == 1);
  }
  SUBCASE("another program") {
    somebody const other(t.where[0], [](tcp::socket& s) { asio::write(s, asio::buffer(std::string("220 mail\r\n"))); });
    CHECK(contains(examined(t.players, "server1").text, "BROKEN server1 and server0: port: 127.0.0.1:" + port + " is no player of koi"));
  }
  SUBCASE("silence") {
    somebody const other(t.where[0], [](tcp::socket& s) { read_to_end(s); });
    CHECK(contains(examined(t.players, "server1", {}, 100ms).text, "takes connections and says nothing within 100 ms"));
  }
  SUBCASE("another machine without keys") {
    std::filesystem::remove_all(t.folder.path / "keys" / "server1");
    auto const r = examined(configured("192.0.2.1:4440"), "server1", {}, 50ms);
    CHECK(contains(r.text, "BROKEN server1 and server0: keys: server0 is at 192.0.2.1, and links to other machines need TLS"));
  }
  SUBCASE("no way there") {
    CHECK(contains(examined(configured("255.255.255.255:4440"), "server1", {}, 50ms).text, "BROKEN server1 and server0: route: "));
  }
}

TEST_CASE("doctor: one speaks plain TCP and the other TLS") {
  tls_town t{{"server0", "server1"}};
  auto const plain = t.configured(R"("transport":"plain",)");
  auto const meets = [&](cluster const& of_server0, cluster const& of_server1, std::string const& due, std::size_t broken) {
    auto waiting = in_thread([&] { return meet_in(of_server0, 0); });
    t.call(0).close();
    auto const r = examined(of_server1, "server1");
    CHECK(contains(r.text, due));
    CHECK(r.broken == broken);
    auto const two = meet_in(of_server0, 1);
    (void)waiting.get();
  };
  SUBCASE("the other one plain") {
    meets(plain, t.players, "BROKEN server1 and server0: transport: server0 speaks plain TCP, and server1 TLS", 1);
  }
  SUBCASE("the other one TLS") {
    meets(t.players, plain, "BROKEN server1 and server0: transport: server0 speaks TLS, and server1 plain TCP", 1);
  }
  SUBCASE("both plain") { meets(plain, plain, " speaks koi over plain TCP", 0); }
}

TEST_CASE("doctor: a peer whose certificate, name or key is wrong, and one that refuses this player's") {
  tls_town t{{"server0", "server1"}};
  auto const folder = t.folder.path / "others";
  test_authority const other{"other-authority"};
  cluster players = t.players;
  std::optional<credentials> shown;
  std::string due;
  SUBCASE("expired") {
    shown = credentials::load(t.authority.write(folder, "server0", -48h, -24h));
    due = "its certificate ('server0') expired on";
  }
  SUBCASE("not valid yet: a clock") {
    shown = credentials::load(t.authority.write(folder, "server0", 24h, 48h));
    due = "One of the two clocks is wrong";
  }
  SUBCASE("another authority") {
    shown = credentials::load(other.write(folder, "server0"));
    due = "was signed by another authority ('other-authority')";
  }
  SUBCASE("another player") {
    shown = credentials::load(t.authority.write(folder, "helper"));
    due = "BROKEN server1 and server0: identity: ";
  }
  SUBCASE("another key") {
    shown = credentials::load(t.authority.write(folder, "server0"));
    players = t.pinned(0, "sha256:" + std::string(64, '0'));
    due = "is not the one that the configuration of server1 pins";
  }
  SUBCASE("it refuses this player's") {
    // its own certificate is of the right authority, and it trusts another
    auto files = t.authority.write(folder, "server0");
    write_private(files.authority, detail::to_pem(other.certificate.get()));
    shown = credentials::load(files);
    due = "it refuses this player's certificate, because it trusts another authority";
  }
  auto answering = in_thread([&] {
    by_hand peer(t, 0);
    (void)peer.shake(*shown, detail::tls_end::called);
    peer.leave();
    return 0;
  });
  auto const r = examined(players, "server1");
  answering.get();
  CHECK(contains(r.text, due));
  CHECK(r.broken == 1);
}

TEST_CASE("doctor: what a server says to clients") {
  town t{{"server0", "server1", "helper"}};
  serve::server_description d{0, 1, 64, 16, 64, "pond<ring64,16>", "", {{{"lenet", 1}, true, "", {1}, {1}}}};
  serve::doctor_options o;
  o.protocol = "pond";
  town doors{{"server0", "server1"}};
  for (std::size_t p = 0; p < 2; ++p) o.clients[doors.players.players()[p]] = at(doors.where[p]);
  auto second = d;
  second.index = 1;
  std::string due;
  std::size_t broken = 0;
  SUBCASE("all is well, though the players' ports are closed") { due = "ok     server0 and server1: models: both have the same 1"; }
  SUBCASE("somebody is away") {
    second.up = 0;
    second.note = "server0 is away";
    broken = 1;  // its port is closed for no good reason
    due = "look   helper and server1: door for clients: server1 waits for others: server0 is away";
  }
  SUBCASE("another protocol") {
    second.protocol = "securenn<ring64,16>";
    broken = 1;
    due = "BROKEN helper and server1: protocol: server1 computes with securenn<ring64,16>, and this player's configuration says pond";
  }
  SUBCASE("a model is at one of the two alone") {
    second.models[0].ready = false;
    broken = 1;
    due = "BROKEN server0 and server1: models: server0 has lenet:1, and server1 has not";
  }
  somebody const one(doors.where[0], [&](tcp::socket& s) { describe(s, d); });
  somebody const two(doors.where[1], [&](tcp::socket& s) { describe(s, second); });
  auto const r = examined(t.players, "helper", o, 500ms);
  CHECK(contains(r.text, due));
  INFO(r.text);
  CHECK(r.broken == broken);
}

}  // namespace koi::test
