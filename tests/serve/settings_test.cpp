// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/settings.hpp>

#include <koi/protocol/pond.hpp>
#include <koi/protocol/securenn.hpp>

#include "tests/io/files.hpp"

#include <doctest/doctest.h>

using namespace koi_tests;
namespace serve = koi::serve;

namespace {

std::string const players = R"("players": {"server0": "127.0.0.1:4440", "server1": "127.0.0.1:4441", "crypto-producer": "127.0.0.1:4442"})";
std::string const clients = R"("clients": {"server0": "127.0.0.1:5440", "server1": "127.0.0.1:5441"})";

serve::group_settings read(std::string const& more = "") {
  return serve::parse_group("{" + players + "," + clients + (more.empty() ? "" : "," + more) + "}", "folder/group.json");
}
serve::group_settings parsed(std::string const& text) { return serve::parse_group(text, "g.json"); }
void refused(std::string const& more, std::string const& part) {
  says(complaint([&] { (void)read(more); }), part);
}

}  // namespace

TEST_CASE("settings: a group's file, with defaults for all that it does not say") {
  auto const plain = read();
  CHECK(plain.protocol == "pond");
  CHECK(plain.data == "folder/models");
  CHECK(plain.clients.at("server1").port == 5441);
  CHECK(!plain.has_policy);
  CHECK(plain.desk.max_samples == 64);

  auto const full = read(R"("protocol": "pond", "data": "/srv/koi", "status": {"crypto-producer": "127.0.0.1:9442"},
    "batching": {"samples": 16, "wait_ms": 7}, "limits": {"requests": 10, "stock_mib": 3}, "times": {"lost_after_ms": 500},
    "policy": {"models": {"lenet": {"use": ["*"], "upload": ["hospital"], "reveal": "label"}}})");
  CHECK(full.data == "/srv/koi");
  CHECK(full.desk.max_samples == 16);
  CHECK(full.desk.batch_wait == std::chrono::milliseconds(7));
  CHECK(full.desk.requests == 10);
  CHECK(full.stock_bytes == std::size_t{3} << 20);
  CHECK(full.lost_after == std::chrono::milliseconds(500));
  CHECK(full.has_policy);
  auto const o = serve::options_of(full, "crypto-producer");
  CHECK(o.status_port == 9442);
  CHECK(o.data == "/srv/koi/crypto-producer");
  says(complaint([&] { (void)serve::options_of(full, "server7"); }), "there is no player 'server7'");
}

TEST_CASE("settings: an unknown key is an error that suggests the right one") {
  refused(R"("protocoll": "pond")", "folder/group.json: unknown key 'protocoll'. Did you mean 'protocol'?");
  refused(R"("batching": {"sample": 3})", "batching: unknown key 'sample'. Did you mean 'samples'?");
  refused(R"("limits": {"conections": 3})", "limits: unknown key 'conections'. Did you mean 'connections'?");
  refused(R"("times": {"tick": 3})", "times: unknown key 'tick'. There are: greet_ms, idle_ms,");
  refused(R"("zebra": 3)", "unknown key 'zebra'. There are: players, protocol, clients,");
  refused(R"("policy": {"models": {"lenet": {"uses": []}}})", "policy: models: lenet: unknown key 'uses'. Did you mean 'use'?");
}

TEST_CASE("settings: a value of another kind is an error that says what is due") {
  refused(R"("protocol": "aby")", "'protocol' must be \"pond\" or \"securenn\"");
  refused(R"("batching": {"samples": 0})", "'samples' must be a whole number from 1 to 65536");
  refused(R"("batching": {"samples": "9"})", "'samples' must be a whole number");
  refused(R"("batching": 3)", "batching: must be an object in braces");
  refused(R"("times": {"tick_ms": -1})", "'tick_ms' must be a whole number");
  refused(R"("policy": {"models": {"lenet": {"use": "*"}}})", "'use' must be a list of names in quotes");
  refused(R"("policy": {"models": {"lenet": {"reveal": "all"}}})", "'reveal' must be \"label\" or \"scores\"");
  refused(R"("policy": {"models": {"lenet": {"reveal": ["scores"]}}})", "'reveal' must be \"label\" or \"scores\"");
  refused(R"("policy": {"models": {"lenet": {"reveal": {"clinic": "all"}}}})", "lenet: 'reveal' must be \"label\" or \"scores\", or one of the two by identity");
  refused(R"("policy": {"models": {"le net": {}}})", "no model can be called so");
  refused(R"("times": {"tick_ms": 600, "lost_after_ms": 601})", "'tick_ms' and 'wait_ms' together must be less");
  refused(R"("policy": "nowhere.json")", "cannot read folder/nowhere.json");
  says(complaint([] { (void)parsed("{" + players + R"(, "clients": {"server0": "127.0.0.1:5440"}})"); }),
       "'clients' must have the addresses of server0 and server1");
  says(complaint([] { (void)parsed("{" + clients + "}"); }), "g.json: 'players' is missing");
  says(complaint([] { (void)parsed("{}"); }), "g.json: 'players' is missing");
  says(complaint([] { (void)parsed("{\n\"players\": }"); }), "g.json: no JSON: line 2");
}

TEST_CASE("settings: a key that belongs inside 'players' is refused with a hint, and so is one that stands there twice") {
  refused(R"("transport": "tls")", "folder/group.json: 'transport' belongs inside 'players'");
  refused(R"("keys": "keys")", "'keys' belongs inside 'players'");
  refused(R"("password_file": "secret")", "'password_file' belongs inside 'players'");
  refused(R"("address": "127.0.0.1:4440")", "'address' belongs inside 'players', to one of them");
  refused(R"("listen": "0.0.0.0:4440")", "'listen' belongs inside 'players', to one of them");
  refused(R"("certificate": "sha256:00")", "'certificate' belongs inside 'players', to one of them");
  refused(R"("data": "a", "data": "b")", "folder/group.json: 'data' stands there twice");
  refused(R"("limits": {"requests": 1, "requests": 2})", "'requests' stands there twice");
  refused(clients, "'clients' stands there twice");
  says(complaint([] { (void)parsed(R"({"players": {"server0": "127.0.0.1:1", "server0": "127.0.0.1:2"}})"); }),
       "g.json: 'server0' stands there twice");
}

TEST_CASE("settings: a file of players alone is a group's, with all defaults") {
  std::string const text = R"({"server0": "10.0.0.1:4440", "server1": {"address": "10.0.0.2:64535", "listen": "0.0.0.0:4441"},
    "crypto-producer": "10.0.0.3:4442", "transport": "plain", "keys": "elsewhere"})";
  auto const flat = serve::parse_group(text, "folder/players.json");
  CHECK(flat.players.players() == std::vector<std::string>{"server0", "server1", "crypto-producer"});
  CHECK(flat.players.plain_transport());
  CHECK(flat.players.keys_folder() == "folder/elsewhere");
  CHECK(flat.players.listen_endpoint("server1") == koi::endpoint{"0.0.0.0", 4441});
  CHECK(flat.clients.at("server0") == koi::endpoint{"10.0.0.1", 5440});
  CHECK(flat.clients.at("server1") == koi::endpoint{"10.0.0.2", 65535});
  CHECK(flat.protocol == "pond");
  CHECK(flat.data == "folder/models");
  CHECK(!flat.has_policy);
  CHECK(flat.rules.objection(serve::task::predict, "clinic", {"lenet", 1}, serve::reveals::label).has_value());
  CHECK(flat.status.empty());

  // As koi's other programs read it.
  scratch_folder const folder("settings");
  auto const file = folder.path() / "players.json";
  std::ofstream(file) << text;
  CHECK(serve::load_group(file).players.players() == koi::cluster::load(file).players());
  says(complaint([] { (void)parsed(R"({"server0": "10.0.0.1:4440", "server1": "10.0.0.2"})"); }), "g.json: '10.0.0.2' of player 'server1'");
  says(complaint([] { (void)parsed(R"({"server0": "10.0.0.1:4440", "crypto-producer": "10.0.0.2:4440"})"); }), "g.json: there is no server1 among the players");
}

TEST_CASE("settings: without 'clients' they call a thousand ports further on") {
  auto const at = [](int port) {
    return parsed(fmt::format(R"({{"players": {{"server0": "h:4440", "server1": "[::1]:{}", "server2": "h:1"}}, "data": "d"}})", port)).clients.at("server1");
  };
  CHECK(at(4441) == koi::endpoint{"::1", 5441});
  CHECK(at(64535) == koi::endpoint{"::1", 65535});
  says(complaint([&] { (void)at(64536); }), "g.json: clients would call server1 at port 64536 + 1000, which is none: say where in 'clients'");
}

TEST_CASE("settings: the helper's name says which protocol, and what is said must fit it") {
  auto const protocol = [](std::string const& helpers, std::string const& said = "") {
    return parsed(R"({"players": {"server0": "h:1", "server1": "h:2")" + helpers + "}" + said + "}").protocol;
  };
  std::string const producer = R"(, "crypto-producer": "h:3")", third = R"(, "server2": "h:4")";
  CHECK(protocol(producer) == "pond");
  CHECK(protocol(R"(, "crypto_producer": "h:3")") == "pond");
  CHECK(protocol(third) == "securenn");
  CHECK(protocol(producer + third) == "pond");
  CHECK(protocol(producer + third, R"(, "protocol": "securenn")") == "securenn");
  CHECK(protocol(third, R"(, "protocol": "pond")") == "pond");  // its producer may be called so
  says(complaint([&] { (void)protocol(producer, R"(, "protocol": "securenn")"); }),
       R"(g.json: 'protocol' is "securenn", whose helper is called server2; the players are server0, server1, crypto-producer, as for "pond")");
  CHECK(serve::detail::helpers_of("pond") == koi::pond<koi::ring64, 16>::helper_names());
  CHECK(serve::detail::helpers_of("securenn") == koi::securenn<koi::ring64, 16>::helper_names());
}

TEST_CASE("policy: by model and identity, and what it does not name is refused") {
  serve::policy const rules({{"lenet", {{"clinic"}, {"hospital"}, {"hospital"}, {}}}, {"*", {{"*"}, {}, {}, {{"*", serve::reveals::scores}}}}});
  auto const objection = [&](serve::task what, std::string const& who, std::string const& model, serve::reveals show = serve::reveals::label) {
    return rules.objection(what, who, {model, 1}, show).value_or("none");
  };
  CHECK(objection(serve::task::predict, "clinic", "lenet") == "none");
  says(objection(serve::task::predict, "hospital", "lenet"), "does not let hospital use lenet");
  says(objection(serve::task::predict, "", "lenet"), "callers without an identity");
  says(objection(serve::task::predict, "clinic", "lenet", serve::reveals::scores), "reveals the label of lenet alone");
  CHECK(objection(serve::task::upload, "hospital", "lenet") == "none");
  says(objection(serve::task::upload, "clinic", "lenet"), "does not let clinic upload lenet");
  CHECK(objection(serve::task::predict, "", "other", serve::reveals::scores) == "none");
  says(objection(serve::task::remove, "hospital", "other"), "does not let hospital remove other");
  CHECK(rules.may_upload("hospital"));
  CHECK(!rules.may_upload("clinic"));
  CHECK(!rules.may_upload(""));
  CHECK(rules.may_see("hospital", {"lenet", 1}));
  CHECK(!rules.may_see("somebody", {"lenet", 1}));
  CHECK(rules.may_see("", {"other", 1}));
  CHECK(serve::policy().objection(serve::task::predict, "clinic", {"lenet", 1}, serve::reveals::label).has_value());
}

TEST_CASE("policy: what is revealed depends on whom it is revealed to") {
  auto const rules = [](std::string const& reveal) {
    auto const text = R"({"models": {"lenet": {"use": ["*"]REVEAL}}})";
    std::string all = text;
    all.replace(all.find("REVEAL"), 6, reveal);
    return serve::policy::parse(serve::detail::parse_json(all, "p"), "p");
  };
  auto const objection = [&](std::string const& reveal, std::string const& who, serve::reveals show = serve::reveals::scores) {
    return rules(reveal).objection(serve::task::predict, who, {"lenet", 1}, show).value_or("none");
  };
  std::string const none, label = R"(, "reveal": "label")", scores = R"(, "reveal": "scores")";
  std::string const clinic = R"(, "reveal": {"clinic": "scores", "*": "label"})", others = R"(, "reveal": {"clinic": "label", "*": "scores"})",
                    alone = R"(, "reveal": {"clinic": "scores"})";
  for (auto const& who : {"", "clinic", "lab"}) {
    CHECK(objection(scores, who) == "none");
    for (auto const& reveal : {none, label}) says(objection(reveal, who), "this server's policy reveals the label of lenet alone to ");
    for (auto const& reveal : {none, label, scores, clinic, others, alone}) CHECK(objection(reveal, who, serve::reveals::label) == "none");
  }
  for (auto const& reveal : {clinic, alone}) {
    CHECK(objection(reveal, "clinic") == "none");
    CHECK(objection(reveal, "lab") == "this server's policy reveals the label of lenet alone to lab, no scores");
    says(objection(reveal, ""), "alone to callers without an identity, no scores");
  }
  CHECK(objection(others, "lab") == "none");
  CHECK(objection(others, "") == "none");
  says(objection(others, "clinic"), "alone to clinic, no scores");
}
