// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/chrome.hpp>

#include <koi/nn.hpp>

#include "tests/session/fates.hpp"

#include <unistd.h>

#include <set>

namespace koi::test {

namespace {

using events = std::vector<nlohmann::json>;

events events_in(std::string const& text) {
  auto const whole = nlohmann::json::parse(text);
  return whole.at("traceEvents").get<events>();
}

/// What a run of a ReLU draws, and what each player counted.
template <Protocol P>
events drawn(trace::chrome& picture, std::map<std::string, std::uint64_t>& sent, std::size_t room = 10'000) {
  std::mutex mutex;
  check_all_well(players<P>([&](auto& one) {
    one.record(room);
    one.run([&](auto& on) {
      auto const x = on.private_input("owner", {7}, [] { return plain_tensor({7}, -1.5); });
      auto const named = on.scope("middle");
      on.output("client", relu(x), [](auto const&) {});
    });
    picture.add(one);
    std::lock_guard const lock(mutex);
    std::uint64_t messages = 0;
    for (auto const ph : {phase::set_up, phase::offline, phase::online}) messages += one.spent().sent(ph).messages;
    sent[one.me()] = messages;
  }));
  return events_in(picture.text());
}

}  // namespace

TEST_CASE_TEMPLATE("every message has an arrow with both ends, and every player its tracks", P, pond64, securenn64) {
  trace::chrome picture;
  std::map<std::string, std::uint64_t> sent;
  auto const all = drawn<P>(picture, sent);

  std::map<std::string, double> begins, ends;
  std::map<std::size_t, std::string> names;
  std::size_t steps = 0, scoped = 0;
  for (auto const& e : all) {
    std::string const ph = e.at("ph");
    if (ph == "s") CHECK(begins.emplace(e.at("id"), e.at("ts")).second);
    if (ph == "f") CHECK(ends.emplace(e.at("id"), e.at("ts")).second);
    if (ph == "M" && e.at("name") == "process_name") names[e.at("pid")] = e.at("args").at("name");
    if (ph != "X") continue;
    CHECK(e.at("dur") >= 0);
    CHECK(e.at("ts") > 0);
    steps += e.at("cat") == "step";
    scoped += e.at("cat") == "step" && e.at("args").at("scope") == "middle";
  }
  CHECK(names.size() == 5);
  CHECK(steps > 0);
  CHECK(scoped > 0);
  CHECK(scoped < steps);
  std::set<std::string> from, to;
  for (auto const& [id, at] : begins) from.insert(id);
  for (auto const& [id, at] : ends) {
    to.insert(id);
    CHECK(begins.at(id) <= at);
  }
  CHECK(from == to);
  std::uint64_t messages = 0;  // those in which the players met are not in the picture
  for (auto const& [me, count] : sent) messages += count;
  CHECK(begins.size() <= messages);
  CHECK(begins.size() + 20 >= messages);
}

namespace {

/// A folder for one test.
struct scratch {
  std::filesystem::path const folder =
      std::filesystem::temp_directory_path() / fmt::format("koi_chrome_{}", ::getpid());

  scratch() { std::filesystem::create_directories(folder); }
  ~scratch() { std::filesystem::remove_all(folder); }
  std::filesystem::path operator()(std::string const& name) const { return folder / name; }
  std::string text(std::string const& name) const {
    std::ifstream file(folder / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace

TEST_CASE("times of machines whose clocks differ are told by one clock") {
  using namespace std::chrono_literals;
  scratch const files;
  trace::chrome whole;
  std::mutex mutex;
  std::vector<std::filesystem::path> paths;
  std::map<std::string, std::int64_t> const ahead{
      {"server0", 0}, {"server1", -7'000'000'000}, {"crypto-producer", 3'600'000'000'000}, {"owner", 50'000'000}, {"client", 40'000}};
  check_all_well(players<pond64>([&](auto& one) {
    one.record(10'000);
    one.run([&](auto& on) {
      auto const x = on.private_input("owner", {7}, [] { return plain_tensor({7}, -1.5); });
      on.output("client", relu(x), [](auto const&) {});
    });
    trace::chrome alone;
    alone.add(one);
    whole.add(one);
    auto part = nlohmann::ordered_json::parse(alone.text());
    CHECK(!part.contains("otherData"));  // players of one process have one clock
    auto const me = one.me();
    for (auto& e : part["traceEvents"])
      if (e.contains("ts")) e["ts"] = e["ts"].template get<double>() + static_cast<double>(ahead.at(me)) / 1e3;
    // who calls knows; the client's clock differs by less than the answer told, so not at all
    auto const knows = [&](std::string const& whom, std::int64_t error) {
      part["otherData"]["clocks"][me][whom] = {{"ahead_ns", ahead.at(whom) - ahead.at(me)}, {"error_ns", error}};
    };
    if (me == "server1" || me == "owner" || me == "client") knows("server0", 100'000);
    if (me == "crypto-producer") knows("server1", 20'000);
    if (me == "owner") part["otherData"]["clocks"][me]["server1"] = {{"ahead_ns", 0}, {"error_ns", 30'000'000'000}};
    std::lock_guard const lock(mutex);
    paths.push_back(files(me));
    std::ofstream(paths.back()) << part.dump();
  }));

  std::map<std::string, std::vector<double>> begun;
  for (auto const& e : events_in(whole.text()))
    if (e.contains("ts")) begun[e.at("pid").dump()].push_back(e.at("ts"));
  trace::merge_traces(paths, files("merged"), "server0");
  std::map<std::string, std::size_t> seen;
  for (auto const& e : events_in(files.text("merged"))) {
    if (!e.contains("ts")) continue;
    auto const pid = e.at("pid").dump();
    auto const at = e.at("ts").get<double>(), there = begun.at(pid).at(seen[pid]++);
    CHECK(std::abs(at - there) <= (pid == "4" ? 41 : 1));  // microseconds; the client's is left as it is
  }
  CHECK(seen.size() == 5);
  CHECK(files.text("merged").find("otherData") == std::string::npos);

  trace::merge_traces(paths, files("by_helper"), "crypto-producer");
  auto const a = events_in(files.text("merged")), b = events_in(files.text("by_helper"));
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].contains("ts")) CHECK(std::abs(b[i].at("ts").get<double>() - a[i].at("ts").get<double>() - 3.6e9) <= 1);
  CHECK_THROWS_WITH_AS(trace::merge_traces(paths, files("x"), "nobody"), "no trace of nobody is among the files", bad_option);
}

TEST_CASE("files of several players are one picture; what is no trace is refused by name; memory is bounded") {
  scratch const files;
  trace::chrome first, second;
  std::map<std::string, std::uint64_t> sent;
  auto const a = drawn<pond64>(first, sent).size(), b = drawn<pond64>(second, sent, 3).size();
  CHECK(b < a);
  first.write(files("a.json"));
  second.write(files("b.json"));
  trace::chrome::merge({files("a.json"), files("b.json")}, files("both.json"));
  auto const both = files.text("both.json");
  CHECK(events_in(both).size() == a + b);
  CHECK(contains(both, "events left out"));
  CHECK(first.text().find("events left out") == std::string::npos);

  std::ofstream(files("c.json")) << "{}";
  std::ofstream(files("d.json")) << R"({"traceEvents": [{"pid": 1, "ts": "late"}]})";
  for (auto const* wrong : {"c.json", "d.json", "missing.json"})
    CHECK_THROWS_WITH_AS(trace::chrome::merge({files(wrong)}, files("x.json")),
                         fmt::format("{} is no trace", files(wrong).string()).c_str(), bad_option);
  CHECK_THROWS_AS(first.write(files("no") / "where.json"), bad_option);

  check_all_well(players<pond64>([&](auto& one) { CHECK_THROWS_AS(first.add(one), bad_argument); }));
}

}  // namespace koi::test
