// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/session/cluster.hpp>

#include <doctest/doctest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace koi::test {

namespace {

/// Message of the bad_option; empty if there is none.
template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (bad_option const& e) {
    return e.what();
  }
  return {};
}

std::string refusal_of(std::string const& text) {
  return refusal([&] { (void)cluster::parse(text, "config.json"); });
}

bool contains(std::string const& text, std::string const& part) {
  bool const found = text.find(part) != std::string::npos;
  if (!found) MESSAGE("'" << part << "' is not in: " << text);
  return found;
}

cluster const example = cluster::parse(R"({
  "server1": "127.0.0.1:4441",
  "server0": "localhost:4440",
  "crypto-producer": "[::1]:65535"
})",
                                       "config.json");

}  // namespace

TEST_CASE("a cluster keeps the players in the order of the file") {
  CHECK(example.players() == std::vector<std::string>{"server1", "server0", "crypto-producer"});
  CHECK(example.endpoint("server0") == endpoint{"localhost", 4440});
  CHECK(example.endpoint("server1") == endpoint{"127.0.0.1", 4441});
  CHECK(example.endpoint("crypto-producer") == endpoint{"::1", 65535});
  CHECK(example.index_of("server0") == 1);
  CHECK_FALSE(example.is_local());
  CHECK_FALSE(example.plain_transport());
}

TEST_CASE("an endpoint prints as it is written") {
  CHECK(to_string(endpoint{"localhost", 1}) == "localhost:1");
  CHECK(to_string(endpoint{"::1", 4440}) == "[::1]:4440");
  CHECK(parse_endpoint("x", to_string(endpoint{"fe80::1", 7})) == endpoint{"fe80::1", 7});
}

TEST_CASE("the transport is a key of its own") {
  auto const c = cluster::parse(R"({"transport": "plain", "a": "10.0.0.1:1"})", "config.json");
  CHECK(c.plain_transport());
  CHECK(c.players() == std::vector<std::string>{"a"});
  CHECK(c.only({"a"}).plain_transport());
  CHECK(contains(refusal_of(R"({"transport": "none", "a": "h:1"})"), "transport is 'none'"));
}

TEST_CASE("a richer configuration says where players listen, whom they are, and where keys are") {
  auto const pin = "sha256:" + std::string(64, 'a');
  auto const c = cluster::parse(R"({"players": {
      "server0": {"address": "10.0.0.1:4440", "listen": "0.0.0.0:5550", "certificate": ")" +
                                    pin + R"("},
      "server1": {"address": "10.0.0.2:4440"},
      "client": "10.0.0.3:4440"},
    "transport": "tls", "keys": "secrets", "password_file": "/etc/koi/password"})",
                                "/home/koi/config.json");
  CHECK(c.players() == std::vector<std::string>{"server0", "server1", "client"});
  CHECK(c.endpoint("server0") == endpoint{"10.0.0.1", 4440});
  CHECK(c.listen_endpoint("server0") == endpoint{"0.0.0.0", 5550});
  CHECK(c.listen_endpoint("server1") == endpoint{"10.0.0.2", 4440});
  CHECK(c.endpoint("client") == endpoint{"10.0.0.3", 4440});
  CHECK(c.pin("server0") == pin);
  CHECK(c.pin("client").empty());
  CHECK(c.transport() == transport::tls);
  CHECK(c.keys_of("server0").key == "/home/koi/secrets/server0/player.key");
  CHECK(c.keys_of("server0").password_file == "/etc/koi/password");
  auto const some = c.only({"client", "server0"});
  CHECK(some.listen_endpoint("server0").port == 5550);
  CHECK(some.pin("server0") == pin);
  CHECK(some.transport() == transport::tls);
  CHECK(some.keys_folder() == "/home/koi/secrets");
}

TEST_CASE("settings stand in a flat configuration too, and have defaults") {
  CHECK(example.transport() == transport::automatic);
  CHECK(example.keys_of("server0").certificate == "keys/server0/player.crt");
  CHECK(example.keys_of("server0").password_file.empty());
  auto const c = cluster::parse(R"({"keys": "/k", "a": "h:1", "transport": "tls"})", "d/config.json");
  CHECK(c.players() == std::vector<std::string>{"a"});
  CHECK(c.keys_of("a").authority == "/k/a/authority.crt");
}

TEST_CASE("a fingerprint may be written with colons and in capitals") {
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += i == 0 ? "AB" : ":AB";
  auto const c =
      cluster::parse(R"({"players": {"a": {"address": "h:1", "certificate": "sha256:)" + digits + R"("}}})", "c");
  std::string plain;
  for (int i = 0; i < 32; ++i) plain += "ab";
  CHECK(c.pin("a") == "sha256:" + plain);
  for (auto const* bad : {"", "sha256:", "sha256:ab", "md5:ab", "sha256:zz"})
    CHECK(
        contains(refusal_of(R"({"players": {"a": {"address": "h:1", "certificate": ")" + std::string{bad} + R"("}}})"),
                 "certificate of player 'a' must be \"sha256:\" and 64"));
}

TEST_CASE("a key that is unknown is an error that suggests the right one") {
  CHECK(contains(refusal_of(R"({"players": {"a": "h:1"}, "transprot": "tls"})"), "Did you mean 'transport'?"));
  CHECK(contains(refusal_of(R"({"players": {"a": "h:1"}, "key": "k"})"), "Did you mean 'keys'?"));
  CHECK(contains(refusal_of(R"({"players": {"a": "h:1"}, "b": "h:2"})"),
                 "the configuration has no 'b'. There are: players, transport, keys, password_file"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"adress": "h:1"}}})"),
                 "player 'a' has no 'adress'. Did you mean 'address'?"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"address": "h:1", "Listen": "h:1"}}})"), "Did you mean 'listen'?"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"listen": "h:1"}}})"), "player 'a' has no 'address'"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"address": 5}}})"), "'address' of player 'a' must be a text"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"address": "h:1", "address": "h:2"}}})"),
                 "'address' stands there twice"));
  CHECK(contains(refusal_of(R"({"players": {"a": {"address": "h:1"}, "a": {"address": "h:2"}}})"),
                 "'a' stands there twice"));
  CHECK(contains(refusal_of(R"({"players": ["a"]})"), "'players' must be an object"));
  CHECK(contains(refusal_of(R"({"players": {}})"), "names no player"));
  CHECK(contains(refusal_of(R"({"a": "h:1", "keys": ""})"), "'keys' is empty"));
}

TEST_CASE("a configuration that cannot be used says what is wrong with it") {
  CHECK(contains(refusal_of("{\n  \"a\": \"h:1\",\n  oops\n}"), "config.json: no JSON: line 3"));
  CHECK(contains(refusal_of(""), "no JSON: line 1"));
  CHECK(contains(refusal_of("[1]"), "must be one object"));
  CHECK(contains(refusal_of("{}"), "names no player"));
  CHECK(contains(refusal_of(R"({"transport": "plain"})"), "names no player"));
  CHECK(contains(refusal_of(R"({"a": 4440})"), "value of 'a' must be a text"));
  CHECK(contains(refusal_of(R"({"a": {"b": "h:1"}})"), "player 'a' has no 'b'"));
  CHECK(contains(refusal_of(R"({"a": "h:1", "b": "h:2", "a": "h:3"})"), "'a' stands there twice"));
  CHECK(contains(refusal_of(R"({"transport": "plain", "a": "h:1", "transport": "plain"})"),
                 "'transport' stands there twice"));
  CHECK(contains(refusal_of(R"({"": "h:1"})"), "empty name"));
}

TEST_CASE("an address that is none names player and reason") {
  for (auto const* bad : {"h", "h:", ":1", "h:0", "h:65536", "h:99999999999", "h:-1", "h:+1", "h:1x", "h: 1", "a b:1",
                          "::1:4440", "http://h:1", "[::1]", "[]:1", "[::1:1"}) {
    CAPTURE(bad);
    auto const text = refusal_of(std::string{R"({"server0": ")"} + bad + "\"}");
    CHECK(contains(text, "config.json"));
    CHECK(contains(text, std::string{"'"} + bad + "' of player 'server0' is no \"host:port\""));
  }
  CHECK(contains(refusal_of(R"({"a": "::1:4440"})"), "brackets"));
  CHECK(contains(refusal_of(R"({"a": "h:0"})"), "1 to 65535"));
}

TEST_CASE("an unknown player is refused with the names there are") {
  for (auto const& text :
       {refusal([] { (void)example.index_of("bob"); }), refusal([] { (void)example.endpoint("bob"); })}) {
    CHECK(contains(text, "no player 'bob'"));
    CHECK(contains(text, "server1, server0, crypto-producer"));
  }
}

TEST_CASE("only() restricts, in the order of the file") {
  auto const two = example.only({"crypto-producer", "server1"});
  CHECK(two.players() == std::vector<std::string>{"server1", "crypto-producer"});
  CHECK(two.endpoint("crypto-producer") == endpoint{"::1", 65535});
  CHECK_FALSE(two.is_local());
  auto const text = refusal([] { (void)example.only({"server0", "server2", "client"}); });
  CHECK(contains(text, "server2, client"));
  CHECK(contains(text, "server1, server0, crypto-producer"));
}

TEST_CASE("a local cluster has names and no addresses") {
  auto const c = local_cluster({"b", "a"});
  CHECK(c.is_local());
  CHECK(c.players() == std::vector<std::string>{"b", "a"});
  CHECK(c.index_of("a") == 1);
  CHECK(c.only({"a"}).players() == std::vector<std::string>{"a"});
  CHECK(c.only({"a"}).is_local());
  CHECK(contains(refusal([&] { (void)c.endpoint("a"); }), "local"));
  CHECK(contains(refusal([] { (void)local_cluster({"a", "a"}); }), "twice"));
  CHECK(contains(refusal([] { (void)local_cluster({}); }), "at least one"));
  CHECK(contains(refusal([] { (void)local_cluster({""}); }), "empty name"));
}

TEST_CASE("load reads a file and names it in its errors") {
  auto const path =
      std::filesystem::temp_directory_path() / ("koi_cluster_test_" + std::to_string(::getpid()) + ".json");
  std::ofstream{path} << R"({"a": "h:1", "b": "h:2"})";
  CHECK(cluster::load(path).players() == std::vector<std::string>{"a", "b"});
  std::ofstream{path} << "{";
  CHECK(contains(refusal([&] { (void)cluster::load(path); }), path.string()));
  std::filesystem::remove(path);
  auto const text = refusal([&] { (void)cluster::load(path); });
  CHECK(contains(text, "cannot read"));
  CHECK(contains(text, path.string()));
}

}  // namespace koi::test
