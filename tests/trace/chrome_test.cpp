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

TEST_CASE("files of several players are one picture; what is no trace is refused by name; memory is bounded") {
  auto const folder = std::filesystem::temp_directory_path() / fmt::format("koi_chrome_{}", ::getpid());
  std::filesystem::create_directories(folder);
  trace::chrome first, second;
  std::map<std::string, std::uint64_t> sent;
  auto const a = drawn<pond64>(first, sent).size(), b = drawn<pond64>(second, sent, 3).size();
  CHECK(b < a);
  first.write(folder / "a.json");
  second.write(folder / "b.json");
  trace::chrome::merge({folder / "a.json", folder / "b.json"}, folder / "both.json");
  std::ifstream file(folder / "both.json");
  std::string const both(std::istreambuf_iterator<char>(file), {});
  CHECK(events_in(both).size() == a + b);
  CHECK(contains(both, "events left out"));
  CHECK(first.text().find("events left out") == std::string::npos);

  std::ofstream(folder / "c.json") << "{}";
  for (auto const* wrong : {"c.json", "missing.json"})
    CHECK_THROWS_WITH_AS(trace::chrome::merge({folder / wrong}, folder / "x.json"),
                         fmt::format("{} is no trace", (folder / wrong).string()).c_str(), bad_option);
  CHECK_THROWS_AS(first.write(folder / "no" / "where.json"), bad_option);
  std::filesystem::remove_all(folder);

  check_all_well(players<pond64>([&](auto& one) { CHECK_THROWS_AS(first.add(one), bad_argument); }));
}

}  // namespace koi::test
