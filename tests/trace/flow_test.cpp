// SPDX-FileCopyrightText: 2026 The koi authors
// SPDX-License-Identifier: Apache-2.0
#include <koi/trace/flow.hpp>

#include <koi/nn.hpp>

#include "tests/session/fates.hpp"

#include <regex>

namespace koi::test {

namespace {

/// Whether every tag that opens closes again, in order.
bool is_well_formed(std::string const& xml) {
  std::vector<std::string> open;
  static std::regex const tag(R"(<(/?)([a-zA-Z]+)[^<>]*?(/?)>)");
  for (std::sregex_iterator t(xml.begin(), xml.end(), tag), end; t != end; ++t) {
    if ((*t)[3].length() != 0) continue;
    if ((*t)[1].length() == 0) {
      open.push_back((*t)[2]);
    } else if (open.empty() || open.back() != (*t)[2]) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty() && !xml.empty();
}

/// Bytes by link, from what the drawing says where the reader points at an arrow.
std::map<std::pair<std::string, std::string>, std::uint64_t> links_in(std::string const& xml) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> out;
  static std::regex const one(R"(([a-z0-9-]+) to ([a-z0-9-]+): ([0-9]+) bytes)");
  for (std::sregex_iterator l(xml.begin(), xml.end(), one), end; l != end; ++l)
    out[{(*l)[1], (*l)[2]}] += std::stoull((*l)[3]);
  std::erase_if(out, [](auto const& link) { return link.second == 0; });
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("a drawing says what every link carried, once, and who gave and took which values", P, pond64, securenn64) {
  trace::flow all, only_first;
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counted;
  check_all_well(players<P>([&](auto& one) {
    one.run([&](auto& on) {
      nn::sequential<P> model{nn::input{3}, nn::dense{4}, nn::relu{}};
      on.load_weights(model, "owner", [] {
        return std::vector<plain_tensor>{plain_tensor({3, 4}, 0.5), plain_tensor({4}, 0.25)};
      });
      auto const x = on.private_input("client", {500, 3}, [] { return plain_tensor({500, 3}, 1.0); });
      auto const y = model(x);
      auto const named = on.scope("a<b");
      on.output("client", y, [](auto const&) {});
      (void)on.reveal(reduce_sum(y));
      on.output("server0", reduce_sum(y), [](auto const&) {});
    });
    all.add(one);
    if (one.me() == "server0") only_first.add(one);
    std::lock_guard const lock(mutex);
    for (std::size_t p = 0; p < one.players().size(); ++p) {
      std::uint64_t bytes = 0;
      for (auto const ph : {phase::set_up, phase::offline, phase::online}) bytes += one.spent().sent(p, ph).bytes;
      if (bytes > 0) counted[{one.me(), one.players()[p]}] = bytes;
    }
  }));

  auto const drawn = all.text();
  CHECK(is_well_formed(drawn));
  CHECK(drawn.find("href") == std::string::npos);  // self-contained: no other file, no script
  CHECK(drawn.find("<script") == std::string::npos);
  CHECK(contains(drawn, ">weights: 16 values, 128 B<"));
  CHECK(contains(drawn, ">input: 1,500 values, 12.0 kB<"));
  CHECK(contains(drawn, ">output (a&lt;b): 2,000 values, 32.0 kB<"));
  CHECK(contains(drawn, ">server0 took output (a&lt;b): 1 value, 8 B<"));
  CHECK(contains(drawn, ">revealed to both: 1 value<"));
  CHECK(contains(drawn, ">dealt material<"));
  CHECK((drawn.find(">masked questions<") != std::string::npos) == std::same_as<P, securenn64>);
  CHECK(contains(drawn, ">client learned 1 value of shape [500,4] in a&lt;b  flow_test.cpp:"));
  auto links = links_in(drawn);
  counted[{"server1", "server0"}] -= 8;  // the output to a server, which has a line and no arrow
  CHECK(links == counted);

  // one player's file has its own links alone
  for (auto const& [ends, bytes] : links_in(only_first.text())) {
    CHECK((ends.first == "server0" || ends.second == "server0"));
    CHECK(bytes == counted.at(ends));
  }
  CHECK(contains(only_first.text(), ">weights: a share from a seed in common, 0 B<"));
  CHECK(only_first.text().find("took nothing") == std::string::npos);
}

TEST_CASE("a drawing of nothing is a drawing") {
  CHECK(is_well_formed(trace::flow().text()));
  CHECK_THROWS_AS(trace::flow().write(std::filesystem::path("no") / "folder.svg"), bad_option);
}

}  // namespace koi::test
