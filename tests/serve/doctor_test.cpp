// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/doctor.hpp>

#include "tests/serve/examined.hpp"

#include <koi/serve/front.hpp>
#include <koi/serve/secure_door.hpp>
#include <koi/serve/settings_digest.hpp>

namespace koi::test {

namespace {

/// server0 waits, and server1 looks: what its doctor says, before they meet undisturbed where `meets`.
report of_waiting(tls_town const& t, hello const& running, serve::doctor_options const& options = {}) {
  std::vector<seed_contribution> const mine(t.players.players().size());
  auto o = quick();
  o.connect_wait = patience;
  std::promise<void> seen;
  auto waiting = in_thread([&] { return connect(t.players, "server0", running, mine, later_calls, o); });
  auto const r = examined(t.players, "server1", options);
  auto const other = connect(t.players, "server1", running, mine, later_calls, o);
  CHECK(waiting.get().dropped <= 1);
  return r;
}

/// A server's side towards clients, over TLS, without a server behind it.
struct lonely_door {
  lonely_door(tls_town const& t, std::string const& name, std::vector<serve::model_id> const& has,
              serve::policy rules = serve::policy())
      : models(counts),
        front(io, "127.0.0.1", 0,
              {name == "server1" ? 1u : 0u, "pond<ring64,16>", 64, 16, 0x1234, {"crypto-producer", "server2"}}, {},
              std::move(rules), requests, models, counts, serve::secure_door(t.players, name, {})) {
    for (auto const& m : has) models.set({m, true, "", {1}, {1}});
    requests.open();
    running = std::jthread([this] { io.run(); });
  }
  ~lonely_door() {
    asio::post(io, [this] { front.stop(true); });
    running.join();
  }
  [[nodiscard]] endpoint where() const { return {"127.0.0.1", front.port()}; }

  serve::metrics counts;
  serve::desk requests{{}, counts};
  serve::catalog models;
  asio::io_context io{1};
  serve::front<serve::secure_door> front;
  std::jthread running;
};

/// Everybody may use, load and remove everything.
serve::policy open_to_all() { return serve::policy({{"*", {{"*"}, {"*"}, {"*"}, {{"*", serve::reveals::scores}}}}}); }

}  // namespace

TEST_CASE("doctor: a player that waits tells what players must have in common") {
  tls_town t{{"server0", "server1"}};
  auto running = ours;
  running.config = 0x1234;
  serve::doctor_options o;
  o.protocol = "pond";
  o.ring_bits = 64;
  o.frac_bits = 16;
  o.program = "mnist";
  o.config = 0x1234;
  o.settings = "\"protocol\" and \"batching\"";
  std::string due;
  std::size_t broken = 1;
  SUBCASE("all is well") {
    due = "ok     server1 and server0: settings: both have the same (digest 0000000000001234)";
    broken = 0;
  }
  SUBCASE("another protocol") {
    o.protocol = "securenn";
    due = "BROKEN server1 and server0: protocol: server0 computes with pond<ring64,16,assisted>, and this player's "
          "configuration says securenn";
  }
  SUBCASE("other numbers") {
    o.frac_bits = 20;
    due = "BROKEN server1 and server0: protocol: server0 computes with 64 bits, 16 of them for fractions, and server1 "
          "with 64 and 20";
  }
  SUBCASE("another program") {
    o.program = "koi prediction service";
    due = "BROKEN server1 and server0: program: server0 runs 'mnist', and not 'koi prediction service'";
  }
  SUBCASE("another configuration") {
    o.config = 0x4321;
    due = "BROKEN server1 and server0: settings: server0 has others (digest 0000000000001234) than this player's "
          "configuration (0000000000004321): \"protocol\" and \"batching\" must be the same in both files";
  }
  auto const r = of_waiting(t, running, o);
  INFO(r.text);
  CHECK(contains(r.text, due));
  CHECK(contains(r.text, "ok     server1 and server0: versions: both speak version "));
  CHECK(contains(r.text, "ok     server1 and server0: players: both have the same"));
  CHECK(contains(r.text, "ok     server1 and server0: clocks: the clock of server0 is "));
  CHECK(r.broken == broken);
}

TEST_CASE("doctor: another version, and other players") {
  town t{{"server0", "server1", "helper"}};
  auto h = hello_from(t, 0, 1);
  h.clock = clock_reading();
  std::string due;
  SUBCASE("a version of which nothing more is known") {
    h.version = wire_version + 1;
    due = fmt::format("BROKEN server1 and server0: versions: server0 speaks version {} of the players' messages, and server1 "
                      "version {}: they cannot meet. Install the same release of koi on both machines",
                      wire_version + 1, wire_version);
  }
  SUBCASE("other players") {
    h.players = {"server0", "server1", "crypto-producer"};
    due = "BROKEN server1 and server0: players: server0 expects server0, server1, crypto-producer, and this player's "
          "configuration has server0, server1, helper, in this order";
  }
  SUBCASE("this one is none of them") {
    h.players = {"server0", "helper"};
    due = "BROKEN server1 and server0: players: server0 expects server0, helper, ";
  }
  SUBCASE("another order") {
    h.players = {"server1", "server0", "helper"};
    due = "BROKEN server1 and server0: players: ";
  }
  somebody const other(t.where[0], [&](tcp::socket& s) { reply(s, framed(frame_kind::inquiry, encode_hello(h))); });
  auto const r = examined(t.players, "server1");
  INFO(r.text);
  CHECK(contains(r.text, due));
  CHECK(r.broken == 1);
}

TEST_CASE("doctor: clocks that are apart have a line of their own, at the players' port and at the clients'") {
  tls_town t{{"server0", "server1"}};
  std::chrono::seconds ours_is{};
  std::string due, way;
  std::size_t broken = 0;
  SUBCASE("hardly") {
    ours_is = 3s;
    due = "ok     server1 and server0: clocks: the clock of server0 is ";
    way = " s behind this player's\n";
  }
  SUBCASE("by seconds") {
    ours_is = 100s;
    due = "look   server1 and server0: clocks: the clock of server0 is ";
    way = " s behind this player's; certificates seem not valid yet, or expired, where a clock is wrong: have both machines "
          "follow time servers (NTP)\n";
  }
  SUBCASE("by minutes") {
    ours_is = -1000s;
    due = "BROKEN server1 and server0: clocks: the clock of server0 is ";
    way = " s ahead of this player's; certificates seem";
    broken = 1;
  }
  serve::doctor_options o;
  o.clock = [ours_is] { return clock_reading() + ours_is; };
  auto const waiting = of_waiting(t, ours, o);
  CHECK(contains(waiting.text, due));
  CHECK(contains(waiting.text, way));
  CHECK(waiting.broken == broken);

  lonely_door const door(t, "server0", {});
  o.clients = {{"server0", door.where()}};
  auto const met = examined(t.players, "server1", o);
  CHECK(contains(met.text, due));
  CHECK(contains(met.text, way));
  CHECK(met.broken == broken);
}

TEST_CASE("doctor: a server's door tells version and settings when the players' port is closed") {
  tls_town t{{"server0", "server1"}};
  lonely_door const door(t, "server0", {});
  serve::doctor_options o;
  o.clients = {{"server0", door.where()}};
  o.config = 0x1234;
  auto const well = examined(t.players, "server1", o);
  CHECK(contains(well.text, "is closed, as it is once all players have met"));
  CHECK(contains(well.text, "ok     server1 and server0: versions: both speak version "));
  CHECK(contains(well.text, "ok     server1 and server0: settings: both have the same"));
  CHECK(well.broken == 0);
  o.config = 0x4321;
  CHECK(contains(examined(t.players, "server1", o).text, "BROKEN server1 and server0: settings: server0 has others"));
}

TEST_CASE("doctor: of a player without a door the servers know that it has met the others") {
  tls_town t{{"server0", "server1", "server2"}};
  lonely_door const door(t, "server1", {});
  serve::doctor_options o;
  o.clients = {{"server1", door.where()}};
  CHECK(contains(examined(t.players, "server0", o).text,
                 "ok     server0 and server2: meeting: server1 says that all players have met, which they do only with the "
                 "same versions, protocol and settings"));
}

TEST_CASE("doctor: the other server tells a server of all models, whatever the policy; nobody else, and never the helper") {
  tls_town t{{"server0", "server1", "server2"}};
  std::vector<serve::model_id> const has{{"lenet", 1}, {"secret-name", 2}};
  auto const seen_by = [&](std::string const& who, std::vector<serve::model_id> const& first, serve::policy const& rules) {
    lonely_door const one(t, "server0", first, rules), two(t, "server1", has, rules);
    serve::doctor_options o;
    o.clients = {{"server0", one.where()}, {"server1", two.where()}};
    return examined(t.players, who, o).text;
  };
  auto const nobody = serve::policy();
  SUBCASE("hidden by the policy") {
    CHECK(contains(seen_by("server0", has, nobody), "ok     server0 and server1: models: both have the same 2\n"));
    CHECK(contains(seen_by("server1", {has[0]}, nobody),
                   "BROKEN server0 and server1: models: server1 has secret-name:2, and server0 has not"));
    CHECK(contains(seen_by("server2", {has[0]}, nobody), "models: none that server2 may see\n"));
  }
  SUBCASE("open to everybody") {
    auto const text = seen_by("server2", {has[0]}, open_to_all());
    CHECK(contains(text, "models: none that server2 may see\n"));
    CHECK(text.find("secret-name") == std::string::npos);
    CHECK(text.find("lenet") == std::string::npos);
  }
  SUBCASE("both have none") {
    lonely_door const one(t, "server0", {}), two(t, "server1", {});
    serve::doctor_options o;
    o.clients = {{"server0", one.where()}, {"server1", two.where()}};
    CHECK(contains(examined(t.players, "server1", o).text, "models: both have none\n"));
  }
}

TEST_CASE("doctor: models are not compared where this server does not run") {
  tls_town t{{"server0", "server1"}};
  lonely_door const other(t, "server0", {{"lenet", 1}});
  town free{{"server1"}};
  serve::doctor_options o;
  o.clients = {{"server0", other.where()}, {"server1", at(free.where[0])}};
  CHECK(contains(examined(t.players, "server1", o).text,
                 "look   server0 and server1: models: not compared, since server1 does not run"));
}

TEST_CASE("doctor: the digest of a group's settings changes with each of them that players have in common") {
  auto const group = [](std::string const& more) {
    return serve::settings_digest(serve::parse_group(
        R"({"players":{"server0":"127.0.0.1:4440","server1":"127.0.0.1:4441","server2":"127.0.0.1:4442"},)"
        R"("clients":{"server0":"127.0.0.1:5440","server1":"127.0.0.1:5441"})" + more + "}", "group.json"));
  };
  auto const first = group("");
  for (auto const* same : {R"(,"protocol":"securenn")", R"(,"data":"elsewhere")", R"(,"times":{"connect_ms":9000})",
                           R"(,"limits":{"connections":7})"})
    CHECK(group(same) == first);
  for (auto const* other : {R"(,"protocol":"pond")", R"(,"batching":{"samples":32})", R"(,"batching":{"wait_ms":9})",
                            R"(,"limits":{"stock_mib":7})", R"(,"times":{"tick_ms":100})", R"(,"times":{"lost_after_ms":1001})",
                            R"(,"times":{"step_ms":9999})"})
    CHECK(group(other) != first);
}

}  // namespace koi::test
