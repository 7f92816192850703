// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/settings.hpp>

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

  auto const full = read(R"("protocol": "securenn", "data": "/srv/koi", "status": {"crypto-producer": "127.0.0.1:9442"},
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
  refused(R"("policy": {"models": {"le net": {}}})", "no model can be called so");
  refused(R"("times": {"tick_ms": 600, "lost_after_ms": 601})", "'tick_ms' and 'wait_ms' together must be less");
  refused(R"("policy": "nowhere.json")", "cannot read folder/nowhere.json");
  says(complaint([] { (void)serve::parse_group("{" + players + "}", "g.json"); }), "'clients' must have the addresses of server0 and server1");
  says(complaint([] { (void)serve::parse_group("{" + clients + "}", "g.json"); }), "'players' is missing");
  says(complaint([] { (void)serve::parse_group("{\n\"players\": }", "g.json"); }), "g.json: no JSON: line 2");
}

TEST_CASE("policy: by model and identity, and what it does not name is refused") {
  serve::policy const rules({{"lenet", {{"clinic"}, {"hospital"}, {"hospital"}, false}}, {"*", {{"*"}, {}, {}, true}}});
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
