// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/doctor.hpp>

#include "tests/serve/examined.hpp"

namespace koi::test {

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
  CHECK(contains(r.text, "ok     server1 and server0: versions: both speak version "));
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
  serve::server_description d;
  d.up = 1;
  d.ring_bits = 64;
  d.frac_bits = 16;
  d.max_samples = 64;
  d.clock = clock_reading();
  d.protocol = "pond<ring64,16>";
  d.models = {{{"lenet", 1}, true, "", {1}, {1}}};
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

TEST_CASE("doctor: what answers an inquiry may be anything") {
  town t{{"server0", "server1"}};
  auto const good = framed(frame_kind::inquiry, encode_hello(hello_from(t, 0, 1)));
  std::vector<std::byte> answer;
  std::string due;
  SUBCASE("nothing") { due = "it gave no answer"; }
  SUBCASE("a header that is cut") {
    answer.assign(good.begin(), good.begin() + 20);
    due = "it gave no answer";
  }
  SUBCASE("an answer that is cut") {
    answer.assign(good.begin(), good.end() - 1);
    due = "its answer is cut";
  }
  SUBCASE("too long") {
    answer = framed(frame_kind::inquiry, {});
    answer[15] = std::byte{0x10};
    due = "at most 16384 are allowed";
  }
  SUBCASE("too little in it") {
    answer = framed(frame_kind::inquiry, {});
    due = "is cut";
  }
  SUBCASE("too much in it") {
    answer = good;
    answer[8] = std::byte{static_cast<unsigned char>(std::to_integer<unsigned>(answer[8]) + 1)};
    answer.push_back({});
    due = "is too long";
  }
  SUBCASE("a hello, which might be one of a meeting") {
    answer = framed(frame_kind::hello, encode_hello(hello_from(t, 0, 1)));
    due = "it sent a hello where an answer was due";
  }
  SUBCASE("data") {
    answer = framed(frame_kind::data, {});
    due = "it sent data where an answer was due";
  }
  SUBCASE("no") {
    std::string const why = "server0 tells players alone\x1b";
    answer = framed(frame_kind::abort, bytes_of(why.data(), why.size()));
    due = "does not say what it is like: server0 tells players alone?.";
  }
  SUBCASE("noise") {
    answer.assign(4096, std::byte{'x'});
    due = "no koi frame";
  }
  somebody const other(t.where[0], [&](tcp::socket& s) {
    s.set_option(tcp::no_delay(true));
    reply(s, answer);
  });
  auto const r = examined(t.players, "server1", {}, 300ms);
  CHECK(contains(r.text, "look   server1 and server0: versions: server0 does not say what it is like: "));
  CHECK(contains(r.text, due));
  CHECK(r.broken == 0);
}

TEST_CASE("doctor: texts of whoever answers an inquiry are printable, and clocks at the end of time no trouble") {
  town t{{"server0", "server1"}};
  auto h = hello_from(t, 0, 1);
  h.protocol = "pond\x1b[2J";
  h.program = "\r\nroot";
  h.players = {"server0\x07", std::string(500, 'x')};
  std::string due = " s behind this player's";
  SUBCASE("the beginning") {}
  SUBCASE("the end") {
    h.clock = std::chrono::nanoseconds((std::int64_t{1} << 62) - 1);
    due = " s ahead of this player's";
  }
  somebody const other(t.where[0], [&](tcp::socket& s) { reply(s, framed(frame_kind::inquiry, encode_hello(h))); });
  serve::doctor_options o;
  o.program = "koi prediction service";
  auto const r = examined(t.players, "server1", o);
  CHECK(contains(r.text, "protocol: server0 computes with pond?[2J"));
  CHECK(contains(r.text, "program: server0 runs '??root', and not 'koi prediction service'"));
  CHECK(contains(r.text, "players: server0 expects server0?, xxx"));
  CHECK(contains(r.text, due));
  CHECK(r.broken == 3);
}

}  // namespace koi::test
