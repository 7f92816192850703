// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/serve/settings.hpp>

#include "tests/io/files.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>

using namespace koi_tests;
namespace serve = koi::serve;

// The tables of settings in examples/service/README.md say what the code does.

namespace {

using table = std::map<std::string, std::string>;  // "limits: requests", or a key alone -> its default as it stands there

/// The table under a heading. Keys of one object follow the row that names it: "| `limits`: `connections` | 1024 | ...".
table table_under(std::string const& heading) {
  auto const path = data_folder("").parent_path().parent_path().parent_path() / "examples" / "service" / "README.md";
  auto const text = content_of(path);
  auto const begin = text.find("\n## " + heading + "\n");
  REQUIRE_MESSAGE(begin != std::string::npos, heading);
  std::istringstream lines(text.substr(begin + 1, text.find("\n## ", begin + 1) - begin));
  table out;
  std::string object;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    auto const cell = [&](std::size_t from) { return line.substr(from, line.find(" |", from) - from); };
    auto key = cell(2);
    auto value = line.substr(line.find(" |", 2) + 2);
    value = value.substr(0, value.find('|'));
    value.erase(0, value.find_first_not_of(' '));
    value.erase(value.find_last_not_of(' ') + 1);
    std::erase(key, '`');
    if (auto const colon = key.find(": "); colon != std::string::npos) {
      object = key.substr(0, colon);
      key = key.substr(colon + 2);
    }
    CHECK_MESSAGE(out.emplace(object.empty() ? key : object + ": " + key, value).second, key);
  }
  return out;
}

std::string const table_players = R"("players": {"server0": "127.0.0.1:4440", "server1": "127.0.0.1:4441", "crypto-producer": "127.0.0.1:4442"})";

std::string group_with(std::string const& more) { return "{" + table_players + (more.empty() ? "" : ", " + more) + "}"; }

/// Everything that a file can set.
std::string all_of(std::string const& text) {
  auto const g = serve::parse_group(text, "folder/group.json");
  auto const& f = g.front;
  auto const& d = g.desk;
  std::string out = fmt::format("{} {} {} {} {}", g.protocol, g.data.string(), g.status.size(), g.has_policy, to_string(g.clients.at("server1")));
  for (auto const n : {f.connections, f.request_bytes, f.upload_bytes, f.total_bytes, f.client_bytes, f.answer_bytes, f.least_rate,
                       d.per_client, d.requests, d.max_samples, g.stock_bytes})
    out += fmt::format(" {}", n);
  for (auto const t : {f.greet_wait, f.idle_wait, f.message_wait, f.half_wait, d.batch_wait, g.tick, g.lost_after, g.step, g.connect})
    out += fmt::format(" {}", t.count());
  return out;
}

/// The keys that a message offers: "There are: a, b, c".
std::set<std::string> offered(std::string const& said) {
  std::string const words = "There are: ";
  auto const at = said.find(words);
  REQUIRE_MESSAGE(at != std::string::npos, said);
  std::set<std::string> out;
  std::istringstream rest(said.substr(at + words.size()));
  for (std::string key; std::getline(rest >> std::ws, key, ',');) out.insert(key);
  return out;
}
std::set<std::string> offered_by_group(std::string const& text) {
  return offered(complaint([&] { (void)serve::parse_group(text, "g"); }));
}

}  // namespace

TEST_CASE("README: the table of a group's file has its keys, and no others") {
  std::set<std::string> in_readme, in_code;
  for (auto const& [key, value] : table_under("The group's file")) in_readme.insert(key);
  for (auto const& key : offered_by_group(group_with(R"("zzzzzzzzzzzz": 1)"))) in_code.insert(key);
  for (std::string const object : {"batching", "limits", "times"}) {
    CHECK(in_code.erase(object) == 1);
    for (auto const& key : offered_by_group(group_with("\"" + object + R"(": {"zzzzzzzzzzzz": 1})"))) in_code.insert(object + ": " + key);
  }
  CHECK(in_readme == in_code);
}

TEST_CASE("README: the table of a group's file has the defaults of the code") {
  auto const usual = all_of(group_with(""));
  std::size_t numbers = 0;
  for (auto const& [key, value] : table_under("The group's file")) {
    INFO(key, " ", value);
    auto const colon = key.find(": ");
    auto const said = [&, k = key](std::string const& number) {
      return colon == std::string::npos ? group_with(fmt::format(R"("{}": {})", k, number))
                                        : group_with(fmt::format(R"("{}": {{"{}": {}}})", k.substr(0, colon), k.substr(colon + 2), number));
    };
    if (colon != std::string::npos) {
      ++numbers;
      CHECK(all_of(said(value)) == usual);
      CHECK(all_of(said(std::to_string(std::stoul(value) + 1))) != usual);
    } else if (key == "data") {
      CHECK(all_of(said(value.substr(1, value.size() - 2))) == usual);
      CHECK(all_of(said("\"elsewhere\"")) != usual);
    } else if (key == "clients") {
      CHECK(value == fmt::format("each server's own, {} ports further on", serve::detail::ports_to_clients));
      CHECK(all_of(group_with(R"("clients": {"server0": "127.0.0.1:5440", "server1": "127.0.0.1:5441"})")) == usual);
      CHECK(all_of(group_with(R"("clients": {"server0": "127.0.0.1:5440", "server1": "127.0.0.1:5442"})")) != usual);
    } else if (key == "protocol") {
      CHECK(value == "by the helper's name");
      CHECK(all_of(group_with(R"("protocol": "pond")")) == usual);
    } else if (key == "status") {
      CHECK(value == "none");
      CHECK(serve::parse_group(group_with(""), "g").status.empty());
    } else if (key == "policy") {
      CHECK(value == "nobody may do anything");
      CHECK(!serve::parse_group(group_with(""), "g").has_policy);
    } else {
      CHECK(key == "players");
      CHECK(value.empty());
    }
  }
  CHECK(numbers >= 20);
}

TEST_CASE("README: the table of players has the keys that cluster::load reads, and their defaults") {
  auto const rows = table_under("Its players");
  std::set<std::string> in_readme, in_code;
  for (auto const& [key, value] : rows) in_readme.insert(key);
  auto const of = [](std::string const& text) {
    return offered(complaint([&] { (void)koi::cluster::parse(text, "folder/p.json"); }));
  };
  for (auto const& key : of(R"({"players": {"a": "h:1"}, "zzzzzzzzzzzz": 1})"))
    if (key != "players") in_code.insert(key);
  for (auto const& key : of(R"({"players": {"a": {"address": "h:1", "zzzzzzzzzzzz": 1}}})")) in_code.insert("server0: " + key);
  CHECK(in_readme == in_code);

  auto const bare = koi::cluster::parse(R"({"a": "h:1"})", "folder/p.json");
  CHECK(rows.at("server0: address").empty());
  CHECK(rows.at("server0: listen") == "its address");
  CHECK(bare.listen_endpoint("a") == bare.endpoint("a"));
  CHECK(rows.at("server0: certificate") == "none");
  CHECK(bare.pin("a").empty());
  CHECK(rows.at("transport") == "TLS with keys, plain without");
  CHECK(bare.transport() == koi::transport::automatic);
  CHECK(rows.at("keys") == "`\"keys\"`");
  CHECK(bare.keys_folder() == "folder/keys");
  CHECK(rows.at("password_file") == "none");
  CHECK(bare.keys_of("a").password_file.empty());
}
